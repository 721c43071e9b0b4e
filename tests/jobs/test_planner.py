"""What happens by the clock."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from tests.factories import make_people
from tests.jobs.conftest import wait_until
from workflow.jobs.handlers import GiveUp
from workflow.jobs.lease import Lease
from workflow.jobs.planner import Planner, plan_once, tidy
from workflow.models import Job, RecordAnchor

COUNT = sa.text("select count(*) from procrastinate_jobs")


def count(services):
    with services.database.reading() as session:
        if services.database.on_postgresql:
            return session.scalar(COUNT)
        return session.scalar(sa.select(sa.func.count()).select_from(Job))


def grow_old(services):
    """All that happened to jobs so far happened eight days ago."""
    with services.database.writing() as session:
        if services.database.on_postgresql:
            session.execute(sa.text("update procrastinate_events set at = at - interval '8 days'"))
        else:
            session.execute(sa.update(Job).values(finished_at=datetime.now(UTC) - timedelta(days=8)))


def test_jobs_done_a_week_ago_are_taken_away_and_no_others(services, jobs):
    def gives_up(args):
        raise GiveUp("No.")

    jobs.does = [lambda args: None, lambda args: None, gives_up]
    for n in range(3):
        jobs.queue(n)
    jobs.run()
    grow_old(services)
    jobs.does = [lambda args: None]
    jobs.queue(3)
    jobs.run()
    jobs.queue(4, run_at=datetime.now(UTC) + timedelta(hours=1))
    assert count(services) == 5
    assert tidy(services) == 2
    assert count(services) == 3
    assert tidy(services) == 0
    assert (len(jobs.listing().dead), len(jobs.listing().waiting)) == (1, 1)


def test_the_records_head_is_sent_out_once_it_has_grown_and_only_once(services, jobs):
    with services.database.writing() as session:
        make_people(session)
    for _ in range(3):
        plan_once(services)
    assert len(jobs.listing().waiting) == 1
    jobs.run()
    plan_once(services)
    assert not len(jobs.listing().waiting)
    with services.database.reading() as session:
        assert len(session.scalars(sa.select(RecordAnchor)).all()) == 1


def test_one_of_two_planners_plans_and_leaves_its_place_when_it_stops(services):
    first, second = Planner(services), Planner(services)
    first.start()
    wait_until(lambda: first.lease.fence == 1, "the first one leads")
    second.start()
    second.stop()
    assert second.lease.fence is None
    first.stop()
    third = Lease(services.database, "planner")
    assert third.acquire_or_renew()
    assert third.fence == 2
