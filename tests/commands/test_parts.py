"""The parts alone: `teabreak web`, `worker`, `mail`; and `mail ingest`, which a mail server's pipe calls."""

import signal
import subprocess
import time

import httpx
import pytest

from tests.commands.conftest import TEABREAK, clean_environment
from workflow.commands.demo import free_port
from workflow.jobs.worker import Worker
from workflow.models import IncomingMail

DRAFT = (
    b"From: author@agency.example\r\nTo: social@agency.example\r\nSubject: Van\r\n\r\n"
    b"The van stops at Sample Green.\r\n"
)


@pytest.fixture
def start(services):
    """`start("worker")`: a part of its own, on the installation of `services`; it must end well when it is asked to."""
    where = {"TEABREAK_DATA": str(services.settings.data), "TEABREAK_DATABASE_URL": services.settings.database_url}
    parts = []

    def begin(*arguments):
        part = subprocess.Popen(
            [TEABREAK, *arguments],
            cwd=services.settings.data,
            env=clean_environment(**where),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        parts.append(part)
        return part

    yield begin
    for part in parts:
        if part.poll() is None:
            part.send_signal(signal.SIGTERM)
        said = part.communicate(timeout=60)[0].decode()
        assert part.returncode == 0, said
        assert "Traceback" not in said


def until(found, part, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        assert part.poll() is None, part.communicate()[0].decode()
        time.sleep(0.1)
    return pytest.fail(f"not within {seconds} seconds")


def answers(address):
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def state_of(services, number):
    with services.database.reading() as session:
        return session.get_one(IncomingMail, number).state


@pytest.mark.slow
def test_web_alone_answers_and_ends_when_asked(start):
    port = free_port()
    part = start("web", "--workers", "1", "--bind", f"127.0.0.1:{port}")
    until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), part)
    assert "Sign in" in httpx.get(f"http://127.0.0.1:{port}/sign-in").text


@pytest.mark.slow
def test_a_worker_alone_takes_what_the_pipe_handed_in(services, command, start):
    assert command("mail", "ingest", "-", input=DRAFT).stdout == "Kept as mail 1.\n"
    assert state_of(services, 1) == "received"
    part = start("worker")
    until(lambda: state_of(services, 1) != "received", part)
    assert state_of(services, 1) == "set aside", "nobody here has its sender's address"


def test_what_is_handed_in_is_kept_byte_for_byte_whatever_it_is(services, command, tmp_path):
    for number, raw in enumerate((DRAFT, b"Subject: nothing else", b"\x00\xff no mail at all", DRAFT), 1):
        file = tmp_path / "one.eml"
        file.write_bytes(raw)
        result = command("mail", "ingest", "--mailbox", "pipe", file)
        assert (result.exit_code, result.stdout) == (0, f"Kept as mail {number}.\n")
        with services.database.reading() as session:
            row = session.get_one(IncomingMail, number)
            assert (row.mailbox, row.size) == ("pipe", len(raw))
            assert services.files.read(row.sha256) == raw
    Worker(services).run_until_idle()
    assert "received" not in {state_of(services, number) for number in (1, 2, 3, 4)}


def test_a_file_that_cannot_be_read_is_exit_2(command, tmp_path):
    for file in (tmp_path / "none.eml", tmp_path):
        result = command("mail", "ingest", file)
        assert result.exit_code == 2
        assert "cannot be read" in result.stderr


def test_with_the_database_or_the_disk_away_the_mail_server_is_asked_to_come_back(program):
    for away in ({"DATABASE_URL": "postgresql://nobody:secret-word@127.0.0.1:1/none"}, {"TEABREAK_DATA": "file/var"}):
        (program.folder / "file").touch()
        done = program("mail", "ingest", "-", input=DRAFT, **away)
        assert done.returncode == 75, done.stderr
        assert b"try again" in done.stderr
        assert b"secret-word" not in done.stderr
        assert b"Traceback" not in done.stderr


def test_watching_without_a_mailbox_says_what_to_set(command):
    result = command("mail")
    assert result.exit_code == 1
    assert "[[mail_in]]" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["no-such"], ["serve", "--port", "65536"], ["serve", "--port", "x"], ["--no-such"]]
)
def test_wrong_use_is_exit_2(program, arguments):
    done = program(*arguments)
    assert done.returncode == 2
    assert b"Error" in done.stderr


def test_help_names_every_command(program):
    from workflow.cli import COMMANDS

    done = program("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} ".encode() in done.stdout
        assert program(name, "--help").returncode == 0
