"""PostgreSQL goes away and comes back: workers wait for it, and what was running comes to its end."""

import signal
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.jobs.conftest import wait_until
from workflow.jobs.worker import Worker

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("services", ["postgresql"], indirect=True)]


@pytest.fixture
def worker(services, postgresql):
    made = Worker(services, threads=2)
    yield made
    postgresql.start()
    made.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in good order", "as in a crash"])
def test_a_job_that_runs_meanwhile_ends_once_and_new_ones_run(jobs, worker, postgresql, how):
    begun, go_on = threading.Event(), threading.Event()
    jobs.does = [lambda args: (begun.set(), go_on.wait(20))]
    worker.start()
    jobs.queue(1)
    assert begun.wait(20)
    postgresql.stop(how)
    go_on.set()
    postgresql.start()
    jobs.queue(2)
    wait_until(lambda: jobs.ran == [1, 2] and not jobs.left(), "both are done")
    assert not len(jobs.listing().dead)


def test_a_worker_started_before_its_database_waits_for_it(jobs, worker, postgresql):
    jobs.queue(1)
    postgresql.stop()
    worker.start()
    postgresql.start()
    wait_until(lambda: jobs.ran == [1], "it ran")


@pytest.mark.parametrize("what", ["the server", "the sign of life"])
def test_a_worker_gives_signs_of_life_again_after_they_failed(services, jobs, postgresql, what):
    """Else its long jobs would be taken for those of a dead one, and run twice."""
    lease = timedelta(seconds=5)  # long enough for a busy machine to give a sign of life in time
    workers = [Worker(services, threads=2, lease=lease) for _ in range(2)]
    for each in workers:
        each.start()
    try:
        jobs.queue(1)
        wait_until(lambda: jobs.ran == [1], "the worker runs")
        if what == "the server":
            postgresql.stop(signal.SIGQUIT)
            postgresql.start()
        else:
            before = registered(services)
            rename(services, "procrastinate_update_heartbeat_v1", "away")
            wait_until(lambda: not before & registered(services), "both workers begin anew")
            rename(services, "away", "procrastinate_update_heartbeat_v1")
        jobs.does = [lambda args: threading.Event().wait(1.5 * lease.total_seconds())]
        jobs.queue(2)
        wait_until(lambda: 2 in jobs.ran and not jobs.left(), "the long one is done")
        assert jobs.ran == [1, 2]
    finally:
        postgresql.start()
        for each in workers:
            each.stop()


def registered(services):
    with services.database.reading() as session:
        return set(session.scalars(sa.text("select id from procrastinate_workers")))


def rename(services, old, new):
    with services.database.writing() as session:
        session.execute(sa.text(f"alter function {old} rename to {new}"))


def test_a_worker_can_be_stopped_while_its_database_is_away(jobs, worker, postgresql):
    worker.start()
    jobs.queue(1)
    wait_until(lambda: jobs.ran == [1], "it ran")
    postgresql.stop()
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    stopping.join(20)
    assert not stopping.is_alive()
