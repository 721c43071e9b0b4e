"""Watching a real mailbox: whatever goes away in mid-action, nothing is lost and nothing comes twice."""

import errno
import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy.exc import SQLAlchemyError

from mail.errors import MailboxGone
from mail.mailbox import Mailbox
from tests.fixtures.dovecot import PASSWORD, until
from tests.intake.conftest import mail
from workflow.jobs import watch_mail
from workflow.jobs.watch_mail import MailWatcher, mailbox_settings, read_once
from workflow.models import MailboxState
from workflow.settings import MailIn

pytestmark = pytest.mark.dovecot
SHORT = "The server was gone for a moment."
# Where what is tried has nothing to do with the database.
on_sqlite = pytest.mark.parametrize("services", ["sqlite"], indirect=True)


@pytest.fixture
def watch(intake, monkeypatch):
    """`watch()`: a watcher of the first mailbox that runs until the test ends, and pauses briefly after faults."""
    monkeypatch.setattr(MailWatcher, "_pause_after", lambda *_: 0.1)
    running = []

    def start():
        running.append(MailWatcher(intake.services, intake.box))
        running[-1].start()
        return running[-1]

    yield start
    for watcher in running:
        watcher.stop()
        assert not watcher._thread.is_alive()


def state(intake):
    """(what is wrong, since when) with the first mailbox."""
    with intake.services.database.reading() as session:
        row = session.get(MailboxState, intake.box.name)
        return (row.problem, row.since) if row else (None, None)


def kept(intake, count):
    until(lambda: len(intake.ledger()) == count, f"{count} in the ledger", lambda: str(state(intake)))


def test_a_mail_that_arrives_is_taken_in_at_once_and_the_mailbox_is_in_order(intake, watch):
    watch()
    until(lambda: state(intake)[0] == "", "the mailbox was read")
    intake.deliver(mail())
    kept(intake, 1)
    until(lambda: len(intake.in_folder("Handled")) == 1, "moved")
    intake.run()
    assert [post.state for post in intake.posts()] == ["in review"]
    with intake.services.database.reading() as session:
        row = session.get_one(MailboxState, "submissions")
        assert (row.problem, row.since) == ("", None)
        assert row.last_message_at <= row.last_checked_at


@on_sqlite
def test_the_server_restarted_in_mid_watch_is_waited_for(intake, watch):
    watch()
    intake.deliver(mail("First."))
    kept(intake, 1)
    intake.server.stop()
    until(lambda: state(intake)[0], "the fault is noted")
    assert "submissions" not in state(intake)[0]
    assert state(intake)[1] is not None
    intake.server.start()
    intake.deliver(mail("Second."))
    kept(intake, 2)
    until(lambda: state(intake) == ("", None), "the fault is over")
    intake.run()
    assert [post.revision.text for post in intake.posts()] == ["First.", "Second."]


@on_sqlite
def test_a_wrong_password_is_said_and_the_watcher_goes_on(intake, watch):
    right = intake.box.password
    intake.set(password=type(right)("wrong"))
    watcher = watch()
    until(lambda: state(intake)[0], "the fault is noted")
    assert "refused the login" in state(intake)[0]
    assert watcher._thread.is_alive()
    watcher.box = watcher.box.model_copy(update={"password": right})
    intake.deliver(mail())
    kept(intake, 1)


@on_sqlite
def test_a_refused_login_is_not_hammered(intake):
    from mail.errors import MailboxRefusedLogin, MailboxUnreachable

    watcher = MailWatcher(intake.services, intake.box)
    assert watcher._pause_after(MailboxRefusedLogin("no")) >= 45
    assert watcher._pause_after(MailboxUnreachable("away")) < 2
    watcher._failures = 40
    assert 200 < watcher._pause_after(MailboxUnreachable("away")) < 400


@on_sqlite
def test_a_fault_that_nobody_thought_of_does_not_end_the_watch(intake, watch, monkeypatch):
    def fault(*_, **__):
        raise RuntimeError("a secret")

    monkeypatch.setattr(watch_mail, "read_once", fault)
    watcher = watch()
    until(lambda: state(intake)[0], "the fault is noted")
    assert state(intake)[0] == "An unexpected fault (RuntimeError). The server's log has the details."
    monkeypatch.setattr(watch_mail, "read_once", read_once)
    intake.deliver(mail())
    kept(intake, 1)
    assert watcher._thread.is_alive()


