"""The mailbox against a real Dovecot: what arrives is noticed, what breaks is told apart, nothing hangs."""

import os
import signal
import socket
import threading
import uuid
from dataclasses import replace

import pytest

from mail.errors import MailboxGone, MailboxRefused, MailboxRefusedLogin, MailboxUnreachable, MessageTooLarge
from mail.mailbox import Mailbox, MailboxSettings
from tests.fixtures.dovecot import Dovecot, until

pytestmark = pytest.mark.dovecot
RAW = b"From: Sample Author <author@agency.example>\r\nSubject: Sample\r\n\r\nA sample text.\r\n"


@pytest.fixture
def person() -> str:
    return "reader" + uuid.uuid4().hex[:8]


def settings_for(server: Dovecot, person: str, **changes: object) -> MailboxSettings:
    user, password = server.user(person)
    base = MailboxSettings(
        host=server.host, port=server.port, tls=False, user=user, password=password, connect_timeout=5, read_timeout=10
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # keywords of the dataclass


def notices_at_once(box: Mailbox) -> bool:
    """Whether `wait` comes back with news long before its time is over (only at its end it would hear in any case)."""
    stop, answers = threading.Event(), []
    waiting = threading.Thread(target=lambda: answers.append(box.wait(120, stop)))
    waiting.start()
    waiting.join(15)
    early = not waiting.is_alive()
    stop.set()
    waiting.join()
    return early and answers == [True]


def test_a_message_that_comes_before_idle_begins_is_noticed(dovecot: Dovecot, person: str) -> None:
    with Mailbox(settings_for(dovecot, person)) as box:
        for _ in range(3):
            box.new_uids()
            dovecot.deliver(person, RAW)
            assert notices_at_once(box)


def test_a_message_that_comes_before_idle_begins_is_noticed_over_tls(dovecot: Dovecot, person: str) -> None:
    secure = settings_for(dovecot, person, tls=True, port=dovecot.tls_port, ca_file=dovecot.ca_file)
    with Mailbox(secure) as box:
        for _ in range(3):
            box.new_uids()
            dovecot.deliver(person, RAW)
            assert notices_at_once(box)


def test_a_message_that_comes_during_idle_is_noticed(dovecot: Dovecot, person: str) -> None:
    with Mailbox(settings_for(dovecot, person, starttls=True, ca_file=dovecot.ca_file)) as box:
        assert not box.wait(0.01)
        sending = threading.Thread(target=dovecot.deliver_by_lmtp, args=(person, RAW))
        sending.start()
        noticed = box.wait(30)
        sending.join()
        assert noticed
        assert len(box.new_uids()) == 1


def test_an_unknown_certificate_is_refused(dovecot: Dovecot, person: str) -> None:
    with pytest.raises(MailboxUnreachable, match="check host, port and TLS"):
        Mailbox(settings_for(dovecot, person, tls=True, port=dovecot.tls_port)).connect()


def test_waiting_ends_when_asked_to_stop(dovecot: Dovecot, person: str) -> None:
    stop = threading.Event()
    stop.set()
    with Mailbox(settings_for(dovecot, person)) as box:
        assert not box.wait(300, stop)
        assert box.new_uids() == []


def test_a_closed_connection_is_not_taken_for_silence(dovecot: Dovecot, person: str) -> None:
    box = Mailbox(settings_for(dovecot, person))
    box.connect()
    kicking = threading.Timer(0.2, dovecot.kick, args=(person,))
    kicking.start()
    with pytest.raises(MailboxGone, match="connect again"):
        box.wait(60)
    kicking.join()
    assert not box.connected
    box.connect()
    assert box.new_uids() == []
    box.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root may kill the server's own processes")
def test_a_connection_killed_without_goodbye_is_not_taken_for_silence(dovecot: Dovecot, person: str) -> None:
    box = Mailbox(settings_for(dovecot, person))
    box.connect()
    until(lambda: dovecot.processes(person), "the server's process is listed")
    for pid in dovecot.processes(person):
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(MailboxGone):
        box.wait(60)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may stop the server's own processes")
def test_a_connection_that_no_longer_answers_times_out(dovecot: Dovecot, person: str) -> None:
    box = Mailbox(settings_for(dovecot, person, read_timeout=0.5))
    box.connect()
    until(lambda: dovecot.processes(person), "the server's process is listed")
    stopped = dovecot.processes(person)
    try:
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(MailboxGone):
            box.wait(0.1)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def test_a_restart_of_the_server_is_survived(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    box = Mailbox(settings_for(dovecot, person))
    box.connect()
    before = box.uidvalidity
    dovecot.stop()
    with pytest.raises(MailboxGone):
        box.new_uids()
    with pytest.raises(MailboxUnreachable, match="whether it runs"):
        box.connect()
    dovecot.start()
    box.connect()
    assert box.uidvalidity == before
    assert box.fetch(box.new_uids()[0]) == RAW
    box.close()


def test_a_change_of_uidvalidity_is_seen(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person)) as box:
        before = box.uidvalidity
        assert box.refresh() == before
    dovecot.forget_uids(person)
    with Mailbox(settings_for(dovecot, person)) as box:
        assert box.uidvalidity != before


def test_only_newer_messages_are_new(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person)) as box:
        first, second = box.new_uids()
        assert box.new_uids(first) == [second]
        assert box.new_uids(second) == []
        assert box.new_uids(second + 1000) == []


