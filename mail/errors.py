"""What can go wrong with a mailbox or with sending, as types a caller can act on. See `mail` for the tree."""

from collections.abc import Mapping


class MailError(Exception):
    """The root of all errors of this package; its text is a sentence that says what to do."""


class MailboxError(MailError):
    """Something about reading a mailbox over IMAP."""


class MailboxUnreachable(MailboxError):
    """The IMAP server cannot be reached, or does not greet. Worth trying again later."""


class MailboxGone(MailboxUnreachable):
    """The connection was lost in mid-work (closed, reset, timed out). Connect anew."""


class MailboxRefusedLogin(MailboxError):
    """The server said no to the user name or the password. Trying again at once does not help."""


class MailboxRefused(MailboxError):
    """The server said no to a command: a folder is missing, or the user may not do it."""


class MessageTooLarge(MailboxError):
    """A message is larger than the limit and was not fetched."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The message has {size} bytes; this mailbox takes up to {limit}. Ask for a smaller one.")
        self.size = size
        self.limit = limit


class SendingError(MailError):
    """A message was not accepted by the SMTP server; `refused` maps each refused recipient to the reply."""

    def __init__(self, text: str, *, code: int | None = None, refused: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.refused = dict(refused or {})


class TemporaryMailError(SendingError):
    """Not now: no connection, or a 4xx reply (RFC 5321, 4.2.1). Try the same message again later."""


class PermanentMailError(SendingError):
    """Not like this: a 5xx reply (RFC 5321, 4.2.1). Trying the same again will not help."""
