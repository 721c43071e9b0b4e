"""The one door to the job engines: a job is queued inside the caller's transaction, so that a change and what follows
from it commit together or not at all.

On SQLite it is a row of our own table (workflow.jobs.embedded runs it), on PostgreSQL a job of Procrastinate
(workflow.jobs.distributed).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models import Job

if TYPE_CHECKING:
    from procrastinate import App  # and nowhere else at the top: on SQLite it would only make every start slower

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

    A lower `priority` goes first. Handlers may run more than once for one job and have to bear it.

    Jobs with the same `key` are the same work, so give them the same `args`. At most one of them waits and at most one
    runs, on both engines:
    - While one waits, nothing is added; it runs at the earlier of the two times, by the more urgent priority. It cannot
      begin before the caller's transaction is over, so it sees what the caller changed. A handler whose work is due
      only later finds that out by itself, and raises TryAgain.
    - While one runs, it may have read what the caller now changes: so a second one is added, and runs after it.
    """
    if session.get_bind().dialect.name == "postgresql":
        _defer(session, name, dict(args), run_at, key, priority)
    else:
        _insert(session, name, dict(args), run_at, key, priority)


def _insert(
    session: Session, name: str, args: dict[str, Any], run_at: datetime | None, key: str | None, priority: int
) -> None:
    session.flush()
    now = datetime.now(UTC)
    at = run_at or now
    if key is not None and (waiting := waiting_job(session, key)) is not None:
        bring_forward(waiting, at)
        waiting.priority = min(waiting.priority, priority)
        session.flush()
        return
    session.add(
        Job(
            name=name,
            args=args,
            state="scheduled" if at > now else "ready",
            priority=priority,
            run_at=at,
            max_attempts=MAX_ATTEMPTS,
            key=key,
            created_at=now,
        )
    )
    session.flush()


def waiting_job(session: Session, key: str) -> Job | None:
    """The job with that key that waits, of the embedded engine."""
    return session.scalars(sa.select(Job).where(Job.key == key, Job.state.in_(("scheduled", "ready")))).one_or_none()


def bring_forward(job: Job, at: datetime) -> None:
    """Lets a waiting job of the embedded engine run at `at`, unless its time is earlier."""
    job.run_at = min(job.run_at, at)
    if job.run_at <= datetime.now(UTC):
        job.state = "ready"


@lru_cache(maxsize=1)
def _app() -> App:
    """Only for deferring: it is never opened, each job goes through the caller's own connection."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())


_BRING_FORWARD = sa.text(
    """update procrastinate_jobs
    set scheduled_at = case when scheduled_at is null then null else least(scheduled_at, :at) end,
        priority = greatest(priority, :priority)
    where queueing_lock = :key and status = 'todo' returning id"""
)


def bring_deferred_forward(session: Session, key: str, at: datetime, priority: int = -(2**31)) -> bool:
    """Lets Procrastinate's waiting job with that key run at `at`, unless its time is earlier. False: none waits.

    Even where nothing changes, the row is locked until the caller's transaction ends: no worker takes it before.
    """
    values = {"key": key, "at": at, "priority": priority}
    return session.execute(_BRING_FORWARD, values).first() is not None


def _defer(
    session: Session, name: str, args: dict[str, Any], run_at: datetime | None, key: str | None, priority: int
) -> None:
    from procrastinate.exceptions import AlreadyEnqueued

    session.flush()
    connection = session.connection().connection.driver_connection
    urgency = -priority  # Procrastinate: higher goes first
    deferrer = _app().configure_task(
        # The queueing lock lets only one of a key wait, the lock lets only one run.
        name,
        connection=connection,
        queueing_lock=key,
        lock=key,
        schedule_at=run_at,
        priority=urgency,
    )
    while key is None or not bring_deferred_forward(session, key, run_at or datetime.now(UTC), urgency):
        try:
            with session.begin_nested():  # a key that is taken fails only this step, not the caller's transaction
                deferrer.defer(**args)
        except AlreadyEnqueued:
            continue  # somebody queued it between the two statements; or it began to run meanwhile
        return
