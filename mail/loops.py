"""Mail written by machines, and mail that must not be answered (RFC 3834; Microsoft's X-Auto-Response-Suppress)."""

import re
from email.message import Message

from mail import headers

MARK = "X-Teabreak"
"""The header on all our own mail: whatever carries it was not written by a person."""

_ROBOT = re.compile(r"^(mailer-daemon|mdaemon|mail-daemon|listserv|majordomo|autoreply|auto-reply)\b", re.IGNORECASE)
_NO_REPLY = re.compile(r"^(no-?reply|do-?not-?reply|nobody|bounces?|postmaster)\b", re.IGNORECASE)
_LIST_FIELDS = ("List-Id", "List-Unsubscribe", "List-Post", "List-Help", "Mailing-List")
_RESPONDER_FIELDS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply",
    "X-AutoReply-From",
    "X-Mail-Autoreply",
    "X-FC-MachineGenerated",
)
_SUBJECT = re.compile(
    r"^\s*(auto(matic)?[ -]?(reply|response|antwort)|autoreply|out of (the )?office|ateb awtomatig|allan o.r swyddfa|"
    r"automatische antwort|réponse automatique|respuesta automática|risposta automatica|abwesenheit)\b",
    re.IGNORECASE,
)


def automatic(message: Message) -> str | None:
    """Why this message is taken to be written by a machine, as a sentence, or None when it looks like a person's."""
    for test in (_own, _auto_submitted, _precedence, _list, _responder, _null_path, _robot, _report):
        reason = test(message)
        if reason:
            return reason
    if _SUBJECT.match(headers.value(message, "Subject")):
        return "Its subject is that of an automatic reply."
    return None


def may_answer(message: Message) -> str | None:
    """Why this message must not be answered, as a sentence, or None when an answer is safe."""
    reason = automatic(message)
    if reason:
        return reason
    wishes = {w.strip().lower() for w in headers.value(message, "X-Auto-Response-Suppress").split(",")}
    if wishes & {"all", "autoreply"}:
        return "Its sender asks for no automatic answers (X-Auto-Response-Suppress)."
    senders = headers.addresses(message, "From")
    if len(senders) != 1:
        return "It has no single sender address."
    if _NO_REPLY.match(senders[0][1]):
        return "Its sender address takes no replies."
    return None


def _own(message: Message) -> str | None:
    return "It is one of our own mails." if headers.raw_values(message, MARK) else None


def _auto_submitted(message: Message) -> str | None:
    for raw in headers.raw_values(message, "Auto-Submitted"):
        stated = re.split(r"[;\s(]", raw.strip().lower())[0]
        if stated and stated != "no":
            return "It says that it was sent automatically (Auto-Submitted)."
    return None


def _precedence(message: Message) -> str | None:
    for name in ("Precedence", "X-Precedence"):
        if headers.value(message, name).strip().lower() in ("bulk", "junk", "list", "auto_reply"):
            return "It is marked as bulk, list or automatic mail (Precedence)."
    return None


def _list(message: Message) -> str | None:
    if any(headers.raw_values(message, name) for name in _LIST_FIELDS):
        return "It came through a mailing list."
    return None


def _responder(message: Message) -> str | None:
    for name in _RESPONDER_FIELDS:
        if any(v.strip().lower() not in ("", "no") for v in headers.raw_values(message, name)):
            return f"It is marked as an automatic reply ({name})."
    return None


def _null_path(message: Message) -> str | None:
    if any(re.fullmatch(r"<\s*>", v.strip()) for v in headers.raw_values(message, "Return-Path")):
        return "It has an empty return path, as delivery reports have."
    return None


def _robot(message: Message) -> str | None:
    for _, address in headers.addresses(message, "From"):
        if _ROBOT.match(address):
            return "It was sent by a mail system, not by a person."
    return None


def _report(message: Message) -> str | None:
    if message.get_content_type() == "multipart/report":
        return "It is a delivery or read report."
    return None
