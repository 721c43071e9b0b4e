"""The allow-list is used by the check of a revision."""

from datetime import timedelta

import pytest

from workflow.models import Post
from workflow.models.allow_list import AllowKind
from workflow.review.allow_list import allowed_now, put_on_list, today_in
from workflow.review.allow_list_file import Line
from workflow.roles import NotPermitted

TEXT = "Text Sample Desk on 07700 900123 until Friday."


def line(number="07700900123", until=None):
    return Line(2, AllowKind.CONTACT, "Sample Desk", number, "", "", until)


def put(house, *lines, by="administrator"):
    with house.database.writing() as session:
        return put_on_list(session, house.actor(by), lines)


def findings(house, post_id):
    with house.database.reading() as session:
        return [(row.part, row.clause_id) for row in session.get_one(Post, post_id).revision.findings]


def test_a_post_is_checked_with_the_list_of_its_day(house):
    assert findings(house, house.propose(TEXT)) == [("text", "personal-information")]
    put(house, line())
    assert findings(house, house.propose(TEXT)) == []


def test_what_has_run_out_is_marked_again(house):
    put(house, line(until=today_in(house.services.settings) - timedelta(days=1)))
    assert findings(house, house.propose(TEXT)) == [("text", "personal-information")]


@pytest.mark.parametrize("who", ["author", "reviewer", "publisher"])
def test_only_administrators_change_the_list(house, who):
    with pytest.raises(NotPermitted):
        put(house, line(), by=who)
    with house.database.reading() as session:
        assert allowed_now(session, house.services.settings) == []