def test_fetching_leaves_a_message_unseen_and_whole(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person)) as box:
        (uid,) = box.new_uids()
        assert box.size(uid) == len(RAW)
        assert box.fetch(uid) == RAW
        assert box.fetch_start(uid, 10) == RAW[:10]
    client = dovecot.connection(person)
    client.select("INBOX")
    assert client.search(None, "UNSEEN")[1] == [b"1"]
    client.logout()


def test_a_message_removed_by_somebody_else_gives_none(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person)) as box:
        (uid,) = box.new_uids()
        other = dovecot.connection(person)
        other.select("INBOX")
        other.store("1", "+FLAGS", "\\Deleted")
        other.expunge()
        other.logout()
        assert box.fetch(uid) is None
        box.move(uid, "Handled")
        assert box.new_uids() == []
    assert dovecot.messages(person, "Handled") == []


def test_a_message_that_is_too_large_is_not_fetched(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person, max_bytes=50)) as box:
        (uid,) = box.new_uids()
        with pytest.raises(MessageTooLarge) as refused:
            box.fetch(uid)
        assert (refused.value.size, refused.value.limit) == (len(RAW), 50)


def test_moving_makes_a_missing_folder(dovecot: Dovecot, person: str) -> None:
    dovecot.deliver(person, RAW)
    with Mailbox(settings_for(dovecot, person)) as box:
        box.move(box.new_uids()[0], "Set aside")
        assert box.new_uids() == []
    assert dovecot.messages(person, "Set aside") == [RAW]


def test_without_move_and_idle_mail_is_still_noticed_and_moved(plain_dovecot: Dovecot, person: str) -> None:
    with Mailbox(settings_for(plain_dovecot, person, poll_seconds=0.05)) as box:
        plain_dovecot.deliver(person, RAW)
        plain_dovecot.deliver(person, RAW + b"Second.\r\n")
        until(lambda: box.wait(5), "polling tells of the message")
        first, second = box.new_uids()
        box.move(first, "Handled")
        assert box.new_uids() == [second]
    assert plain_dovecot.messages(person, "Handled") == [RAW]


def test_polling_can_be_chosen(dovecot: Dovecot, person: str) -> None:
    with Mailbox(settings_for(dovecot, person, idle=False, poll_seconds=0.05)) as box:
        dovecot.deliver(person, RAW)
        until(lambda: box.wait(5), "polling tells of the message")


def test_a_refused_login_says_what_to_do_and_hides_the_password(dovecot: Dovecot, person: str) -> None:
    wrong = settings_for(dovecot, person, password="not-the-password")
    with pytest.raises(MailboxRefusedLogin, match="check the user name and the password") as refused:
        Mailbox(wrong).connect()
    assert "not-the-password" not in str(refused.value) + repr(wrong)


def test_a_missing_folder_is_told(dovecot: Dovecot, person: str) -> None:
    with pytest.raises(MailboxRefused, match="Not there"):
        Mailbox(settings_for(dovecot, person, folder="Not there")).connect()


def test_a_server_that_never_greets_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = MailboxSettings(
            "127.0.0.1", "reader", "x", port=silent.getsockname()[1], tls=False, connect_timeout=0.3, read_timeout=0.3
        )
        with pytest.raises(MailboxUnreachable):
            Mailbox(settings).connect()
