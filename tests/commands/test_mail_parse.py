"""`teabreak mail parse`: one JSON object with the contract's keys, whatever the bytes."""

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow.cli import cli

MESSAGES = Path(__file__).parents[1] / "mail" / "messages"
FILES = sorted(MESSAGES.rglob("*.eml"))
TEXTS = ("message_id", "from", "from_name", "subject", "text", "reply_text", "removed")


def checked(output):
    """The one JSON object of the contract, its types checked."""
    assert output.endswith("\n")
    assert output.count("\n") == 1
    found = json.loads(output)
    assert found.keys() == {
        *TEXTS,
        *("attachments", "auto_generated", "is_bounce", "bounced", "sender_verified", "problems"),
    }
    assert all(isinstance(found[name], str) for name in TEXTS)
    assert isinstance(found["auto_generated"], bool)
    assert isinstance(found["is_bounce"], bool)
    assert found["sender_verified"] in ("pass", "fail", "unknown")
    assert all(isinstance(entry, str) for entry in (*found["bounced"], *found["problems"]))
    for attachment in found["attachments"]:
        assert attachment.keys() == {"name", "type", "size"}
        assert isinstance(attachment["name"], str)
        assert isinstance(attachment["type"], str)
        assert isinstance(attachment["size"], int)
    return found


def parse(raw):
    """In this process, from standard input."""
    result = CliRunner().invoke(cli, ["mail", "parse", "-"], input=raw)
    assert result.exception is None, result.exception
    assert result.exit_code == 0
    return checked(result.stdout)


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(MESSAGES)) for file in FILES])
def test_every_message_we_have_becomes_one_object(file):
    result = CliRunner().invoke(cli, ["mail", "parse", str(file)])
    assert result.exit_code == 0, result.output
    assert checked(result.stdout) == parse(file.read_bytes())


def test_the_program_says_what_a_message_would_become(program):
    raw = (
        b"From: Sample Author <author@agency.example>\r\nTo: social@agency.example\r\nMessage-ID: <a@b.example>\r\n"
        b"Subject: =?utf-8?q?Caf=C3=A9?=\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"Caf\xc3\xa9 opens \xf0\x9f\xab\x96\r\n"
    )
    (program.folder / "a.eml").write_bytes(raw)
    for encoding in ("utf-8", "ascii"):
        done = program("mail", "parse", "a.eml", PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        found = checked(done.stdout.decode())
        assert (found["from"], found["from_name"]) == ("author@agency.example", "Sample Author")
        assert (found["subject"], found["text"], found["reply_text"]) == ("Café", "Café opens 🫖", "Café opens 🫖")
        assert found["message_id"] == "<a@b.example>"
    assert [path.name for path in program.folder.iterdir()] == ["a.eml"], "it needs no data folder"


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_random_bytes_are_one_object(raw):
    parse(raw)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(file=st.sampled_from(FILES), seed=st.integers(0, 2**32))
def test_damaged_messages_are_one_object(file, seed):
    damaged = bytearray(file.read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 40)):
        place = chance.randrange(len(damaged) + 1)
        damaged[place : place + chance.choice((0, 1, 1, 30))] = chance.randbytes(chance.choice((0, 1, 1, 8)))
    parse(bytes(damaged))


@pytest.mark.parametrize("name", ["no-such-file.eml", "."])
def test_a_file_that_cannot_be_read_is_exit_2_with_a_word_why(program, name):
    done = program("mail", "parse", name)
    assert done.returncode == 2
    assert name.encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
