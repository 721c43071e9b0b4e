"""Decisions: bound to what the reviewer saw, cited, and never by whoever wrote it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from workflow.models import Decision, OutgoingMail, Post, Publication
from workflow.review.answer import answer, unanswered
from workflow.review.decide import decide
from workflow.review.proposal import Invalid, Proposal, Stale, difference, proposal_of
from workflow.review.revise import revise
from workflow.roles import NotPermitted
from workflow.states import NotPossible

PERSONAL = "Ring Sample Helper on 07700 900123 about the lost dog."


def _decide(house, post_id, decision="approve", *, by="reviewer", digest=None, clauses=(), note=""):
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        return decide(
            session, house.actor(by), post, decision, digest=digest or post.digest, clauses=clauses, note=note
        ).id


def _digest(house, post_id):
    with house.database.reading() as session:
        return session.get_one(Post, post_id).digest


def test_an_approval_binds_the_digest_and_plans_the_publication(house):
    post_id = house.propose()
    _decide(house, post_id)
    with house.database.reading() as session:
        post = session.get_one(Post, post_id)
        assert post.state == "scheduled"
        assert post.approved_digest == post.digest == post.revision.digest
        assert [row.digest for row in post.publications] == [post.digest]


def test_whoever_wrote_it_cannot_approve_it(house):
    post_id = house.propose(by="reviewer")
    with pytest.raises(NotPermitted, match="somebody else"):
        _decide(house, post_id, by="reviewer")
    _decide(house, post_id, by="second reviewer")
    assert house.state(post_id) == "scheduled"


def test_a_reviewer_who_changed_the_words_cannot_approve_them(house):
    post_id = house.propose()
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        proposal = Proposal(text=post.revision.text + " Please come.", channels=("sample",))
        assert revise(session, house.actor("reviewer"), post, proposal, seen_digest=post.digest)
    house.run_jobs()
    with pytest.raises(NotPermitted, match="somebody else"):
        _decide(house, post_id, by="reviewer")


def test_a_decision_on_what_has_changed_since_does_nothing(house):
    post_id = house.propose()
    seen = _digest(house, post_id)
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        revise(
            session, house.actor("author"), post, Proposal(text="Another day.", channels=("sample",)), seen_digest=seen
        )
    house.run_jobs()
    with pytest.raises(Stale, match="was changed since"):
        _decide(house, post_id, digest=seen)
    assert house.state(post_id) == "in review"
    with house.database.reading() as session:
        post = session.get_one(Post, post_id)
        changes = difference(post.revisions[0], post.revisions[1])
        assert [change.part for change in changes] == ["text"]
        assert "".join(text for op, text in changes[0].pieces if op != "removed") == "Another day."


def test_the_second_decision_is_refused_and_the_first_stands(house):
    post_id = house.propose()
    digest = _digest(house, post_id)
    _decide(house, post_id, digest=digest)
    with pytest.raises(NotPossible, match="scheduled"):
        _decide(house, post_id, "reject", by="second reviewer", digest=digest, clauses=[("respect", "")], note="No.")
    assert house.state(post_id) == "scheduled"


@pytest.mark.parametrize("decision", ["reject", "ask for changes"])
@pytest.mark.parametrize(
    ("clauses", "note", "field"),
    [((), "Too short.", "clauses"), ((("respect", ""),), "  ", "note"), ((("no-such-clause", ""),), "No.", "clauses")],
)
def test_a_refusal_needs_a_clause_of_the_guide_and_a_sentence(house, decision, clauses, note, field):
    post_id = house.propose()
    with pytest.raises(Invalid) as refused:
        _decide(house, post_id, decision, clauses=clauses, note=note)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert house.state(post_id) == "in review"


def test_an_approval_needs_every_finding_answered(house):
    post_id = house.propose(PERSONAL)
    with pytest.raises(Invalid, match="Answer these findings"):
        _decide(house, post_id)
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        for row in unanswered(session, post.revision):
            answer(session, house.actor("reviewer"), post, row, "consent", "Consent form 12 of this year.")
    _decide(house, post_id)
    assert house.state(post_id) == "scheduled"


def test_an_answer_holds_until_its_words_change(house):
    post_id = house.propose(PERSONAL)
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        for row in unanswered(session, post.revision):
            answer(session, house.actor("author"), post, row, "dismissed", "It is our own line.")
    for text, still_open in ((PERSONAL + " Thank you!", False), (PERSONAL.replace("900123", "900456"), True)):
        with house.database.writing() as session:
            post = session.get_one(Post, post_id)
            revise(
                session, house.actor("author"), post, Proposal(text=text, channels=("sample",)), seen_digest=post.digest
            )
        house.run_jobs()
        with house.database.reading() as session:
            assert bool(unanswered(session, session.get_one(Post, post_id).revision)) is still_open, text


def test_a_real_change_drops_the_approval_and_a_save_without_one_does_not(house):
    post_id = house.propose(publish_at=datetime.now(UTC) + timedelta(days=1))
    _decide(house, post_id)
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        assert not revise(session, house.actor("author"), post, proposal_of(post.revision), seen_digest=post.digest)
    assert house.state(post_id) == "scheduled"
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        later = Proposal(
            text=post.revision.text, channels=("sample",), publish_at=datetime.now(UTC) + timedelta(days=2)
        )
        assert revise(session, house.actor("author"), post, later, seen_digest=post.digest)
    house.run_jobs()
    with house.database.reading() as session:
        post = session.get_one(Post, post_id)
        assert (post.state, post.approver_id, post.approved_digest) == ("in review", None, None)
        assert [row.state for row in post.publications] == ["cancelled"]


def test_a_post_approved_after_its_time_waits_to_be_asked(house, count):
    import time_machine

    with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
        post_id = house.propose(publish_at=datetime.now(UTC) + timedelta(hours=1))
    _decide(house, post_id)
    house.run_jobs()
    assert house.state(post_id) == "approved"
    assert count(Publication) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "update post set state = 'approved' where id = :id",
        "update post set state = 'published', approver_id = author_id, approved_digest = digest where id = :id",
        "update post set state = 'scheduled', approver_id = 3, approved_digest = 'something else' where id = :id",
    ],
)
def test_the_database_makes_an_unapproved_publication_impossible(house, statement):
    post_id = house.propose()
    with pytest.raises(IntegrityError), house.database.writing() as session:
        session.execute(sa.text(statement), {"id": post_id})


def test_the_database_refuses_a_publication_without_an_approval_of_that_digest(house):
    post_id = house.propose()
    decision_id = _decide(house, post_id, "reject", clauses=[("respect", "")], note="No.")
    with house.database.reading() as session:
        decision = session.get_one(Decision, decision_id)
        revision_id, digest = decision.revision_id, decision.digest
    with pytest.raises(IntegrityError), house.database.writing() as session:
        session.add(
            Publication(
                post_id=post_id,
                revision_id=revision_id,
                decision_id=decision_id,
                digest=digest,
                channel_id="sample",
                run_at=datetime.now(UTC),
                key="x",
            )
        )


def test_a_decision_is_mailed_once_only_where_mail_is_set_up(house, count):
    post_id = house.propose()
    _decide(house, post_id)
    house.run_jobs()
    assert count(OutgoingMail) == 0  # no SMTP server in the settings of this house
    assert house.state(post_id) == "published"
