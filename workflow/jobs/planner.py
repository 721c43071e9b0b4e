"""What has to happen by the clock: one planner at a time, over all processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog

from workflow import outbox
from workflow.jobs.anchor_record import anchor_is_due
from workflow.jobs.lease import Lease
from workflow.models import Job
from workflow.services import Services

log = structlog.get_logger()
LOOK_EVERY = 30.0
KEEP_DONE = timedelta(days=7)
AT_A_TIME = 1000  # rows in one transaction: others write too

_TIDY_DISTRIBUTED = sa.text(
    """delete from procrastinate_jobs where id in (
        select id from procrastinate_jobs job where status = 'succeeded'
        and not exists (select 1 from procrastinate_events where job_id = job.id and at > :since)
        limit :most) returning id"""
)


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
        """Asks it to end, and waits for it. Another one can take over at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._log_faults(self._plan)
            self._stop.wait(LOOK_EVERY)
        self._log_faults(self.lease.release)

    def _plan(self) -> None:
        if self.lease.acquire_or_renew():
            plan_once(self.services)
            while tidy(self.services) == AT_A_TIME and not self._stop.is_set():
                pass

    @staticmethod
    def _log_faults(step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # the next round may find the database, or its disk, back
            log.warning("the planner could not plan", why=type(error).__name__)


def plan_once(services: Services) -> None:
    """Queues what is due now."""
    with services.database.reading() as session:
        due = anchor_is_due(session)
    if due:
        with services.database.writing() as session:
            outbox.enqueue(session, "anchor_record", {}, key="anchor_record")


def tidy(services: Services) -> int:
    """Takes away some of the jobs that were done a week ago, and gives how many. Those that gave up stay."""
    since = datetime.now(UTC) - KEEP_DONE
    if services.database.on_postgresql:
        with services.database.writing() as session:
            return len(session.execute(_TIDY_DISTRIBUTED, {"since": since, "most": AT_A_TIME}).all())
    with services.database.reading() as session:  # most times there is none: then nobody else has to wait
        old = session.scalars(sa.select(Job.id).where(Job.state == "done", Job.finished_at < since).limit(AT_A_TIME))
        ids = old.all()
    if ids:
        with services.database.writing() as session:
            session.execute(sa.delete(Job).where(Job.id.in_(ids)))
    return len(ids)
