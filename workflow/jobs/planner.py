"""What has to happen by the clock: one planner at a time, over all processes."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from workflow import outbox
from workflow.jobs.anchor_record import anchor_is_due
from workflow.jobs.lease import Lease
from workflow.services import Services

log = structlog.get_logger()
LOOK_EVERY = 30.0


class Planner:
    """Queues what is due, in a thread of its own."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.lease = Lease(services.database, "planner", ttl=LOOK_EVERY * 3)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="planner", daemon=True)

    def start(self) -> None:
        """Begins to plan."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end, and waits for it."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self.lease.acquire_or_renew():
                    plan_once(self.services)
            except SQLAlchemyError as error:
                log.warning("planner waits for the database", why=type(error).__name__)
            self._stop.wait(LOOK_EVERY)


def plan_once(services: Services) -> None:
    """Queues what is due now."""
    with services.database.reading() as session:
        due = anchor_is_due(session)
    if due:
        with services.database.writing() as session:
            outbox.enqueue(session, "anchor_record", {}, key="anchor_record")
