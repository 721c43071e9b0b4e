"""The distributed engine: runs the jobs of Procrastinate, for PostgreSQL and any number of machines.

Procrastinate fetches, listens, and keeps a sign of life of each worker. What a run ends with is written by us, in one
transaction with the sentence for the jobs page, and only if the job is still ours: `attempts` is raised whenever a job
changes hands, so that a worker that was frozen past its lease cannot finish what another one has taken over.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from workflow import outbox
from workflow.jobs.endings import LEASE, WENT_AWAY, Ending, back_off, run_handler
from workflow.models import JobFault
from workflow.services import Services

log = structlog.get_logger()
LOOK_EVERY = 1.0  # new jobs are told of at once (NOTIFY); those whose time has come are looked for
PAUSE = 1.0  # between two tries to reach the database

_DUE = sa.text(
    "select exists (select 1 from procrastinate_jobs "
    "where status = 'todo' and (scheduled_at is null or scheduled_at <= now()))"
)
_FETCH = sa.text(
    "select id, task_name, args, attempts, queueing_lock from procrastinate_fetch_job_v2(null, :worker) "
    "where id is not null"
)
_MINE = sa.text(
    "select 1 from procrastinate_jobs where id = :id and attempts = :attempts and status = 'doing' for update"
)
_STALLED = sa.text(
    """select job.id, job.task_name, job.args, job.attempts, job.queueing_lock from procrastinate_jobs job
    left join procrastinate_workers worker on worker.id = job.worker_id
    where job.status = 'doing' and (worker.id is null or worker.last_heartbeat < now() - make_interval(secs => :lease))
    order by job.id limit 1 for update of job skip locked"""
)
_FINISH = sa.text("select procrastinate_finish_job_v1(:id, cast(:status as procrastinate_job_status), false)")
_AGAIN = sa.text("select procrastinate_retry_job_v2(:id, :at, null, null, null)")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A job in this worker's hands."""

    id: int
    name: str
    args: dict[str, Any]
    attempts: int
    key: str | None


class DistributedEngine:
    """Runs jobs in `threads` threads of this process, beside a thread for Procrastinate and one for the dead."""

    def __init__(self, services: Services, *, threads: int = 4, lease: timedelta = LEASE) -> None:
        self.services, self.threads, self.lease = services, threads, lease.total_seconds()
        self._stop, self._over = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: Worker | None = None
        self._main = threading.Thread(target=lambda: asyncio.run(self._serve()), name="jobs", daemon=True)
        self._reaper = threading.Thread(target=self._keep_leases, name="job leases", daemon=True)

    def start(self) -> None:
        """Begins to run jobs, in threads of its own. Waits for the database where it is away."""
        self._main.start()
        self._reaper.start()

    def stop(self) -> None:
        """Takes no more jobs and waits for those that run."""
        self._stop.set()
        with contextlib.suppress(RuntimeError, AttributeError):  # not begun, or over already
            self._loop.call_soon_threadsafe(self._stop_worker)  # type: ignore[union-attr]
        if self._main.is_alive():
            self._main.join()
        self._over.set()
        if self._reaper.is_alive():
            self._reaper.join()

    def run_until_idle(self) -> int:
        """Runs every job that is due in the calling thread until none is left; gives how many runs that was.

        Nobody gives a sign of life meanwhile: not for jobs that take longer than a lease.
        """
        runs = 0
        with self.services.database.reading() as session:
            if not session.scalar(_DUE):
                return 0
        with self.services.database.writing() as session:
            worker = session.scalar(sa.text("select worker_id from procrastinate_register_worker_v1()"))
        try:
            while job := self._fetch(worker):
                self._end(job, run_handler(self.services, job.id, job.name, job.args))
                runs += 1
        finally:
            with self.services.database.writing() as session:
                session.execute(sa.text("select procrastinate_unregister_worker_v1(:worker)"), {"worker": worker})
        return runs

    def _fetch(self, worker: int | None) -> Fetched | None:
        with self.services.database.writing() as session:
            row = session.execute(_FETCH, {"worker": worker}).first()
        return Fetched(*row) if row else None

    # -- Procrastinate, in a thread of its own

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        # Two more than run jobs: looking up the database's address must not wait for a job to end.
        self._loop.set_default_executor(ThreadPoolExecutor(self.threads + 2, thread_name_prefix="job"))
        while not self._stop.is_set():
            try:
                await self._work()
            except Exception as error:  # nothing may end this loop; Procrastinate's workers end when the database goes
                log.warning("jobs wait for the database", why=type(error).__name__)
            if not self._stop.is_set():
                await asyncio.sleep(PAUSE)

    async def _work(self) -> None:
        """Works until told to stop, or until the database goes away."""
        address = self._address()
        # A pool that is opened while the database is away would not say so at once.
        await (await psycopg.AsyncConnection.connect(**address)).close()
        app = App(connector=PsycopgConnector())
        app.job_manager = _Jobs(app.connector)
        app.task(name=_Jobs.TASK, pass_context=True)(self._run_one)
        async with _pool(address) as pool, app.open_async(pool):
            self._worker = _Worker(
                app,
                concurrency=self.threads,
                install_signal_handlers=False,
                fetch_job_polling_interval=LOOK_EVERY,
                update_heartbeat_interval=self.lease / 3,
                stalled_worker_timeout=self.lease,
            )
            # No await may come between: `run` forgets a stop that was asked for before it.
            if not self._stop.is_set():
                await self._worker.run()  # type: ignore[no-untyped-call]

    def _stop_worker(self) -> None:
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]

    def _address(self) -> dict[str, Any]:
        """How psycopg reaches the database: exactly as SQLAlchemy does."""
        engine = self.services.database.engine
        _, address = engine.dialect.create_connect_args(engine.url)
        address.pop("context", None)
        return {"connect_timeout": 10, **address}

    # -- one job

    def _run_one(self, context: JobContext, name: str, args: dict[str, Any]) -> None:
        job = Fetched(context.job.id or 0, name, args, context.job.attempts, context.job.queueing_lock)
        ending = run_handler(self.services, job.id, job.name, job.args)
        while True:
            try:
                self._end(job, ending)
            except SQLAlchemyError as error:
                # While this worker lives nobody else takes the job up, so its end has to be written (their issue 1518).
                log.warning("a job's end waits for the database", job=job.id, why=type(error).__name__)
                if not self._stop.wait(PAUSE):
                    continue
            return

    def _end(self, job: Fetched, ending: Ending) -> None:
        with self.services.database.writing() as session:
            if session.execute(_MINE, {"id": job.id, "attempts": job.attempts}).first() is None:
                log.warning("a job was taken over meanwhile", job=job.id, name=job.name)
                return
            end(session, job, ending)

    # -- signs of life, and the jobs of workers that gave none

    def _keep_leases(self) -> None:
        reap_from = 0.0
        while not self._over.wait(self.lease / 3):
            try:
                self._give_a_sign()
                while time.monotonic() > reap_from and reap_one(self.services, self.lease):
                    pass
            except SQLAlchemyError as error:
                log.warning("job leases wait for the database", why=type(error).__name__)
                # The others could give no sign either: they have as long as a lease to do it now.
                reap_from = time.monotonic() + self.lease

    def _give_a_sign(self) -> None:
        """Procrastinate's worker gives none any more once it is told to stop, however long its last jobs take."""
        worker = self._worker.worker_id if self._worker is not None else None
        if worker is not None:
            with self.services.database.writing() as session:
                session.execute(sa.text("select procrastinate_update_heartbeat_v1(:worker)"), {"worker": worker})


