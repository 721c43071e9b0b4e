"""`teabreak user` and `teabreak channel`."""

import re

import pytest
import sqlalchemy as sa

from workflow.models import Channel, Person, RecordEntry
from workflow.models.seal import unseal
from workflow.review.people import authenticate

ADD = ("user", "add", "Pat@Agency.example", "--name", "Sample Pat")


def people(services):
    with services.database.reading() as session:
        found = session.scalars(sa.select(Person)).all()
        session.expunge_all()
        return {person.email: person for person in found}


def signs_in(services, password, email="pat@agency.example"):
    return authenticate(services.database, email, password) is not None


def on_the_record(services):
    with services.database.reading() as session:
        return [entry.action for entry in session.scalars(sa.select(RecordEntry).order_by(RecordEntry.seq))]


def test_adding_a_person_shows_a_password_once_that_signs_in(services, command):
    result = command(*ADD, "--role", "reviewer", "--role", "publisher")
    assert result.exit_code == 0, result.output
    password = re.search(r"shown this once: (\S+)", result.stdout)[1]
    assert signs_in(services, password)
    assert {grant.role for grant in people(services)["pat@agency.example"].grants} == {"reviewer", "publisher"}
    assert on_the_record(services)[-1] == "person added"
    assert password not in command("user", "list").output


def test_a_password_from_standard_input_is_not_printed(services, command):
    result = command(*ADD, "--role", "author", "--password-stdin", input="a long sample password\r\n")
    assert result.exit_code == 0, result.output
    assert "a long sample" not in result.output
    assert signs_in(services, "a long sample password")


@pytest.mark.parametrize("given", ["", "\n", "short\n"])
def test_no_password_or_a_short_one_is_refused_and_nobody_is_added(services, command, given):
    result = command(*ADD, "--role", "author", "--password-stdin", input=given)
    assert result.exit_code == 1
    assert "password" in result.stderr
    assert people(services) == {}


def test_whoever_only_emails_gets_no_password(services, command):
    assert command(*ADD, "--role", "author", "--no-password").exit_code == 0
    assert people(services)["pat@agency.example"].password_hash == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([*ADD, "--role", "king"], 2, "whistleblowing-officer"),
        ([*ADD], 2, "--role"),
        (["user", "add", "nobody", "--name", "N", "--role", "author"], 1, "email address"),
        ([*ADD, "--role", "author@none"], 1, "no channel called none"),
        (["user", "disable", "nobody@agency.example"], 1, "Nobody here"),
        (["user", "reset", "nobody@agency.example"], 1, "Nobody here"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(services, command, arguments, code, said):
    before = on_the_record(services)
    result = command(*arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert people(services) == {}
    assert on_the_record(services) == before


def test_the_same_address_twice_is_refused(services, command):
    command(*ADD, "--role", "author")
    result = command(*ADD, "--role", "author")
    assert result.exit_code == 1
    assert "already" in result.stderr


def test_the_list_names_everybody_with_roles_and_who_is_disabled(services, command):
    command("channel", "add", "board", "--network", "by_hand", "--name", "Board")
    command(*ADD, "--role", "author@board", "--role", "records-officer")
    command("user", "disable", "PAT@agency.example")
    assert (
        command("user", "list").stdout == "pat@agency.example\tSample Pat (disabled)\tauthor@board, records officer\n"
    )


def test_disabling_and_a_new_password_end_what_was(services, command):
    command(*ADD, "--role", "author", "--password-stdin", input="first sample password")
    before = people(services)["pat@agency.example"].sign_in_count
    result = command("user", "reset", "pat@agency.example")
    new = re.search(r"New password for \S+: (\S+)", result.stdout)[1]
    assert signs_in(services, new)
    assert not signs_in(services, "first sample password")
    assert people(services)["pat@agency.example"].sign_in_count > before
    assert command("user", "disable", "pat@agency.example").exit_code == 0
    assert not signs_in(services, new)


def test_a_channel_keeps_its_password_sealed_and_shows_it_nowhere(services, command):
    added = command(
        *("channel", "add", "bluesky", "--network", "bluesky", "--name", "Bluesky", "--handle", "agency.example"),
        *("--service-url", "http://127.0.0.1:1", "--password-stdin"),
        input="abcd-efgh-ijkl\n",
    )
    assert added.exit_code == 0, added.output
    with services.database.reading() as session:
        row = session.get_one(Channel, "bluesky")
        assert b"abcd" not in row.sealed_secret
        assert unseal(row.sealed_secret, services.settings.secret_key.get_secret_value()) == "abcd-efgh-ijkl"
    listed = command("channel", "list").stdout
    assert listed == "bluesky\tBluesky\tbluesky\tagency.example\tin use\n"
    assert "abcd" not in added.output + listed


def test_a_channel_is_tried_without_publishing(services, command, tmp_path):
    command("channel", "add", "board", "--network", "by_hand", "--name", "Board")
    result = command("channel", "test", "board")
    assert result.exit_code == 0
    assert "by hand" in result.stdout
    gone = tmp_path / "gone" / "file.jsonl"
    command("channel", "add", "sample", "--network", "sample", "--name", "Sample", "--service-url", gone)
    result = command("channel", "test", "sample")
    assert result.exit_code == 1
    assert "not there" in result.stdout


def test_a_paused_channel_is_listed_so_and_the_record_says_it(services, command):
    command("channel", "add", "board", "--network", "by_hand", "--name", "Board")
    assert "nothing is published" in command("channel", "pause", "board").stdout
    assert command("channel", "list").stdout.endswith("paused\n")
    assert "publishes again" in command("channel", "pause", "board", "--off").stdout
    assert command("channel", "list").stdout.endswith("in use\n")
    assert on_the_record(services)[-2:] == ["channel paused", "channel resumed"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["add", "x", "--network", "carrier-pigeon", "--name", "X"], 2, "bluesky"),
        (["add", "Not A Name", "--network", "by_hand", "--name", "X"], 1, "small letters"),
        (["add", "x", "--network", "by_hand", "--name", "  "], 1, "call the channel"),
        (["test", "none"], 1, ""),
        (["pause", "none"], 1, "no channel called none"),
        (["add", "x"], 2, "--network"),
    ],
)
def test_what_cannot_be_done_with_a_channel_is_said(services, command, arguments, code, said):
    result = command("channel", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert command("channel", "list").stdout == ""
