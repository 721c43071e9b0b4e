"""Reports of failed delivery (RFC 3464), and the older forms that only `flufl.bounce` knows."""

import copy
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import all_failures

from mail import headers

_SENDER = re.compile(r"(mailer-?daemon|postmaster|mdaemon|mail-?daemon|\bmailsystem|admin|mts|uucp)", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|undelivr|returned (mail|to sender)|deliver\w* (status|fail|report|problem|error|notif|has)|"
    r"failure notice|"
    r"failed? (mail|delivery|message)|mail (failure|system error|error|status|could not)|non[- ]?deliver|"
    r"can'?t? ?(be )?deliver|"
    r"not deliver|(could|can) ?not send|returned mail|bounce|delayed|nondeliverable|"
    r"unzustellbar|heb ei ddanfon|unknown user|"
    r"user unknown|cannot be|problem|warning|error",
    re.IGNORECASE,
)
_MAX_PARTS = 200

# It logs a traceback for each mail that is no bounce, before raising; what matters is told in `Bounce.problem`.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Bounce:
    """What a delivery report says: whether it is one, and whose delivery failed or is late."""

    is_bounce: bool
    addresses: tuple[str, ...] = ()
    temporary: tuple[str, ...] = ()
    original_ids: tuple[str, ...] = ()
    problem: str = ""


def examine(message: Message) -> Bounce:
    """Read `message` as a delivery report; `is_bounce` is False for everything else. Never raises."""
    structural = _is_delivery_report(message)
    if not structural and not _looks_like_one(message):
        return Bounce(False)
    problem = ""
    temporary: Iterable[bytes] = ()
    permanent: Iterable[bytes] = ()
    try:
        temporary, permanent = all_failures(_with_plain_sender(message))
    except Exception as fault:  # noqa: BLE001  flufl.bounce raises many kinds on mail that is no bounce (IndexError, AttributeError)
        problem = f"The delivery report could not be read in full ({type(fault).__name__})." if structural else ""
    failed, late = _names(permanent), _names(temporary)
    if not (structural or failed or late):
        return Bounce(False)
    return Bounce(True, failed, late, _original_ids(message), problem)


def _with_plain_sender(message: Message) -> Message:
    """The message with a From that flufl.bounce can read: it raises where there is none, or one with 8-bit bytes."""
    stated = " ".join(headers.raw_values(message, "From"))
    plain = copy.copy(message)
    del plain["From"]
    plain["From"] = stated.encode("ascii", "ignore").decode() or "unknown@invalid.example"
    return plain


def _is_delivery_report(message: Message) -> bool:
    """Whether the structure of RFC 3462 and RFC 3464 is there."""
    if message.get_content_type() == "multipart/report":
        kind = str(message.get_param("report-type", "")).lower()
        if kind in ("delivery-status", "global-delivery-status"):
            return True
        if kind:
            return False
    parts = message.get_payload() if message.is_multipart() else []
    if not isinstance(parts, list):
        return False
    kinds = [p.get_content_type() for p in parts[:_MAX_PARTS] if isinstance(p, Message)]
    return "message/delivery-status" in kinds or "message/global-delivery-status" in kinds


def _looks_like_one(message: Message) -> bool:
    """Whether sender, path or subject give a reason to try the older forms at all: a person's mail never is tried."""
    if any(re.fullmatch(r"<\s*>", v.strip()) for v in headers.raw_values(message, "Return-Path")):
        return True
    stated = " ".join(headers.raw_values(message, "From"))
    if not stated or _SENDER.search(stated):
        return True
    return bool(_SUBJECT.search(headers.value(message, "Subject")))


def _names(found: Iterable[bytes]) -> tuple[str, ...]:
    names = {raw.decode("utf-8", "replace").strip(" <>\"'").lower() for raw in found if isinstance(raw, bytes)}
    return tuple(sorted(name for name in names if "@" in name))


def _original_ids(message: Message) -> tuple[str, ...]:
    """Message-IDs of the returned message, so that the report finds the mail it is about."""
    found: list[str] = []
    parts = message.get_payload() if message.is_multipart() else []
    for part in parts[:_MAX_PARTS] if isinstance(parts, list) else []:
        if not isinstance(part, Message):
            continue
        if part.get_content_type() in ("message/rfc822", "message/global"):
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                found.extend(headers.message_ids(inner[0], "Message-ID"))
        elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            data = part.get_payload(decode=True)
            text = data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
            found.extend(re.findall(r"^message-id:\s*(<[^<>\s]{1,900}>)", text, re.IGNORECASE | re.MULTILINE))
    return tuple(dict.fromkeys(found))
