"""Handing a message to an SMTP server, with errors that say whether trying again makes sense (RFC 5321, 4.2.1)."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mail.errors import PermanentMailError, SendingError, TemporaryMailError


@dataclass(frozen=True)
class SmtpSettings:
    """Where and how mail goes out. `tls` speaks TLS from the start (465); `starttls` upgrades (587)."""

    host: str
    port: int = 587
    tls: bool = False
    starttls: bool = True
    user: str | None = None
    password: str | None = None
    timeout: float = 30.0
    ca_file: Path | None = None
    local_hostname: str | None = None

    def __repr__(self) -> str:
        return f"SmtpSettings(host={self.host!r}, port={self.port}, user={self.user!r})"


def send(settings: SmtpSettings, raw: bytes, sender: str, recipients: Sequence[str]) -> dict[str, SendingError]:
    """Send `raw` from the envelope address `sender` ("" for the null path) to `recipients`.

    Gives the recipients that were refused while others were accepted, each with its typed error; {} when all were
    accepted. Raises TemporaryMailError or PermanentMailError when nobody got it.
    """
    if not recipients:
        raise PermanentMailError("The mail has no recipient: name at least one.")
    try:
        with _connect(settings) as server:
            refused = server.sendmail(sender, list(recipients), raw)
    except smtplib.SMTPRecipientsRefused as fault:
        raise _all_refused(fault.recipients) from fault
    except smtplib.SMTPAuthenticationError as fault:
        # The message is fine, the password is not: it must wait until somebody mends the settings.
        text = f"The mail server {settings.host} refused the login of {settings.user}: check user and password."
        raise TemporaryMailError(text, code=fault.smtp_code) from fault
    except smtplib.SMTPResponseException as fault:
        raise _typed(fault.smtp_code, fault.smtp_error, f"The mail server {settings.host} refused the mail") from fault
    except smtplib.SMTPNotSupportedError as fault:
        where = f"{settings.host}:{settings.port}"
        text = f"The mail server {where} does not offer what is set: {fault}. Check the TLS and login settings."
        raise TemporaryMailError(text) from fault
    except (OSError, smtplib.SMTPException) as fault:
        text = f"The mail server {settings.host}:{settings.port} cannot be reached ({fault}); it will be tried again."
        raise TemporaryMailError(text) from fault
    return {who: _typed(code, reply, f"{who} was refused", who) for who, (code, reply) in refused.items()}


def check(settings: SmtpSettings) -> None:
    """Connect, log in and say NOOP; raises TemporaryMailError with what to do when that fails. Sends nothing."""
    try:
        with _connect(settings) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as fault:
        where = f"{settings.host}:{settings.port}"
        text = f"The mail server {where} does not work as set ({fault}): check host, port, TLS, user and password."
        raise TemporaryMailError(text) from fault


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    server: smtplib.SMTP
    if settings.tls:
        server = smtplib.SMTP_SSL(
            settings.host, settings.port, settings.local_hostname, timeout=settings.timeout, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, settings.local_hostname, timeout=settings.timeout)
    try:
        if settings.starttls and not settings.tls:
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password or "")
    except BaseException:
        server.close()
        raise
    return server


def _typed(code: int, reply: bytes | str, what: str, who: str | None = None) -> SendingError:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    sentence = f"{what}: {code} {text}"
    refused = {who: f"{code} {text}"} if who else None
    if 500 <= code < 600:
        return PermanentMailError(sentence, code=code, refused=refused)
    return TemporaryMailError(sentence, code=code, refused=refused)


def _all_refused(recipients: Mapping[str, tuple[int, bytes]]) -> SendingError:
    """One error for all: permanent only if every recipient was refused for good."""
    replies = {who: _typed(code, reply, f"{who} was refused", who) for who, (code, reply) in recipients.items()}
    refused = {who: error.refused[who] for who, error in replies.items()}
    kind = (
        PermanentMailError if all(isinstance(e, PermanentMailError) for e in replies.values()) else TemporaryMailError
    )
    first = next(iter(replies.values()))
    return kind(
        "No recipient was accepted. " + "; ".join(str(e) for e in replies.values()), code=first.code, refused=refused
    )
