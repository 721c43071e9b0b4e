"""`teabreak user role`: what a person is trusted with, changed afterwards."""

import pytest
import sqlalchemy as sa

from workflow.models import Person, RecordEntry

ADDRESS = "pat@agency.example"


@pytest.fixture
def pat(command):
    """Somebody who proposes and reviews, and a channel."""
    command("channel", "add", "board", "--network", "by_hand", "--name", "Board")
    added = command("user", "add", ADDRESS, "--name", "Sample Pat", "--role", "author", "--role", "reviewer")
    assert added.exit_code == 0, added.output


def roles(services):
    with services.database.reading() as session:
        person = session.scalars(sa.select(Person).where(Person.email == ADDRESS)).one()
        return sorted(f"{grant.role}@{grant.channel_id}" for grant in person.grants)


def changes(services):
    with services.database.reading() as session:
        rows = session.scalars(sa.select(RecordEntry).order_by(RecordEntry.seq))
        return [row.payload for row in rows if row.action == "roles changed"]


def test_roles_are_added_and_removed_at_once_and_the_record_says_which(services, command, pat):
    result = command(
        *("user", "role", ADDRESS, "--add", "publisher@board", "--add", "records-officer", "--remove", "reviewer")
    )
    assert result.exit_code == 0, result.output
    assert roles(services) == ["author@*", "publisher@board", "records officer@*"]
    assert "author, publisher@board, records officer" in result.stdout
    [payload] = changes(services)
    assert "publisher on board" in payload
    assert "reviewer on *" in payload


def test_what_is_so_already_changes_nothing(services, command, pat):
    result = command("user", "role", ADDRESS, "--add", "author", "--remove", "publisher")
    assert result.exit_code == 0
    assert roles(services) == ["author@*", "reviewer@*"]
    assert changes(services) == []


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((ADDRESS,), 2, "--add"),
        ((ADDRESS, "--add", "king"), 2, "records-officer"),
        ((ADDRESS, "--add", "author@none"), 1, "no channel called none"),
        ((ADDRESS, "--add", "publisher", "--remove", "publisher"), 2, "both"),
        (("nobody@agency.example", "--add", "author"), 1, "Nobody here"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(services, command, pat, words, code, said):
    result = command("user", "role", *words)
    assert result.exit_code == code
    assert said in result.stderr
    assert roles(services) == ["author@*", "reviewer@*"]
    assert changes(services) == []


def test_the_last_administrator_stays_one_unless_it_is_meant(services, command, pat):
    command("user", "role", ADDRESS, "--add", "administrator")
    refused = command("user", "role", ADDRESS, "--remove", "administrator")
    assert refused.exit_code == 1
    assert "--force" in refused.stderr
    assert "administrator@*" in roles(services)
    assert command("user", "role", ADDRESS, "--remove", "administrator", "--force").exit_code == 0
    assert "administrator@*" not in roles(services)


def test_one_of_two_administrators_may_stop(services, command, pat):
    command("user", "add", "lee@agency.example", "--name", "Sample Lee", "--role", "administrator")
    command("user", "role", ADDRESS, "--add", "administrator")
    assert command("user", "role", ADDRESS, "--remove", "administrator").exit_code == 0
    assert "administrator@*" not in roles(services)
