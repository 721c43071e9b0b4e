"""The one door to the job engines: a job is queued inside the caller's transaction, so that a change and what follows
from it commit together or not at all.

On SQLite it is a row of our own table (workflow.jobs.embedded runs it), on PostgreSQL a job of Procrastinate
(workflow.jobs.distributed).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy.orm import Session

from workflow.models import Job

MAX_ATTEMPTS = 20


def enqueue(
    session: Session,
    name: str,
    args: Mapping[str, Any],
    *,
    run_at: datetime | None = None,
    key: str | None = None,
    priority: int = 100,
) -> None:
    """Queues the job `name` (a handler's name) with `args` (JSON), for now or for `run_at`.

    While a job with the same `key` is still waiting, nothing is added. A lower `priority` goes first. Handlers may run
    more than once for one job and have to bear it.
    """
    if session.get_bind().dialect.name == "postgresql":
        _defer(session, name, dict(args), run_at, key, priority)
    else:
        _insert(session, name, dict(args), run_at, key, priority)


def _insert(
    session: Session, name: str, args: dict[str, Any], run_at: datetime | None, key: str | None, priority: int
) -> None:
    session.flush()
    live = sa.select(Job.id).where(Job.key == key, Job.state.in_(("scheduled", "ready", "running")))
    if key is not None and session.scalars(live).first() is not None:
        return
    now = datetime.now(UTC)
    waits = run_at is not None and run_at > now
    session.add(
        Job(
            name=name,
            args=args,
            state="scheduled" if waits else "ready",
            priority=priority,
            run_at=run_at or now,
            max_attempts=MAX_ATTEMPTS,
            key=key,
            created_at=now,
        )
    )
    session.flush()


@lru_cache(maxsize=1)
def _app() -> App:
    """Only for deferring: it is never opened, each job goes through the caller's own connection."""
    return App(connector=SyncPsycopgConnector())


def _defer(
    session: Session, name: str, args: dict[str, Any], run_at: datetime | None, key: str | None, priority: int
) -> None:
    session.flush()
    connection = session.connection().connection.driver_connection
    deferrer = _app().configure_task(
        name,
        connection=connection,
        queueing_lock=key,
        schedule_at=run_at,
        priority=-priority,  # Procrastinate: higher goes first
    )
    try:
        with session.begin_nested():  # a key that is taken fails only this step, not the caller's transaction
            deferrer.defer(**args)
    except AlreadyEnqueued:
        return
