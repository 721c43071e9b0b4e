"""The record shows every change to it, and lets a lawful erasure through."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from workflow import record
from workflow.models import RecordEntry
from workflow.roles import SYSTEM

ENTRIES = 23


@pytest.fixture
def filled(database):
    with database.writing() as session:
        for number in range(ENTRIES - 1):  # the first entry says that the guide was put in use
            record.append(session, SYSTEM, "tried", f"TB-{number}", {"number": number, "words": "naïve café 🫖"})
    return database


def _verify(database, anchors=()):
    with database.reading() as session:
        return record.verify(session, anchors)


def _anchor(database):
    with database.writing() as session:
        return record.anchor(session)


def _as_superuser(database, *statements):
    """What somebody with all rights on the database can do: switch the triggers off, then change rows."""
    with database.writing() as session:
        if database.on_postgresql:
            for table in ("record_entry", "record_anchor"):
                session.execute(sa.text(f"alter table {table} disable trigger user"))
        else:
            names = session.scalars(
                sa.text("select name from sqlite_master where type = 'trigger' and tbl_name like 'record_%'")
            ).all()
            for name in names:
                session.execute(sa.text(f'drop trigger "{name}"'))
        for statement in statements:
            session.execute(sa.text(statement))


def test_an_untouched_record_holds(filled):
    result = _verify(filled)
    assert (result.size, result.problems) == (ENTRIES, [])


@pytest.mark.parametrize(
    "statement",
    [
        "update record_entry set payload = '{}' where seq = 7",
        "update record_entry set actor = 'Somebody else' where seq = 7",
        "update record_entry set at = '2020-01-01T00:00:00+00:00' where seq = 7",
        "delete from record_entry where seq = 7",
        "delete from record_entry where seq = 23",
    ],
)
def test_a_change_shows(filled, statement):
    _as_superuser(filled, statement)
    assert _verify(filled).problems


def test_two_entries_swapped_show(filled):
    _as_superuser(
        filled,
        "update record_entry set seq = -1 where seq = 7",
        "update record_entry set seq = 7 where seq = 8",
        "update record_entry set seq = 8 where seq = -1",
    )
    assert _verify(filled).problems


def test_a_cut_tail_shows_against_an_anchor_from_outside(filled):
    outside = _anchor(filled)
    _as_superuser(
        filled,
        "delete from record_entry",
        "delete from record_head",
        "delete from record_anchor",
    )
    with filled.writing() as session:
        for number in range(5):
            record.append(session, SYSTEM, "tried", f"TB-{number}", {})
    assert _verify(filled).problems == []
    assert "only 5 are left" in _verify(filled, [outside]).problems[0]


def test_a_rewritten_history_shows_against_an_anchor_from_outside(filled):
    outside = _anchor(filled)
    _as_superuser(filled, "delete from record_entry", "delete from record_head", "delete from record_anchor")
    with filled.writing() as session:
        for number in range(ENTRIES + 2):
            record.append(session, SYSTEM, "something else", f"TB-{number}", {})
    assert _verify(filled).problems == []
    assert "does not fit" in _verify(filled, [outside]).problems[0]


@pytest.mark.parametrize(
    "statement",
    [
        "update record_entry set actor = 'Somebody else' where seq = 7",
        "update record_entry set payload = '{}' where seq = 7",
        "delete from record_entry where seq = 7",
    ],
)
def test_the_database_itself_refuses_a_change(filled, statement):
    with pytest.raises(DBAPIError), filled.writing() as session:
        session.execute(sa.text(statement))
    assert _verify(filled).problems == []


def test_a_lawful_erasure_leaves_the_proof(filled):
    with filled.writing() as session:
        session.execute(sa.text("update record_entry set payload = null, salt = null where seq = 7"))
    assert _verify(filled).problems == []
    with filled.reading() as session:
        assert session.get_one(RecordEntry, 7).payload is None


def test_an_anchor_survives_being_mailed(filled):
    made = _anchor(filled)
    mailed = f"Dear records officer,\r\n\r\n  {made}\r\n-- \r\nTeabreak".replace("\n", "\r\n")
    assert record.Anchor.parse(mailed) == [made]
    assert _verify(filled, record.Anchor.parse(mailed)).problems == []


def test_a_file_without_an_anchor_is_refused_in_words():
    with pytest.raises(ValueError, match="no anchor in this file"):
        record.Anchor.parse("Dear records officer")


def test_an_append_that_is_rolled_back_leaves_no_gap(filled):
    class Fault(Exception):
        pass

    def append_and_fail():
        with filled.writing() as session:
            record.append(session, SYSTEM, "tried", "TB-1", {})
            raise Fault

    with pytest.raises(Fault):
        append_and_fail()
    with filled.writing() as session:
        assert record.append(session, SYSTEM, "tried", "TB-1", {}) == ENTRIES + 1
    assert _verify(filled).problems == []