@on_sqlite
def test_mail_that_cannot_be_moved_is_kept_once_blocks_nothing_and_is_said(intake, watch):
    intake.set(handled_folder="no//such//name")
    watcher = watch()
    intake.deliver(mail("First."))
    intake.deliver(mail("Second."))
    kept(intake, 2)
    until(lambda: "refused while moving a message" in (state(intake)[0] or ""), "the fault is noted")
    intake.read()
    assert len(intake.ledger()) == len(intake.in_folder()) == 2
    watcher.stop()
    intake.set(handled_folder="Made when it is missing")
    assert (intake.read().taken, intake.in_folder()) == (0, [])
    assert len(intake.in_folder("Made when it is missing")) == 2
    intake.run()
    assert len(intake.posts()) == 2


@on_sqlite
def test_a_message_that_the_server_cannot_hand_over_stands_in_nobodys_way(intake, watch, monkeypatch):
    for text in ("Poisonous.", "Second.", "Third."):
        intake.deliver(mail(text))
    maildir = intake.server.folder / "mail" / intake.box.user / "Maildir"

    def poisonous():
        files = [path for part in ("new", "cur") for path in (maildir / part).iterdir()]
        return next(path for path in files if b"Poisonous" in path.read_bytes())

    poisonous().chmod(0)  # a real Dovecot hangs up when it is asked for such a message
    watch()
    kept(intake, 2)
    until(lambda: "cannot hand over 1 of the messages" in state(intake)[0], "the fault is noted")
    intake.deliver(mail("Fourth."))  # and the watch goes on
    kept(intake, 3)
    monkeypatch.setattr(watch_mail, "UNLUCKY_PAUSE", 0.0)
    poisonous().chmod(0o644)
    assert intake.read().taken == 1
    intake.run()
    assert sorted(post.revision.text for post in intake.posts()) == ["Fourth.", "Poisonous.", "Second.", "Third."]


@on_sqlite
def test_a_full_disk_leaves_the_mail_in_the_mailbox_until_there_is_room(intake, watch, monkeypatch):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/var/lib/teabreak/files")

    def no_room(*_):
        raise full

    intake.deliver(mail())
    with monkeypatch.context() as patch:
        patch.setattr("workflow.models.files.os.fsync", no_room)
        watch()
        until(lambda: state(intake)[0], "the fault is noted")
        assert (
            state(intake)[0]
            == "A mail could not be kept here (No space left on device). Mail stays in the mailbox meanwhile."
        )
        assert intake.ledger() == []
        assert len(intake.in_folder()) == 1
    kept(intake, 1)
    until(lambda: intake.in_folder() == [], "moved")
    intake.run()
    assert len(intake.posts()) == 1
    left = [path for path in intake.services.files.root.rglob("*") if path.is_file()]
    assert [path for path in left if path.name.startswith(".new-")] == []


