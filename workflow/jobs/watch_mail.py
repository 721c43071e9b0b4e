"""Watches the mailboxes: a thread for each, and over all processes one reader a mailbox (a lease in the database)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mail.errors import MailboxRefused, MailboxRefusedLogin, MailError
from mail.mailbox import Mailbox, MailboxSettings
from workflow.jobs.lease import Lease, LeaseLost
from workflow.jobs.take_in_mail import keep
from workflow.models import IncomingMail, MailboxState
from workflow.services import Services
from workflow.settings import MailIn

log = structlog.get_logger()
LEASE_SECONDS = 60.0
MAX_PAUSE = 300.0
UNLUCKY_PAUSE = 30.0
CONNECT_ANEW_AFTER = 900.0  # an open connection may never hear that the mailbox was restored and its UIDs mean others


class MailWatcher:
    """Reads one mailbox for as long as it runs. A fault of ours or of the server's is waited out, never ended by."""

    def __init__(self, services: Services, box: MailIn) -> None:
        self.services, self.box = services, box
        self.lease = Lease(services.database, f"mailbox:{box.name}", ttl=LEASE_SECONDS)
        self._stop = threading.Event()
        self._failures = 0
        self._unlucky = Unlucky()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {box.name}", daemon=True)

    def start(self) -> None:
        """Begins to watch, in a thread of its own."""
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Asks it to end, and waits for it."""
        self._stop.set()
        self._thread.join(timeout)
        try:
            self.lease.release()
        except SQLAlchemyError as error:  # it runs out by itself
            log.warning("lease not given up", mailbox=self.box.name, why=type(error).__name__)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self.lease.acquire_or_renew():
                    self._read_while_leader()
                else:
                    self._stop.wait(min(5.0, LEASE_SECONDS / 6))
            except LeaseLost:
                continue  # another process reads it now: nothing is wrong
            except Exception as error:  # whatever it is: a thread that ended here would read nothing any more
                self._wait_after(error)

    def _wait_after(self, error: Exception) -> None:
        self._failures += 1
        why = in_a_sentence(error)
        pause = self._pause_after(error)
        if isinstance(error, (MailError, OSError, SQLAlchemyError)):
            log.warning("mailbox not read", mailbox=self.box.name, why=why, again_in=round(pause))
        else:
            log.exception("mailbox not read", mailbox=self.box.name, again_in=round(pause))
        self._note(why)
        self._stop.wait(pause)

    def _pause_after(self, error: Exception) -> float:
        # A refused login is not hammered: servers lock accounts.
        least = 60.0 if isinstance(error, MailboxRefusedLogin) else 1.0
        pause = max(least, 2.0 ** min(self._failures, 9))
        return min(MAX_PAUSE, pause) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret

    def _read_while_leader(self) -> None:
        with Mailbox(mailbox_settings(self.box)) as mailbox:
            until = time.monotonic() + CONNECT_ANEW_AFTER
            while not self._stop.is_set() and time.monotonic() < until:
                self._must_lead()
                reading = read_once(self.services, self.box, mailbox, self._must_lead, self._unlucky)
                self._failures = 0
                self._note(reading.problem, reading.taken)
                mailbox.wait(min(self.box.poll_seconds, LEASE_SECONDS / 3), stop=self._stop)

    def _must_lead(self) -> None:
        if not self.lease.acquire_or_renew():
            raise LeaseLost(f"Another process reads the mailbox {self.box.name} now.")

    def _note(self, problem: str, taken: int = 0) -> None:
        try:
            with self.services.database.writing() as session:
                note_state(session, self.box.name, problem, taken)
        except SQLAlchemyError as error:
            log.warning("mailbox state not kept", mailbox=self.box.name, why=type(error).__name__)


def in_a_sentence(error: Exception) -> str:
    """What is wrong, for the page of mail: nothing of a mail's content, no path."""
    if isinstance(error, MailError):
        return (str(error).splitlines() or ["The mailbox cannot be read."])[0][:500]
    if isinstance(error, SQLAlchemyError):
        return "The database could not be written. Mail stays in the mailbox meanwhile."
    if isinstance(error, OSError):
        why = error.strerror or type(error).__name__
        return f"A mail could not be kept here ({why}). Mail stays in the mailbox meanwhile."
    return f"An unexpected fault ({type(error).__name__}). The server's log has the details."


