"""A mailbox read and watched over IMAP (RFC 3501, 2177, 6851, 4315), with the traps of real servers handled.

The state of what was read lives with the caller: (UIDVALIDITY, UID) of each message. Nothing here looks at or sets the
seen flag, so people may read the same mailbox. A caller's loop is::

    with Mailbox(settings) as box:
        while not stop.is_set():
            for uid in box.new_uids(last):
                raw = box.fetch(uid)      # store it and commit, then
                box.move(uid, settings.handled_folder)
            box.wait(300, stop)
"""

import imaplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # ships no types
from imapclient.exceptions import LoginError  # type: ignore[import-untyped]  # ships no types

from mail.errors import (
    MailboxError,
    MailboxGone,
    MailboxRefused,
    MailboxRefusedLogin,
    MailboxUnreachable,
    MessageTooLarge,
)
from mail.idle import answers_while_idle


@dataclass(frozen=True)
class MailboxSettings:
    """Where the mailbox is and what its folders are called. `tls` from the start (993), `starttls` upgrades (143)."""

    host: str
    user: str
    password: str = field(repr=False)
    port: int = 993
    tls: bool = True
    starttls: bool = False
    folder: str = "INBOX"
    handled_folder: str = "Handled"
    set_aside_folder: str = "Set aside"
    idle: bool = True
    poll_seconds: float = 60.0
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    max_bytes: int = 50_000_000
    ca_file: Path | None = None


