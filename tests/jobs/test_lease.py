"""Being alone at something: one leader at a time, whatever happens to it."""

import signal
import threading

import pytest

from tests.jobs.conftest import wait_until
from workflow.jobs.lease import Lease, LeaseLost


def leaders(processes):
    """Who led, with which fence number, in order; each once."""
    seen = []
    for line in processes.noted("led"):
        pair = tuple(map(int, line.split()))
        if pair not in seen:
            seen.append(pair)
    return seen


def fences(processes):
    return [int(line.split()[1]) for line in processes.noted("led")]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
def test_of_two_processes_one_leads_until_it_is_gone_and_then_the_other(processes, how):
    both = {process.pid: process for process in (processes.start("lead"), processes.start("lead"))}
    wait_until(lambda: len(processes.noted("led")) >= 5, "one leads")
    ((first, fence),) = leaders(processes)
    processes.signal(both[first], how)
    wait_until(lambda: len(leaders(processes)) == 2, "the other one takes over")
    (second,) = set(both) - {first}
    assert leaders(processes) == [(first, fence), (second, fence + 1)]
    if how is signal.SIGSTOP:
        count = len(processes.noted("led"))
        processes.signal(both[first], signal.SIGCONT)
        wait_until(lambda: len(processes.noted("led")) >= count + 8, "the second one goes on")
    assert fences(processes) == sorted(fences(processes))
    assert len(leaders(processes)) == 2


def test_of_many_that_want_a_new_lease_at_once_one_gets_it(database):
    together = threading.Barrier(6, timeout=20)
    got = []

    def take():
        lease = Lease(database, "new")
        together.wait()
        got.append(lease.acquire_or_renew())

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(got) == [False] * 5 + [True]


def test_a_lease_given_up_can_be_taken_at_once_and_the_old_holder_is_told(database):
    first, second = Lease(database, "sample", ttl=3600), Lease(database, "sample", ttl=3600)
    assert first.acquire_or_renew()
    assert not second.acquire_or_renew()
    assert first.acquire_or_renew()
    assert first.fence == 1
    stale = Lease(database, "sample")
    stale.owner, stale.fence = first.owner, first.fence
    first.release()
    assert second.acquire_or_renew()
    assert second.fence == 2
    with database.writing() as session, pytest.raises(LeaseLost):
        stale.check(session)
    with database.writing() as session:
        second.check(session)


def test_nobody_takes_over_between_the_holders_look_and_its_commit(database):
    first, second = Lease(database, "sample", ttl=0), Lease(database, "sample")
    assert first.acquire_or_renew()
    order = []

    def take_over():
        assert second.acquire_or_renew()
        order.append("taken over")

    other = threading.Thread(target=take_over)
    with database.writing() as session:
        first.check(session)
        other.start()
        other.join(0.5)
        order.append("committed")
    other.join(20)
    assert order == ["committed", "taken over"]
