"""Processes that are killed, frozen, or lose their database: nothing is lost, nothing is done twice."""

import random
import signal
import threading
from collections import Counter

import pytest
import sqlalchemy as sa

from tests.jobs.conftest import wait_until
from tests.jobs.driver import approve_all, set_up
from workflow import record
from workflow.models import Post
from workflow.publishing.sample import shown

KILLING_FOR = 20  # seconds
AT_LEAST = 8  # kills, on a machine that is busy with other things too


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_under_kill_9(services, processes, jobs):
    """Two workers and a submitter are killed at random; what was promised is published, once, and nothing else."""
    set_up(services)
    chance = random.Random(7)
    roles = {processes.start(role): role for role in ("work", "work", "submit")}
    kills = Counter()
    over = threading.Event()
    timer = threading.Timer(KILLING_FOR, over.set)
    timer.start()
    while not over.wait(chance.uniform(0.3, 1.5)):
        ready = [process for process in roles if processes.is_ready(process)]
        assert all(process.is_alive() for process in roles), processes.log()[-3000:]
        if not ready:
            continue
        victim = chance.choice(ready)
        role = roles.pop(victim)
        processes.kill(victim)
        kills[role] += 1
        roles[processes.start(role, wait=False)] = role
    timer.join()
    for process in roles:
        processes.kill(process)
    for _ in range(2):
        processes.start("work")
    wait_until(lambda: all_published(services), "all posts are published", 60)
    wait_until(lambda: not jobs.left(), "no job is left", 20)

    with services.database.reading() as session:
        words = [post.revision.text for post in session.scalars(sa.select(Post))]
        verified = record.verify(session)
    live = Counter(line["text"] for line in shown(str(services.settings.data / "sample.jsonl")))
    calls = Counter(processes.noted("calls"))
    print(f"{kills=} posts={len(words)} calls repeated={sum(calls.values()) - len(calls)}")
    assert set(processes.noted("promised")) <= set(words), "a post that was promised is not there"
    assert set(words) <= set(live), "an approved post was never published"
    assert set(live) <= set(words), "something is published that nobody proposed"
    assert [text for text, times in live.items() if times > 1] == [], "published twice"
    assert verified.problems == []
    assert jobs.listing().dead.rows == ()
    assert kills["work"] >= AT_LEAST / 2
    assert kills.total() >= AT_LEAST
    assert len(words) >= AT_LEAST


def all_published(services):
    approve_all(services)
    with services.database.reading() as session:
        return session.scalars(sa.select(Post.id).where(Post.state != "published")).first() is None


def test_a_killed_workers_job_is_taken_up_by_another(processes, jobs):
    first = processes.start("work")
    jobs.queue(name="held up")
    wait_until(lambda: processes.noted("begun") == [str(first.pid)], "the first worker runs it")
    processes.kill(first)
    second = processes.start("work")
    wait_until(lambda: processes.noted("begun") == [str(first.pid), str(second.pid)], "the second one takes it up")
    (row,) = jobs.listing().failing.rows
    assert (row.running, row.error) == (True, "The process that ran it went away.")
    (processes.folder / f"go-{second.pid}").touch()
    wait_until(lambda: not jobs.left(), "it is done")
    assert jobs.listing().dead.rows == ()


def test_a_worker_frozen_past_its_lease_cannot_end_what_another_took_over(processes, jobs):
    first = processes.start("work")
    jobs.queue(name="held up")
    wait_until(lambda: processes.noted("begun"), "the first worker runs it")
    processes.signal(first, signal.SIGSTOP)
    second = processes.start("work")
    wait_until(lambda: len(processes.noted("begun")) == 2, "the second one takes it up")
    (processes.folder / f"go-{first.pid}").touch()
    processes.signal(first, signal.SIGCONT)
    wait_until(lambda: "taken over meanwhile" in processes.log(), "the first one is refused")
    (row,) = jobs.listing().failing.rows
    assert row.running
    (processes.folder / f"go-{second.pid}").touch()
    wait_until(lambda: not jobs.left(), "it is done")
    assert jobs.listing().dead.rows == ()
    assert len(processes.noted("begun")) == 2
