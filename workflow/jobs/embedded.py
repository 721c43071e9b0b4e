"""The embedded engine: runs the jobs of our own table, for SQLite.

A job is claimed with a lease that is renewed while it runs; a worker that dies leaves a lease that runs out, and
another one takes the job. The fence number, raised with each claim, keeps a worker that was frozen past its lease from
finishing what somebody else has taken over.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, aliased

from workflow import outbox
from workflow.jobs.endings import LEASE, WENT_AWAY, Ending, back_off, run_handler
from workflow.models import Job
from workflow.services import Services

log = structlog.get_logger()
NUDGE = 0.02  # how often a change of the database is looked for (PRAGMA data_version takes no lock)
IDLE = 0.5
AWAY = (SQLAlchemyError, OSError)  # the database, or its disk, does not answer


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in this worker's hands."""

    id: int
    name: str
    args: dict[str, Any]
    fence: int


class EmbeddedEngine:
    """Claims and runs jobs in `threads` threads of this process."""

    def __init__(self, services: Services, *, threads: int = 4, lease: timedelta = LEASE) -> None:
        self.services, self.threads, self.lease = services, threads, lease
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self._stop = threading.Event()
        self._slots = threading.Semaphore(threads)
        self._held: dict[int, int] = {}
        self._lock = threading.Lock()
        self._main = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._beat = threading.Thread(target=self._keep_leases, name="job leases", daemon=True)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")

    def start(self) -> None:
        """Begins to run jobs, in threads of its own."""
        self._main.start()
        self._beat.start()

    def stop(self) -> None:
        """Takes no more jobs and waits for those that run."""
        self._stop.set()
        if self._main.is_alive():
            self._main.join(10)
        self._pool.shutdown(wait=True)
        if self._beat.is_alive():
            self._beat.join(10)

    def run_until_idle(self) -> int:
        """Runs every job that is due in the calling thread until none is left; gives how many runs that was.

        Nobody renews the leases meanwhile: not for jobs that take longer than one.
        """
        runs = 0
        while claimed := self._claim(1):
            self._run_one(claimed[0])
            runs += 1
        return runs

    # -- the loop

    def _run(self) -> None:
        nudge = _Nudge(self.services)
        while not self._stop.is_set():
            free = self._free_slots()
            try:
                claimed = self._claim(free) if free else []
            except AWAY as error:
                log.warning("jobs wait for the database", why=type(error).__name__)
                self._give_back(free)
                self._stop.wait(1.0)
                continue
            self._give_back(free - len(claimed))
            for job in claimed:
                self._pool.submit(self._run_in_slot, job)
            if not claimed:
                nudge.wait(IDLE, self._stop)
        nudge.close()

    def _free_slots(self) -> int:
        count = 0
        while self._slots.acquire(timeout=IDLE if count == 0 else 0):
            count += 1
        return count

    def _give_back(self, count: int) -> None:
        for _ in range(count):
            self._slots.release()

    def _run_in_slot(self, job: Claimed) -> None:
        try:
            self._run_one(job)
        except AWAY as error:
            # Its end could not be written down: the lease runs out, and the job is run again.
            log.warning("a job's end was not kept", job=job.id, why=type(error).__name__)
        finally:
            self._slots.release()

    # -- one job

    def _claim(self, count: int) -> list[Claimed]:
        now = datetime.now(UTC)
        with self.services.database.reading() as session:
            waiting = session.scalars(_ready().limit(1)).first()
            due = session.scalars(sa.select(Job.id).where(Job.state == "scheduled", Job.run_at <= now).limit(1)).first()
        if waiting is None and due is None:
            return []
        with self.services.database.writing() as session:
            session.execute(sa.update(Job).where(Job.state == "scheduled", Job.run_at <= now).values(state="ready"))
            rows = session.scalars(_ready().order_by(Job.priority, Job.id).limit(count)).all()
            for row in rows:
                row.state, row.owner = "running", self.owner
                row.lease_until = datetime.now(UTC) + self.lease
                row.attempts += 1
                row.fence += 1
            claimed = [Claimed(r.id, r.name, dict(r.args), r.fence) for r in rows]
        with self._lock:
            self._held.update({job.id: job.fence for job in claimed})
        return claimed

    def _run_one(self, job: Claimed) -> None:
        try:
            self._end(job, run_handler(self.services, job.id, job.name, job.args))
        finally:
            with self._lock:
                self._held.pop(job.id, None)

    def _end(self, job: Claimed, ending: Ending) -> None:
        now = datetime.now(UTC)
        with self.services.database.writing() as session:
            row = session.scalars(
                sa.select(Job).where(Job.id == job.id, Job.fence == job.fence, Job.state == "running")
            ).one_or_none()
            if row is None:
                log.warning("a job was taken over meanwhile", job=job.id, name=job.name)
            elif ending.error is None:
                close(row, "done")
            elif ending.dead or (ending.after is None and row.attempts >= row.max_attempts):
                close(row, "dead", ending.error)
            elif ending.after is not None:
                row.attempts -= 1  # asked for, no failure
                put_back(session, row, now + ending.after, ending.error)
            else:
                put_back(session, row, now + back_off(row.attempts), ending.error)

    # -- leases

    def _keep_leases(self) -> None:
        pause = self.lease.total_seconds() / 3
        while not self._stop.wait(pause) or self._held:
            try:
                self._renew_and_reap()
            except AWAY as error:
                log.warning("job leases wait for the database", why=type(error).__name__)
            if self._stop.is_set():
                threading.Event().wait(min(0.2, pause))

    def _renew_and_reap(self) -> None:
        with self._lock:
            held = dict(self._held)
        now = datetime.now(UTC)
        with self.services.database.reading() as session:
            expired = _expired(session, now)
        if not held and not expired:
            return
        with self.services.database.writing() as session:
            for job_id, fence in held.items():
                mine = sa.update(Job).where(Job.id == job_id, Job.fence == fence, Job.state == "running")
                session.execute(mine.values(lease_until=datetime.now(UTC) + self.lease))
            reap(session)


