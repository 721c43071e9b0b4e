"""Roles on one channel: a person proposes there and nowhere else, on every path."""

import pytest

from workflow.models import Post
from workflow.review.people import add_person
from workflow.review.proposal import Invalid, Proposal
from workflow.review.revise import revise
from workflow.roles import SYSTEM, Role


@pytest.fixture
def bound(house):
    """An author for the channel `sample` alone."""
    with house.database.writing() as session:
        house.people["bound"] = add_person(
            session, SYSTEM, name="Sample Bound", email="bound@agency.example", roles=[(Role.AUTHOR, "sample")]
        )
    return house


def test_an_author_of_one_channel_proposes_there_and_nowhere_else(bound):
    assert bound.state(bound.propose(by="bound")) == "in review"
    with pytest.raises(Invalid, match="You cannot propose posts for Noticeboard"):
        bound.propose(by="bound", channels=("sample", "noticeboard"))


def test_an_author_of_one_channel_adds_no_other_later(bound):
    post_id = bound.propose(by="bound")
    proposal = Proposal(text="Another text.", channels=("sample", "noticeboard"))

    def add_the_channel(who):
        with bound.database.writing() as session:
            post = session.get_one(Post, post_id)
            return revise(session, bound.actor(who), post, proposal, seen_digest=post.digest)

    with pytest.raises(Invalid, match="You cannot propose posts for Noticeboard"):
        add_the_channel("bound")
    assert add_the_channel("reviewer")
