"""What both engines promise. Each test runs on SQLite and on PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.jobs.conftest import wait_until
from workflow import outbox
from workflow.jobs.handlers import GiveUp, TryAgain
from workflow.jobs.worker import Worker
from workflow.models import GuideVersion, Job

DEADLINE = 20


@pytest.fixture
def worker(services):
    """Starts workers of which nothing is left afterwards."""
    started = []

    def start(**more):
        started.append(Worker(services, **more))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def raises():
    def raising(error):
        def run(args):
            raise error

        return run

    return raising


def make_due(services):
    """Lets the time come of all that waits."""
    with services.database.writing() as session:
        if services.database.on_postgresql:
            session.execute(sa.text("update procrastinate_jobs set scheduled_at = now() where status = 'todo'"))
        else:
            session.execute(
                sa.update(Job).where(Job.state == "scheduled").values(state="ready", run_at=datetime.now(UTC))
            )


def hours(number):
    return datetime.now(UTC) + timedelta(hours=number)


def test_more_urgent_jobs_go_first_and_equal_ones_in_their_order(jobs):
    for n, priority in enumerate((100, 10, 100, 40)):
        jobs.queue(n, priority=priority)
    assert jobs.run() == 4
    assert jobs.ran == [1, 3, 0, 2]
    assert jobs.run() == 0


def test_a_job_waits_for_its_time(services, jobs):
    jobs.queue(run_at=hours(1))
    assert jobs.run() == 0
    (row,) = jobs.listing().waiting.rows
    assert abs(row.next_try - hours(1)) < timedelta(minutes=1)
    make_due(services)
    assert jobs.run() == 1
    assert len(jobs.listing().waiting) == 0


def test_a_running_worker_takes_what_is_queued_and_what_becomes_due(jobs, worker):
    worker(threads=2)
    jobs.queue(1)
    jobs.queue(2, run_at=datetime.now(UTC) + timedelta(milliseconds=300))
    wait_until(lambda: sorted(jobs.ran) == [1, 2], "both jobs ran")


def test_jobs_run_side_by_side_and_stopping_waits_for_them(jobs, worker):
    together = threading.Barrier(3, timeout=DEADLINE)
    jobs.does = [lambda args: together.wait()]
    started = worker(threads=2)
    jobs.queue(1)
    jobs.queue(2)
    wait_until(lambda: together.n_waiting == 2, "two jobs at once")
    stopping = threading.Thread(target=started.stop)
    stopping.start()
    together.wait()
    stopping.join(DEADLINE)
    assert not stopping.is_alive()
    assert jobs.run() == 0
    assert sorted(jobs.ran) == [1, 2]


def test_what_the_caller_takes_back_is_not_queued(services, jobs):
    def change_and_fail():
        with services.database.writing() as session:
            session.add(GuideVersion(version="sample", toml="", used_from=datetime.now(UTC)))
            outbox.enqueue(session, "sample", {})
            raise KeyError("sample")

    with pytest.raises(KeyError):
        change_and_fail()
    assert jobs.run() == 0
    with services.database.reading() as session:
        assert session.get(GuideVersion, "sample") is None


def test_a_key_that_waits_is_not_queued_again_and_the_caller_goes_on(services, jobs):
    jobs.queue(1, key="same")
    with services.database.writing() as session:
        outbox.enqueue(session, "sample", {"n": 1}, key="same")
        outbox.enqueue(session, "sample", {"n": 2}, key="other")
        session.add(GuideVersion(version="sample", toml="", used_from=datetime.now(UTC)))
    jobs.run()
    assert jobs.ran == [1, 2]
    with services.database.reading() as session:
        assert session.get(GuideVersion, "sample") is not None


@pytest.mark.parametrize(("first", "second"), [(1, None), (None, 1), (2, 1), (1, 2)])
def test_of_two_times_for_the_same_work_the_earlier_counts(jobs, first, second):
    for at in (first, second):
        jobs.queue(key="same", run_at=hours(at) if at else None)
    (row,) = jobs.listing().waiting.rows
    assert row.next_try < hours(1) + timedelta(minutes=1)
    assert jobs.run() == (1 if None in (first, second) else 0)


def test_the_same_work_asked_for_more_urgently_goes_first(jobs):
    jobs.queue(1, key="same", priority=100)
    jobs.queue(2, priority=50)
    jobs.queue(1, key="same", priority=10)
    jobs.run()
    assert jobs.ran == [1, 2]


def test_a_job_asked_for_again_while_it_runs_runs_once_more_afterwards(jobs, worker):
    """What it has read may be out of date by now: dropping the second one would lose work."""
    begun, go_on = threading.Event(), threading.Event()

    def run(args):
        if args["n"] == 1:
            begun.set()
            assert go_on.wait(DEADLINE)

    jobs.does = [run]
    worker()
    jobs.queue(1, key="same")
    assert begun.wait(DEADLINE)
    jobs.queue(1, key="same")
    jobs.queue(2)
    wait_until(lambda: 2 in jobs.ran, "what was queued later runs")
    assert jobs.ran == [1, 2], "two jobs of one key ran side by side"
    go_on.set()
    wait_until(lambda: jobs.ran == [1, 2, 1], "it ran once more")


def test_a_later_time_asked_for_while_it_runs_is_kept(jobs, raises):
    jobs.does = [lambda args: jobs.queue(key="same", run_at=hours(1))]
    jobs.queue(key="same")
    assert jobs.run() == 1
    (row,) = jobs.listing().waiting.rows
    assert abs(row.next_try - hours(1)) < timedelta(minutes=1)


@pytest.mark.parametrize("error", [TryAgain(timedelta(minutes=5), "Not yet."), ValueError("fault")])
def test_a_job_that_wants_another_try_and_was_asked_for_meanwhile_waits_once_at_the_earlier_time(jobs, error):
    def asked_again_and_fails(args):
        jobs.queue(key="same", run_at=hours(1))
        raise error

    jobs.does = [asked_again_and_fails]
    jobs.queue(key="same")
    assert jobs.run() == 1
    listing = jobs.listing()
    (row,) = listing.waiting.rows + listing.failing.rows
    assert row.next_try < datetime.now(UTC) + timedelta(minutes=6)
    assert len(listing.dead) == 0


def test_try_again_is_no_failure_however_often(services, jobs, raises):
    jobs.does = [raises(TryAgain(timedelta(minutes=5), "The channel is paused."))]
    jobs.queue()
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        assert jobs.run() == 1
        make_due(services)
    (row,) = jobs.listing().failing.rows
    assert (row.failures, row.error) == (0, "The channel is paused.")
    jobs.does = []
    assert jobs.run() == 1
    assert not any(len(part) for part in (jobs.listing().waiting, jobs.listing().failing, jobs.listing().dead))


def test_try_again_waits_as_long_as_it_asked(jobs, raises):
    jobs.does = [raises(TryAgain(timedelta(minutes=5), "Not yet."))]
    jobs.queue()
    jobs.run()
    (row,) = jobs.listing().failing.rows
    left = row.next_try - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


def test_give_up_is_dead_at_once_with_its_sentence(services, jobs, raises):
    jobs.does = [raises(GiveUp("The server refuses it for good."))]
    jobs.queue()
    assert jobs.run() == 1
    make_due(services)
    assert jobs.run() == 0
    (row,) = jobs.listing().dead.rows
    assert (row.error, row.next_try) == ("The server refuses it for good.", None)


def test_a_fault_is_tried_again_with_growing_pauses_and_then_given_up(services, jobs, raises):
    jobs.does = [raises(ValueError("words of a post"))]
    jobs.queue()
    pauses = []
    for n in range(1, outbox.MAX_ATTEMPTS + 1):
        assert jobs.run() == 1
        if n < outbox.MAX_ATTEMPTS:
            (row,) = jobs.listing().failing.rows
            assert row.failures == n
            assert "words" not in row.error
            pauses.append(row.next_try - datetime.now(UTC))
            make_due(services)
    assert pauses[0] <= timedelta(seconds=2)
    assert timedelta(minutes=29) < pauses[-1] <= timedelta(hours=1)
    assert jobs.run() == 0
    (row,) = jobs.listing().dead.rows
    assert row.failures == outbox.MAX_ATTEMPTS
    assert row.error == "An unexpected fault (ValueError). The server's log has the details."


def test_the_log_of_a_fault_has_the_place_and_not_the_words(jobs, raises, capsys):
    jobs.does = [raises(ValueError("words of a post"))]
    jobs.queue()
    jobs.run()
    said = capsys.readouterr()
    said = said.out + said.err
    assert "ValueError" in said
    assert "conftest.py" in said
    assert "words of a post" not in said


def test_a_job_that_this_version_does_not_know_is_dead_and_says_so(jobs):
    jobs.queue(name="of the future")
    jobs.run()
    (row,) = jobs.listing().dead.rows
    assert "knows no job called “of the future”" in row.error


def test_two_workers_never_run_one_job_twice(jobs, worker):
    for _ in range(2):
        worker(threads=3)
    for n in range(60):
        jobs.queue(n)
    wait_until(lambda: len(jobs.ran) >= 60, "all ran")
    assert sorted(jobs.ran) == list(range(60))


@pytest.mark.slow
@pytest.mark.parametrize("stops", [False, True], ids=["goes on", "stops meanwhile"])
def test_a_job_longer_than_its_lease_stays_with_its_worker(jobs, worker, stops):
    lease = timedelta(seconds=5)  # long enough for a busy machine to give a sign of life in time
    begun = threading.Event()
    jobs.does = [lambda args: (begun.set(), threading.Event().wait(1.5 * lease.total_seconds()))]
    first = worker(lease=lease)
    jobs.queue(1)
    assert begun.wait(DEADLINE)
    worker(lease=lease)
    if stops:
        first.stop()
    wait_until(lambda: jobs.ran and not jobs.left(), "it is done")
    assert jobs.ran == [1]


def test_a_waiting_job_begins_only_after_the_transaction_that_asked_for_it_again(services, jobs, worker):
    """A job that waits cannot begin while somebody who asked for it again has not said what they changed."""
    jobs.queue(1, key="same", run_at=datetime.now(UTC) + timedelta(milliseconds=200))
    worker()
    with services.database.writing() as session:
        outbox.enqueue(session, "sample", {"n": 1}, key="same")
        threading.Event().wait(1.5)
        assert jobs.ran == []
    wait_until(lambda: jobs.ran == [1], "it ran")
