"""`teabreak mail ingest`, as a mail server's pipe calls it: exit 0, or 75 while the fault is ours."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.commands.conftest import clean_environment
from tests.factories import make_channel
from tests.fixtures.dovecot import free_ports
from tests.intake.conftest import TEXT, mail
from workflow.jobs.worker import Worker
from workflow.models import IncomingMail, Post

TEABREAK = Path(sys.executable).with_name("teabreak")


@pytest.fixture
def ingest(services, tmp_path):
    """`ingest("-", input=b"...")`: runs the program on the installation of `services`."""

    def run(*arguments, input=b"", **environment):
        ours = {
            "TEABREAK_DATA": str(services.settings.data),
            "TEABREAK_DATABASE_URL": services.settings.database_url,
            "TEABREAK_SETTINGS": str(tmp_path / "none.toml"),
        }
        return subprocess.run(
            [TEABREAK, "mail", "ingest", *map(str, arguments)],
            input=input,
            capture_output=True,
            cwd=tmp_path,
            env=clean_environment(**(ours | environment)),
            timeout=60,
            check=False,
        )

    return run


def ledger(services):
    with services.database.reading() as session:
        rows = list(session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id)))
        session.expunge_all()
        return rows


def test_a_mail_from_the_pipe_is_kept_and_becomes_one_post_however_often_it_is_handed_in(
    services, people, ingest, tmp_path
):
    with services.database.writing() as session:
        make_channel(session, services)
    sent = mail().as_bytes()
    (tmp_path / "sent.eml").write_bytes(sent)
    first = ingest("-", input=sent)
    assert (first.returncode, first.stdout) == (0, b"Kept as mail 1.\n")
    assert ingest("--mailbox", "relay", "sent.eml").returncode == 0
    Worker(services).run_until_idle()
    assert [(row.mailbox, row.state) for row in ledger(services)] == [("pipe", "taken in"), ("relay", "duplicate")]
    with services.database.reading() as session:
        (post,) = session.scalars(sa.select(Post))
        assert (post.state, post.revision.text) == ("in review", TEXT)


def test_bytes_that_are_no_mail_are_kept_as_well(services, ingest):
    assert ingest("-", input=b"\x00\xff\xfe no mail").returncode == 0
    Worker(services).run_until_idle()
    assert [row.state for row in ledger(services)] == ["set aside"]


@pytest.mark.parametrize("sent", [b"", b" \r\n\n"], ids=["nothing", "blank lines"])
def test_nothing_at_all_is_refused(services, ingest, tmp_path, sent):
    (tmp_path / "empty.eml").write_bytes(sent)
    for words, given in ((("-",), sent), (("empty.eml",), b"")):
        done = ingest(*words, input=given)
        assert done.returncode == 2, done.stdout
        assert b"no message" in done.stderr
    assert ledger(services) == []


@pytest.mark.parametrize(
    "fault", ["no data folder", "database away", "database unreadable", "settings wrong", "settings unreadable"]
)
def test_while_the_fault_is_ours_the_mail_server_is_told_to_try_again(services, ingest, tmp_path, fault):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "broken.toml").write_text("agency_name = ")
    faults = {
        "no data folder": {"TEABREAK_DATA": str(tmp_path / "file" / "var"), "TEABREAK_DATABASE_URL": ""},
        "database away": {"TEABREAK_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{free_ports(1)[0]}/x"},
        "database unreadable": {"TEABREAK_DATABASE_URL": f"sqlite:///{tmp_path}/file"},
        "settings wrong": {"TEABREAK_TIME_ZONE": "Nowhere/At-All"},
        "settings unreadable": {"TEABREAK_SETTINGS": str(tmp_path / "broken.toml")},
    }
    done = ingest("-", input=mail().as_bytes(), **faults[fault])
    assert done.returncode == 75, done.stderr
    assert b"Not taken in, try again" in done.stderr
    assert b"Traceback" not in done.stderr
    assert ledger(services) == []


@pytest.mark.parametrize("arguments", [(), ("no-such.eml",), ("--no-such-option", "-")])
def test_wrong_use_is_exit_2(ingest, arguments):
    assert ingest(*arguments).returncode == 2