def note_state(session: Session, name: str, problem: str, taken: int = 0) -> None:
    """Keeps when the mailbox was last read, or since when something is wrong with it."""
    state = session.get(MailboxState, name)
    if state is None:
        state = MailboxState(name=name, problem="")
        session.add(state)
    now = datetime.now(UTC)
    if taken:
        state.last_message_at = now
    if problem:
        state.since = state.since if state.problem else now
    else:
        state.last_checked_at, state.since = now, None
    state.problem = problem


class Unlucky:
    """The messages at which readings broke off: some servers hang up over a message that they cannot hand over.

    Such a message is taken last; after its second time it waits, longer each time, so that the others get through.
    """

    def __init__(self) -> None:
        self._tries: dict[int, tuple[int, float]] = {}

    def begin(self, uid: int) -> None:
        """A message is taken up: unless `end` follows, it broke the reading off."""
        tries = self._tries.get(uid, (0, 0.0))[0] + 1
        pause = 0.0 if tries == 1 else UNLUCKY_PAUSE * 2.0 ** min(tries, 7)
        self._tries[uid] = tries, time.monotonic() + pause

    def end(self, uid: int) -> None:
        """It went well."""
        self._tries.pop(uid, None)

    def in_order(self, uids: Sequence[int]) -> list[int]:
        """Those whose turn it is, the lucky ones first."""
        now = time.monotonic()
        turn = [uid for uid in uids if self._tries.get(uid, (0, 0.0))[1] <= now]
        return sorted(turn, key=lambda uid: (uid in self._tries, uid))


@dataclass(frozen=True, slots=True)
class Reading:
    """How many messages were taken in, and what the server refused, if anything."""

    taken: int
    problem: str = ""


def read_once(
    services: Services,
    box: MailIn,
    mailbox: Mailbox,
    still_leader: Callable[[], None] | None = None,
    unlucky: Unlucky | None = None,
) -> Reading:
    """Takes in what stands in the folder now.

    Each message is kept (raw bytes, ledger, job) before it is moved; one that is in the ledger already is only moved.
    A message that the server refuses to hand over or to move stands in nobody's way. `unlucky` remembers those at
    which earlier readings broke off.
    """
    unlucky = unlucky or Unlucky()
    uidvalidity = mailbox.uidvalidity
    uids = mailbox.new_uids(0)
    known = _in_the_ledger(services, box.name, uidvalidity, uids)
    turn = unlucky.in_order(uids)
    taken, problem = 0, ""
    if len(turn) < len(uids):
        problem = (
            f"The mail server cannot hand over {len(uids) - len(turn)} of the messages. They are tried again later."
        )
    for uid in turn:
        if still_leader is not None:
            still_leader()
        unlucky.begin(uid)
        try:
            if uid in known or _keep(services, box, mailbox, uidvalidity, uid):
                mailbox.move(uid, box.handled_folder)
                taken += uid not in known
        except MailboxRefused as error:
            problem = problem or in_a_sentence(error)
        unlucky.end(uid)
    return Reading(taken, problem)


def _in_the_ledger(services: Services, name: str, uidvalidity: int, uids: Sequence[int]) -> set[int]:
    """Those that were kept before and not moved: they need not be fetched again."""
    found: set[int] = set()
    for start in range(0, len(uids), 500):
        some = uids[start : start + 500]
        query = sa.select(IncomingMail.uid).where(
            IncomingMail.mailbox == name, IncomingMail.uidvalidity == uidvalidity, IncomingMail.uid.in_(some)
        )
        with services.database.reading() as session:
            found.update(uid for uid in session.scalars(query) if uid is not None)
    return found


def _keep(services: Services, box: MailIn, mailbox: Mailbox, uidvalidity: int, uid: int) -> bool:
    """Keeps one message; False where somebody removed it meanwhile.

    Of one that is too large only the header is kept here; it stays whole in the mailbox's folder for handled mail.
    """
    size = mailbox.size(uid)
    if size is None:
        return False
    too_large = size > services.settings.max_mail_megabytes * 1_000_000
    raw = mailbox.fetch_header(uid) if too_large else mailbox.fetch(uid)
    if raw is None:
        return False
    keep(services, box.name, raw, uidvalidity, uid, too_large_at=size if too_large else None)
    return True


def mailbox_settings(box: MailIn) -> MailboxSettings:
    """The setting as the mail library wants it."""
    return MailboxSettings(
        host=box.host,
        port=box.port,
        tls=box.tls,
        starttls=box.starttls,
        ca_file=box.ca_file,
        user=box.user,
        password=box.password.get_secret_value(),
        folder=box.folder,
        handled_folder=box.handled_folder,
        idle=box.idle,
        max_bytes=2**40,  # what is too large is decided above, where its sender can be told
    )