def reap_one(services: Services, lease: float) -> bool:
    """Gives one job back whose worker gave no sign of life, or up once it was tried too often. False: there is none."""
    with services.database.writing() as session:
        row = session.execute(_STALLED, {"lease": lease}).first()
        if row is None:
            return False
        log.warning("a job's worker went away", job=row.id, name=row.task_name)
        end(session, Fetched(*row), Ending(error=WENT_AWAY), at_once=True)
    return True


def end(session: Session, job: Fetched, ending: Ending, *, at_once: bool = False) -> None:
    """Writes down how a run ended. The caller holds the job's row."""
    if ending.error is None:
        if job.attempts:
            session.execute(sa.delete(JobFault).where(JobFault.job_id == job.id))
        session.execute(_FINISH, {"id": job.id, "status": "succeeded"})
        return
    now = datetime.now(UTC)
    fault = session.get(JobFault, job.id) or JobFault(job_id=job.id, failures=0)
    fault.error, fault.at = ending.error, now
    if ending.after is None:
        fault.failures += 1
    session.add(fault)
    session.flush()
    if ending.dead or (ending.after is None and fault.failures >= outbox.MAX_ATTEMPTS):
        session.execute(_FINISH, {"id": job.id, "status": "failed"})
    elif at_once:
        put_back(session, job.id, job.key, now)
    else:
        put_back(session, job.id, job.key, now + (ending.after or back_off(fault.failures)))


def put_back(session: Session, job_id: int, key: str | None, at: datetime) -> None:
    """Lets a job run again, at `at`.

    Was the same work asked for meanwhile, then that job does it, at the earlier of the two times.
    """
    if key is not None and outbox.bring_deferred_forward(session, key, at):
        session.execute(sa.delete(JobFault).where(JobFault.job_id == job_id))
        session.execute(sa.text("delete from procrastinate_jobs where id = :id"), {"id": job_id})
    else:
        session.execute(_AGAIN, {"id": job_id, "at": at})


@contextlib.asynccontextmanager
async def _pool(address: dict[str, Any]) -> AsyncIterator[AsyncConnectionPool]:
    """Connections for Procrastinate. It gives up soon and is made anew: by itself it would pause longer each time."""
    pool = AsyncConnectionPool(
        kwargs=address,
        min_size=1,
        max_size=4,
        timeout=5,
        reconnect_timeout=2,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=5)
        yield pool
    finally:
        await pool.close()


class _Jobs(JobManager):
    """Procrastinate's jobs, all run by the one task of ours, which writes their end itself."""

    TASK = "run"

    async def fetch_job(self, queues: Any, worker_id: int) -> Job | None:
        """The next job, as a call of our task."""
        job = await super().fetch_job(queues, worker_id)
        if job is None:
            return None
        return job.evolve(task_name=self.TASK, task_kwargs={"name": job.task_name, "args": job.task_kwargs})

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Nothing, for our task has done it. Only what it could not catch is left to Procrastinate."""
        if status is not Status.SUCCEEDED:
            await super().finish_job(job, status, delete_job)


class _Worker(Worker):
    """Procrastinate 3.10 watches over its side tasks (sign of life, listening) only until the first of them ends.

    Without periodic tasks that one ends at once, and a worker that gives no sign of life any more would go on unseen.
    So here it waits.
    """

    async def _periodic_deferrer(self) -> None:
        await asyncio.Event().wait()