class Mailbox:
    """One connection to one folder of a mailbox; a context manager. Not for use by two threads at once."""

    def __init__(self, settings: MailboxSettings) -> None:
        self.settings = settings
        self.uidvalidity = 0
        self._client: Any = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether there is a connection that has not been seen to break."""
        return self._client is not None

    def connect(self) -> None:
        """Connect, log in and open the folder.

        Raises MailboxUnreachable, MailboxRefusedLogin, or MailboxRefused when the folder cannot be opened.
        """
        self.close()
        chosen = self.settings
        where = f"{chosen.host}:{chosen.port}"
        try:
            self._client = self._greeted()
            self._client.login(chosen.user, chosen.password)
        except LoginError as fault:
            self._drop()
            text = f"The mail server {where} refused the login of {chosen.user}: check the user name and the password."
            raise MailboxRefusedLogin(text) from fault
        except (OSError, imaplib.IMAP4.error) as fault:
            self._drop()
            text = (
                f"The mail server {where} cannot be reached ({fault}): check host, port and TLS, and whether it runs."
            )
            raise MailboxUnreachable(text) from fault
        try:
            self.refresh()
        except MailboxError:
            self.close()
            raise

    def _greeted(self) -> Any:
        chosen = self.settings
        context = ssl.create_default_context(cafile=str(chosen.ca_file) if chosen.ca_file else None)
        # Without both time-outs a half-open connection hangs for ever.
        limits = SocketTimeout(chosen.connect_timeout, chosen.read_timeout)
        client = IMAPClient(
            chosen.host, chosen.port, ssl=chosen.tls, ssl_context=context if chosen.tls else None, timeout=limits
        )
        if chosen.starttls and not chosen.tls:
            try:
                client.starttls(context)
            except BaseException:
                client.shutdown()
                raise
        return client

    def refresh(self) -> int:
        """Open the folder anew and give its UIDVALIDITY: when that changed, all UIDs known so far mean nothing.

        An open connection may never hear of a change, so connect anew from time to time (every 15 minutes is good).
        """
        with self._speaking(f"opening the folder {self.settings.folder}"):
            opened = self._client.select_folder(self.settings.folder)
            self.uidvalidity = int(opened[b"UIDVALIDITY"])
        return self.uidvalidity

    def new_uids(self, since_uid: int = 0) -> list[int]:
        """The UIDs above `since_uid` that are in the folder now, in order."""
        with self._speaking("looking for new messages"):
            self._client.noop()  # some servers tell of new messages only when spoken to
            found = self._client.search(["UID", f"{since_uid + 1}:*"])
        # "n:*" also matches the last message when n is beyond it (RFC 3501, 6.4.8).
        return sorted(uid for uid in found if uid > since_uid)

    def uids_of_size(self, size: int) -> list[int]:
        """The UIDs of the messages of exactly `size` bytes: how to find a message without knowing a word of it."""
        with self._speaking("looking for a message"):
            return sorted(self._client.search(["LARGER", str(max(size - 1, 0)), "SMALLER", str(size + 1)]))

    def size(self, uid: int) -> int | None:
        """The size of a message in bytes, or None when it is no longer there."""
        with self._speaking("asking for a message's size"):
            answer = self._client.fetch([uid], ["RFC822.SIZE"])
        found = answer.get(uid, {}).get(b"RFC822.SIZE")
        return int(found) if found is not None else None

    def fetch(self, uid: int) -> bytes | None:
        """The raw message without marking it as seen, or None when it is no longer there.

        Raises MessageTooLarge before anything large is transferred.
        """
        size = self.size(uid)
        if size is None:
            return None
        if size > self.settings.max_bytes:
            raise MessageTooLarge(size, self.settings.max_bytes)
        return self._body(uid, "BODY.PEEK[]")

    def fetch_start(self, uid: int, length: int = 65_536) -> bytes | None:
        """The first `length` bytes of a message: enough to tell who sent one that is too large."""
        return self._body(uid, f"BODY.PEEK[]<0.{length}>")

    def fetch_header(self, uid: int, length: int = 262_144) -> bytes | None:
        """The header block of a message, at most `length` bytes of it, or None when it is no longer there."""
        return self._body(uid, f"BODY.PEEK[HEADER]<0.{length}>")

    def _body(self, uid: int, wanted: str) -> bytes | None:
        with self._speaking("fetching a message"):
            answer = self._client.fetch([uid], [wanted])
        for key, found in answer.get(uid, {}).items():
            if key.startswith(b"BODY[") and isinstance(found, bytes):
                return found
        return None

    def move(self, uid: int, folder: str) -> None:
        """Move a message to `folder`, which is made when it is missing. A message already gone is no error."""
        with self._speaking(f"moving a message to {folder}"):
            try:
                self._move(uid, folder)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                if self._client.folder_exists(folder):
                    raise
                self._client.create_folder(folder)
                self._move(uid, folder)

    def _move(self, uid: int, folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move([uid], folder)
            return
        self._client.copy([uid], folder)
        self._delete(uid)

    def delete(self, uid: int) -> None:
        """Delete a message for good. One that is already gone is no error."""
        with self._speaking("deleting a message"):
            self._delete(uid)

    def _delete(self, uid: int) -> None:
        self._client.delete_messages([uid])
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge([uid])
        elif self._client.search("DELETED") == [uid]:
            # A plain EXPUNGE removes whatever anybody has marked: only done when that is ours alone.
            self._client.expunge()

    def wait(self, timeout: float, stop: threading.Event | None = None) -> bool:
        """Wait until the folder changes, `stop` is set or `timeout` seconds are over; True when something changed.

        Uses IDLE where the server has it and the settings allow it, else asks every `poll_seconds`. Either way, look
        with `new_uids` afterwards. Raises MailboxGone when the connection is lost.
        """
        with self._speaking("waiting for new messages"):
            if self.settings.idle and self._client.has_capability("IDLE"):
                return answers_while_idle(self._client, timeout, stop)
            (stop or threading.Event()).wait(min(timeout, self.settings.poll_seconds))
            _, answers = self._client.noop()
            return any(len(one) > 1 and one[1] == b"EXISTS" for one in answers or [])

    def close(self) -> None:
        """Log out if the connection still answers, and let it go in any case."""
        if self._client is None:
            return
        try:
            self._client.logout()
        except (OSError, imaplib.IMAP4.error):
            self._drop()
        self._client = None

    def _drop(self) -> None:
        """Let go of a connection that does not answer, without speaking."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.shutdown()
        except (OSError, imaplib.IMAP4.error):
            return  # already closed by the other side: that is what we want

    @contextmanager
    def _speaking(self, doing: str) -> Iterator[None]:
        """Turn what imaplib and the socket raise into our errors, and let go of a connection that is lost."""
        if self._client is None:
            raise MailboxGone("There is no connection to the mailbox: connect first.")
        try:
            yield
        except (imaplib.IMAP4.abort, OSError) as fault:
            self._drop()
            text = f"The connection to {self.settings.host} was lost while {doing} ({fault}): connect again."
            raise MailboxGone(text) from fault
        except imaplib.IMAP4.error as fault:
            text = f"The mail server {self.settings.host} refused while {doing}: {fault}"
            raise MailboxRefused(text) from fault
        except (KeyError, ValueError, AssertionError) as fault:
            self._drop()  # an answer that cannot be read leaves the connection in an unknown state
            raise MailboxError(
                f"The mail server {self.settings.host} gave an unreadable answer while {doing}."
            ) from fault
