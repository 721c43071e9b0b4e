"""The door and people at the same post at the same moment: each waits for the other, and nobody in a circle."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.waiting import wait_for_a_lock
from workflow.models import Publication, PublicationState
from workflow.models.post import reference_of
from workflow.publishing.outcome import fail
from workflow.review.proposal import Invalid, Proposal, Stale
from workflow.review.publish_choices import settle
from workflow.review.reading import to_change
from workflow.review.revise import revise
from workflow.review.withdraw import withdraw
from workflow.states import NotPossible

P = PublicationState
ROUNDS = 8
ADDRESS = "https://social.example/agency/1"


class Pressing:
    """What people do on the web, each in a transaction of its own that holds the post first."""

    def __init__(self, agency):
        self.agency = agency

    def _at(self, post_id, who, do):
        actor = self.agency.people[who].as_actor()
        try:
            with self.agency.database.writing() as session:
                do(session, actor, to_change(session, actor, reference_of(post_id)))
        except (NotPossible, Invalid, Stale) as refused:
            return type(refused).__name__
        return "done"

    def withdraw(self, post_id):
        return self._at(post_id, "author", withdraw)

    def revise(self, post_id):
        def change(session, actor, post):
            proposal = Proposal(text="The van stops at Sample Green.", channels=tuple(post.revision.channels))
            revise(session, actor, post, proposal, seen_digest=post.digest)

        return self._at(post_id, "author", change)

    def settle(self, post_id):
        def say(session, actor, post):
            row = next(row for row in post.publications if row.state == P.UNCONFIRMED)
            settle(session, actor, row, True, ADDRESS)

        return self._at(post_id, "publisher", say)


@pytest.fixture
def press(agency):
    return Pressing(agency)


def at_once(*calls):
    """Calls all at the same moment, and gives what they give; an error of any of them is raised."""
    ready = threading.Barrier(len(calls))

    def call(one):
        ready.wait(10)
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(call, one) for one in calls]]


def test_withdrawing_and_revising_while_it_goes_out(agency, press):
    for _ in range(ROUNDS):
        post_id = agency.approved(channels=("sample", "second"))
        sent, _, withdrawn, revised = at_once(
            lambda id_=post_id: agency.publish(id_, "sample"),
            lambda id_=post_id: agency.publish(id_, "second"),
            lambda id_=post_id: press.withdraw(id_),
            lambda id_=post_id: press.revise(id_),
        )
        if sent is P.PUBLISHED:
            assert (withdrawn, revised) != ("done", "done")
            assert agency.state(post_id) in ("published", "publishing")
        else:
            assert sent is P.CANCELLED
            assert agency.state(post_id) in ("withdrawn", "checking")


def test_settling_one_channel_while_another_one_ends(agency, press):
    for _ in range(ROUNDS):
        post_id = agency.approved(channels=("sample", "second"))
        with agency.database.writing() as session:
            row = session.get_one(Publication, agency.ids(post_id)["second"])
            fail(session, row.post, row, P.UNCONFIRMED, "Sample: no answer.")
        assert at_once(
            lambda id_=post_id: agency.publish(id_, "sample"),
            lambda id_=post_id: press.settle(id_),
        ) == [P.PUBLISHED, "done"]
        assert agency.state(post_id) == "published"


def test_the_door_waits_for_whoever_holds_the_post_without_holding_its_publication(agency):
    post_id = agency.approved()
    author = agency.people["author"].as_actor()
    with ThreadPoolExecutor(1) as pool:
        with agency.database.writing() as session:
            post = to_change(session, author, reference_of(post_id))
            going_out = pool.submit(agency.publish, post_id)
            if agency.database.on_postgresql:
                wait_for_a_lock(agency.database)
            withdraw(session, author, post)
        assert going_out.result(60) is P.CANCELLED
    assert (agency.state(post_id), agency.shown()) == ("withdrawn", [])