def _ready() -> sa.Select[Job]:
    """What may be claimed: of one key, only one runs at a time."""
    other = aliased(Job)
    running = sa.select(other.key).where(other.state == "running", other.key.is_not(None))
    return sa.select(Job).where(Job.state == "ready", sa.or_(Job.key.is_(None), Job.key.not_in(running)))


def _expired(session: Session, now: datetime) -> bool:
    query = sa.select(Job.id).where(Job.state == "running", Job.lease_until < now).limit(1)
    return session.scalars(query).first() is not None


def reap(session: Session) -> None:
    """Gives jobs whose worker died back, or up once they were tried too often."""
    now = datetime.now(UTC)
    for row in session.scalars(sa.select(Job).where(Job.state == "running", Job.lease_until < now)).all():
        if row.attempts >= row.max_attempts:
            close(row, "dead", WENT_AWAY)
        else:
            put_back(session, row, now, WENT_AWAY)


def close(job: Job, state: str, error: str | None = None) -> None:
    """Ends a job: it is "done" or "dead"."""
    job.state, job.error, job.finished_at = state, error, datetime.now(UTC)
    job.owner = job.lease_until = None


def put_back(session: Session, job: Job, at: datetime, error: str) -> None:
    """Lets a job run again, at `at`.

    Was the same work asked for meanwhile, then that job does it, at the earlier of the two times.
    """
    again = outbox.waiting_job(session, job.key) if job.key is not None else None
    if again is not None:
        outbox.bring_forward(again, at)
        close(job, "done", error)
        return
    job.state = "scheduled" if at > datetime.now(UTC) else "ready"
    job.run_at, job.error, job.finished_at = at, error, None
    job.owner = job.lease_until = None


class _Nudge:
    """Notices that another connection changed the database, without taking a lock."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.connection: sa.Connection | None = None
        self.version: int | None = None

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Returns once something changed, `stop` is set, or the time is over."""
        for _ in range(max(1, round(seconds / NUDGE))):
            if stop.is_set() or self._changed():
                return
            stop.wait(NUDGE)

    def _changed(self) -> bool:
        try:
            if self.connection is None:
                self.connection = self.services.database.engine.connect()
                self.connection.detach()
            raw = self.connection.connection.dbapi_connection
            if raw is None:
                return False
            cursor = raw.cursor()
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
            cursor.close()
        except (*AWAY, sqlite3.Error) as error:
            log.warning("jobs wait for the database", why=type(error).__name__)
            self.close()
            return False
        changed, self.version = version != self.version, version
        return changed

    def close(self) -> None:
        """Gives its connection up; the next look opens another."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None
