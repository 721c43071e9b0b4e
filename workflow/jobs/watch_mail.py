"""Watches the mailboxes: one thread a mailbox, and over all processes one reader a mailbox (a lease in the database)."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from mail.mailbox import Mailbox, MailboxRefusedLogin, MailboxSettings, MailboxUnreachable
from workflow.jobs.lease import Lease, LeaseLost
from workflow.jobs.take_in_mail import keep
from workflow.models import MailboxState
from workflow.services import Services
from workflow.settings import MailIn

log = structlog.get_logger()
LEASE_SECONDS = 60.0
MAX_PAUSE = 300.0


class MailWatcher:
    """Reads one mailbox for as long as it runs. A fault of ours or of the server's is waited out, never ended by."""

    def __init__(self, services: Services, box: MailIn) -> None:
        self.services, self.box = services, box
        self.lease = Lease(services.database, f"mailbox:{box.name}", ttl=LEASE_SECONDS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mailbox {box.name}", daemon=True)

    def start(self) -> None:
        """Begins to watch, in a thread of its own."""
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Asks it to end, and waits for it."""
        self._stop.set()
        self._thread.join(timeout)
        self.lease.release()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                if not self.lease.acquire_or_renew():
                    self._stop.wait(min(5.0, LEASE_SECONDS / 6))
                    continue
                self._read_while_leader()
                failures = 0
            except (MailboxUnreachable, OSError, SQLAlchemyError, LeaseLost) as error:
                failures += 1
                pause = self._pause_after(error, failures)
                log.warning(
                    "mailbox not read", mailbox=self.box.name, why=str(error).splitlines()[0], again_in=round(pause)
                )
                self._note(problem=str(error).splitlines()[0])
                self._stop.wait(pause)

    def _pause_after(self, error: Exception, failures: int) -> float:
        # A refused login is not hammered: servers lock accounts.
        least = 60.0 if isinstance(error, MailboxRefusedLogin) else 1.0
        return min(MAX_PAUSE, max(least, 2.0 ** min(failures, 9))) * random.uniform(0.75, 1.25)  # noqa: S311

    def _read_while_leader(self) -> None:
        with Mailbox(mailbox_settings(self.box)) as mailbox:
            while not self._stop.is_set():
                self._must_lead()
                read_once(self.services, self.box, mailbox, self._must_lead)
                self._note(problem="")
                mailbox.wait(min(self.box.poll_seconds, LEASE_SECONDS / 3), stop=self._stop)

    def _must_lead(self) -> None:
        if not self.lease.acquire_or_renew():
            raise LeaseLost(f"Another process reads the mailbox {self.box.name} now.")

    def _note(self, problem: str) -> None:
        try:
            with self.services.database.writing() as session:
                note_state(session, self.box.name, problem)
        except SQLAlchemyError as error:
            log.warning("mailbox state not kept", mailbox=self.box.name, why=type(error).__name__)


def note_state(session: Session, name: str, problem: str) -> None:
    """Keeps when the mailbox was last read, or since when it cannot be."""
    state = session.get(MailboxState, name)
    if state is None:
        state = MailboxState(name=name, problem="")
        session.add(state)
    now = datetime.now(UTC)
    if problem:
        state.since = state.since if state.problem else now
    else:
        state.last_checked_at, state.since = now, None
    state.problem = problem


def read_once(services: Services, box: MailIn, mailbox: Mailbox, still_leader: object = None) -> int:
    """Takes in what stands in the folder now, and gives how many messages that was.

    Each message is kept (raw bytes, ledger, job) before it is moved; one that is in the ledger already is only moved.
    """
    taken = 0
    uidvalidity = mailbox.uidvalidity
    for uid in mailbox.new_uids(0):
        if callable(still_leader):
            still_leader()
        limit = services.settings.max_mail_megabytes * 1_000_000
        size = mailbox.size(uid)
        if size is None:
            continue  # somebody removed it meanwhile
        if size > limit:
            _keep_too_large(services, box, mailbox, uidvalidity, uid, size)
        else:
            raw = mailbox.fetch(uid)
            if raw is None:
                continue
            keep(services, box.name, raw, uidvalidity, uid)
        mailbox.move(uid, box.handled_folder)
        taken += 1
    return taken


def _keep_too_large(services: Services, box: MailIn, mailbox: Mailbox, uidvalidity: int, uid: int, size: int) -> None:
    """Only its header is kept here; the message itself stays whole in the mailbox's folder for handled mail."""
    header = mailbox.fetch_header(uid)
    if header is not None:
        keep(services, box.name, header, uidvalidity, uid, too_large_at=size)


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
    )
