"""The check and the revision it is of: nobody but its author sees what was not checked."""

import threading

import pytest
import sqlalchemy as sa

from workflow.jobs import check_revision
from workflow.models import Post, Revision
from workflow.review.decide import decide
from workflow.review.proposal import Invalid, Proposal
from workflow.review.reading import readable, to_change
from workflow.review.revise import revise
from workflow.review.submit import propose

CONCERN = "Our managers are covering up unsafe cladding and staff were told to keep quiet about it."


def test_a_revision_that_comes_while_the_last_one_is_checked_is_checked_itself(house, monkeypatch):
    with house.database.writing() as session:
        proposal = Proposal(text="The library van stops at Sample Green.", channels=("sample",))
        post_id = propose(session, house.actor("author"), proposal, origin="web").id

    def write_another():
        with house.database.writing() as session:
            post = to_change(session, house.actor("author"), f"TB-{1000 + post_id}")
            later = Proposal(text=CONCERN, channels=("sample",))
            revise(session, house.actor("author"), post, later, seen_digest=post.digest)

    writer = threading.Thread(target=write_another)
    keep = check_revision.record_findings

    def keep_while_another_is_written(session, post, number, *facts):
        if number == 1:  # the job has read the post, and has not written yet
            writer.start()
            writer.join(1)
        return keep(session, post, number, *facts)

    monkeypatch.setattr(check_revision, "record_findings", keep_while_another_is_written)
    house.run_jobs()
    writer.join(30)
    house.run_jobs()
    assert house.state(post_id) == "held"
    with house.database.reading() as session:
        assert readable(session, house.actor("reviewer"), f"TB-{1000 + post_id}") is None


def test_what_was_not_checked_cannot_be_decided_on(house):
    post_id = house.propose()
    with house.database.writing() as session:
        session.execute(sa.update(Revision).where(Revision.post_id == post_id).values(checked_at=None))

    def approve():
        with house.database.writing() as session:
            post = session.get_one(Post, post_id)
            return decide(session, house.actor("reviewer"), post, "approve", digest=post.digest)

    with pytest.raises(Invalid, match="not checked yet"):
        approve()
    assert house.state(post_id) == "in review"
