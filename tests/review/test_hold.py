"""Whistleblowing: until its author has chosen, nobody else sees a word (guide clause Never 4)."""

import pytest
import sqlalchemy as sa

from workflow.models import Answer, FindingRow, Post, RecordEntry, Revision
from workflow.review.hold import release, send_to_officer, withdraw_for_good
from workflow.roles import NotPermitted, Permission, may
from workflow.states import NotPossible

PLANTED = "zebrafinch"
TEXT = f"Our managers are covering up unsafe cladding at {PLANTED} Court and staff were told to keep quiet about it."


@pytest.fixture
def held(house):
    post_id = house.propose(TEXT)
    assert house.state(post_id) == "held"
    return post_id


def _act(house, what, post_id, by="author"):
    with house.database.writing() as session:
        return what(session, house.actor(by), session.get_one(Post, post_id))


def test_a_held_post_is_its_authors_alone(house, held):
    with house.database.reading() as session:
        facts = session.get_one(Post, held).facts()
    assert {who for who in house.people if may(Permission.READ, house.actor(who), facts)} == {"author"}


def test_the_record_and_the_queue_of_jobs_say_only_that_it_was_held(house, held):
    with house.database.reading() as session:
        entries = session.execute(sa.select(RecordEntry.action, RecordEntry.object, RecordEntry.payload)).all()
        table = "procrastinate_jobs" if house.database.on_postgresql else "job"
        jobs = session.execute(sa.text(f"select * from {table}")).all()
    said = [str(tuple(row)) for row in (*(entry for entry in entries if entry.object == "TB-1001"), *jobs)]
    assert len(said) > 3
    assert not [line for line in said if PLANTED in line or "whistle" in line]
    assert "held" in {entry.action for entry in entries}


@pytest.mark.parametrize("what", [release, send_to_officer, withdraw_for_good])
@pytest.mark.parametrize("by", ["second author", "reviewer", "officer", "administrator"])
def test_nobody_else_may_choose(house, held, what, by):
    with pytest.raises(NotPermitted):
        _act(house, what, held, by)
    assert house.state(held) == "held"


def test_its_author_says_that_it_is_not_whistleblowing_and_it_goes_to_review(house, held):
    _act(house, release, held)
    assert house.state(held) == "in review"
    with house.database.reading() as session:
        assert "not whistleblowing" in session.scalars(sa.select(Answer.reason)).first()


def test_sent_to_the_officer_it_is_read_by_the_officer_and_nobody_else(house, held):
    _act(house, send_to_officer, held)
    with house.database.reading() as session:
        facts = session.get_one(Post, held).facts()
    assert {who for who in house.people if may(Permission.READ, house.actor(who), facts)} == {"author", "officer"}


def test_withdrawn_for_good_its_words_are_gone(house, held):
    _act(house, withdraw_for_good, held)
    assert house.state(held) == "withdrawn"
    with house.database.reading() as session:
        assert session.scalars(sa.select(Revision.text)).all() == [""]
        assert session.scalars(sa.select(FindingRow)).all() == []
        facts = session.get_one(Post, held).facts()
    assert not may(Permission.READ, house.actor("reviewer"), facts)


def test_an_ordinary_post_cannot_be_released(house):
    post_id = house.propose()
    with pytest.raises(NotPossible):
        _act(house, release, post_id)