@pytest.mark.parametrize("services", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_database_that_is_away_leaves_the_mail_in_the_mailbox(intake, postgresql):
    intake.deliver(mail())
    postgresql.stop()
    with pytest.raises(SQLAlchemyError) as fault:
        intake.read()
    assert watch_mail.in_a_sentence(fault.value).startswith("The database could not be written.")
    assert len(intake.in_folder()) == 1
    postgresql.start()
    assert intake.read().taken == 1
    intake.run()
    assert len(intake.posts()) == 1


@on_sqlite
def test_a_message_removed_between_the_look_and_the_fetch_is_no_fault(intake):
    intake.deliver(mail("Removed meanwhile."))
    intake.deliver(mail("Stays."))

    class Racing(Mailbox):
        def new_uids(self, since_uid=0):
            found = super().new_uids(since_uid)
            client = intake.server.connection(intake.box.user)
            client.select("INBOX")
            client.store("1", "+FLAGS", r"(\Deleted)")
            client.expunge()
            client.logout()
            return found

    with Racing(mailbox_settings(intake.box)) as mailbox:
        assert read_once(intake.services, intake.box, mailbox).taken == 1
    intake.run()
    assert [post.revision.text for post in intake.posts()] == ["Stays."]


def test_another_uidvalidity_brings_no_mail_twice_and_hides_none(intake):
    class LosesTheConnection(Mailbox):
        def move(self, uid, folder):
            raise MailboxGone(SHORT)

    intake.deliver(mail("First."))
    with LosesTheConnection(mailbox_settings(intake.box)) as mailbox, pytest.raises(MailboxGone):
        read_once(intake.services, intake.box, mailbox)
    intake.run()
    intake.server.forget_uids(intake.box.user)
    intake.deliver(mail("Second."))
    intake.read()
    intake.run()
    assert [row.state for row in intake.ledger()] == ["taken in", "duplicate", "taken in"]
    assert len({row.uidvalidity for row in intake.ledger()}) == 2
    assert [post.revision.text for post in intake.posts()] == ["First.", "Second."]
    assert (intake.in_folder(), len(intake.in_folder("Handled"))) == ([], 2)


@on_sqlite
def test_a_message_at_which_the_connection_was_lost_is_taken_last_and_then_waits(intake):
    for text in ("First.", "Second.", "Third."):
        intake.deliver(mail(text))
    unlucky, asked = watch_mail.Unlucky(), []

    class Breaks(Mailbox):
        def fetch(self, uid):
            asked.append(uid)
            if uid == 1:
                raise MailboxGone(SHORT)
            return super().fetch(uid)

    for _ in range(2):
        with Breaks(mailbox_settings(intake.box)) as mailbox, pytest.raises(MailboxGone):
            read_once(intake.services, intake.box, mailbox, None, unlucky)
    with Breaks(mailbox_settings(intake.box)) as mailbox:
        reading = read_once(intake.services, intake.box, mailbox, None, unlucky)
    assert asked == [1, 2, 3, 1]
    assert "cannot hand over 1 of the messages" in reading.problem
    assert intake.read().taken == 1


KILLED = """
import pathlib, sys, time
from mail.mailbox import Mailbox
from pydantic import SecretStr
from workflow.jobs.watch_mail import MailWatcher
from workflow.settings import MailIn, Settings
from workflow.start import open_services
data, url, port, user, password, here = sys.argv[1:]
def reached(self, uid, folder):
    pathlib.Path(here).touch()
    time.sleep(600)
Mailbox.move = reached
services = open_services(Settings(data=pathlib.Path(data), database_url=url))
box = MailIn(name="submissions", host="127.0.0.1", port=int(port), tls=False, user=user, password=SecretStr(password))
MailWatcher(services, box).start()
time.sleep(600)
"""


def test_a_watcher_killed_between_keeping_and_moving_makes_exactly_one_post(intake, tmp_path):
    intake.deliver(mail())
    settings, here = intake.services.settings, tmp_path / "here"
    arguments = [settings.data, settings.database_url, intake.box.port, intake.box.user, PASSWORD, here]
    watcher = subprocess.Popen([sys.executable, "-c", KILLED, *map(str, arguments)])
    try:
        until(here.exists, "kept, and about to move", seconds=60)
        assert len(intake.in_folder()) == len(intake.ledger()) == 1
    finally:
        watcher.send_signal(signal.SIGKILL)
        watcher.wait(30)
    assert intake.read().taken == 0
    assert (intake.in_folder(), len(intake.in_folder("Handled"))) == ([], 1)
    intake.run()
    assert len(intake.ledger()) == len(intake.posts()) == len(intake.to("author")) == 1


def test_of_two_watchers_one_reads_and_the_other_takes_over(intake, watch):
    first = watch()
    until(lambda: state(intake)[0] == "", "the mailbox was read")
    second = watch()
    intake.deliver(mail("First."))
    kept(intake, 1)
    assert (first.lease.fence, second.lease.fence) == (1, None)
    first.stop()
    intake.deliver(mail("Second."))
    kept(intake, 2)
    assert second.lease.fence == 2
    assert state(intake)[0] == ""


@on_sqlite
def test_a_mailbox_that_nobody_serves_is_said_and_hurts_no_other(intake, watch, services):
    from tests.fixtures.dovecot import free_ports

    away = MailIn(
        name="away", host="127.0.0.1", port=free_ports(1)[0], tls=False, user="x", password=intake.box.password
    )
    lost = MailWatcher(services, away)
    lost.start()
    watch()
    intake.deliver(mail())
    kept(intake, 1)

    def said():
        with services.database.reading() as session:
            row = session.get(MailboxState, "away")
            return row.problem if row else ""

    until(said, "the fault is noted")
    assert "cannot be reached" in said()
    lost.stop()
