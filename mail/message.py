"""Raw bytes to an `IncomingMessage`, whatever the bytes are.

Built on the standard library's parser with its forgiving policy (`compat32`); decoding, limits and guards are ours.
What could not be read is said in `problems`, in plain sentences.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes as _from_bytes
from email.message import Message
from typing import Any, Literal

from mail import bounces, forwarded, headers, loops, reply, sender
from mail.parts import Attachment, Parts, read_parts
from mail.signature import without_closing

MAX_BYTES = 64_000_000
MAX_BOUNDARIES = 5_000
_HEADERS_ONLY = 262_144
_FIELD_LINE = re.compile(rb"From |[\x21-\x39\x3b-\x7e]+:|[ \t]|$")
_WORDS = re.compile(rb"[^ \n*=_>-]")
_KNOWN_FIELD = re.compile(
    rb"^(?:From|To|Cc|Subject|Date|Received|Message-ID|MIME-Version|Content-Type|Return-Path|Delivered-To|Reply-To):",
    re.IGNORECASE | re.MULTILINE,
)

__all__ = ["Attachment", "IncomingMessage", "as_json", "parse"]


@dataclass(frozen=True)
class IncomingMessage:
    """One mail as we understood it. All text can be encoded as UTF-8; ids carry their angle brackets.

    `reply_text` is what the person newly wrote, without signature and disclaimer; `text`, which would become the
    draft, also lacks the closing words of a letter, and for a forwarded mail is the text inside it. `removed` holds
    what `text` lacks. `no_answer_reason` is "" where an answer is safe. Nothing here is proof of identity but
    `sender_verified` together with `from_address`.
    """

    message_id: str = ""
    from_address: str = ""
    from_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    reply_text: str = ""
    removed: str = ""
    attachments: tuple[Attachment, ...] = ()
    auto_generated: bool = False
    auto_reason: str = ""
    no_answer_reason: str = ""
    is_bounce: bool = False
    bounced: tuple[str, ...] = ()
    bounced_message_ids: tuple[str, ...] = ()
    sender_verified: Literal["pass", "fail", "unknown"] = "unknown"
    forwarded_from: str = ""
    problems: tuple[str, ...] = ()


def parse(raw: bytes, *, authserv_id: str | None = None, parent_text: str | None = None) -> IncomingMessage:
    """Understand one message. Never raises.

    `authserv_id` names the mail server whose Authentication-Results are believed; `parent_text` is the plain text of
    the mail of ours that this one answers, when the caller knows it.
    """
    problems: list[str] = []
    message = _parsed(raw, problems)
    read = IncomingMessage()
    steps = (_read_headers, _read_marks, _read_body)
    for step in steps:
        try:
            read = step(read, message, problems, authserv_id, parent_text)
        except Exception as fault:  # noqa: BLE001  the promise to never raise on hostile bytes is kept here; the fault is named
            problems.append(f"The mail could not be read in full ({type(fault).__name__}); look at the original.")
    return replace(read, problems=tuple(dict.fromkeys(problems)))


def as_json(message: IncomingMessage) -> dict[str, Any]:
    """The object that `teabreak mail parse` prints."""
    return {
        "message_id": message.message_id,
        "from": message.from_address,
        "from_name": message.from_name,
        "subject": message.subject,
        "text": message.text,
        "reply_text": message.reply_text,
        "removed": message.removed,
        "attachments": [{"name": one.name, "type": one.type, "size": one.size} for one in message.attachments],
        "auto_generated": message.auto_generated,
        "is_bounce": message.is_bounce,
        "bounced": list(message.bounced),
        "sender_verified": message.sender_verified,
        "problems": list(message.problems),
    }


def _parsed(raw: bytes, problems: list[str]) -> Message:
    if not raw.strip():
        problems.append("The mail is empty.")
        return Message()
    whole = len(raw) <= MAX_BYTES
    if not whole:
        problems.append(f"The mail is larger than {MAX_BYTES // 1_000_000} MB; only its headers were read.")
    elif raw.count(b"\n--") > MAX_BOUNDARIES and raw.lower().count(b"multipart/") > MAX_BOUNDARIES // 50:
        whole = False
        problems.append("The mail has far too many parts within parts; only its headers were read.")
    try:
        return _from_bytes(_without_junk(raw, problems) if whole else _head(raw), policy=headers.FORGIVING)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as fault:
        problems.append(f"The structure of the mail is broken ({type(fault).__name__}); only its headers were read.")
    try:
        return _from_bytes(_head(raw), policy=headers.FORGIVING)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return Message()


def _without_junk(raw: bytes, problems: list[str]) -> bytes:
    """The message without lines that are no header fields before or among its header fields.

    The parser takes everything from the first such line on as the text, so the sender and the subject would be lost.
    """
    head, gap, body = raw[:_HEADERS_ONLY].lstrip().replace(b"\r\n", b"\n").partition(b"\n\n")
    if not _KNOWN_FIELD.search(head):
        later = _KNOWN_FIELD.search(body[:2000])
        if not gap or not later or _WORDS.search(body[: later.start()]):
            return raw
        problems.append("The mail began with lines that belong to no mail; they were left out.")
        return body[later.start() :] + raw[_HEADERS_ONLY:]
    lines = head.split(b"\n")
    junk = [i for i, line in enumerate(lines) if not _FIELD_LINE.match(line)]
    if not junk or not any(_KNOWN_FIELD.match(line) for line in lines[junk[0] + 1 :]):
        return raw
    problems.append("Some lines among the mail's headers are broken; they were left out.")
    kept = b"\n".join(line for i, line in enumerate(lines) if i not in set(junk))
    start = raw.find(b"\n\n") if b"\n\n" in raw[:_HEADERS_ONLY] else -1
    crlf = raw.find(b"\r\n\r\n")
    ends = [end for end in (start, crlf) if end >= 0 and raw[:end].strip()]
    return kept + (b"\n" + raw[min(ends) :].lstrip(b"\r") if ends else b"\n\n")


def _head(raw: bytes) -> bytes:
    """The header block alone, as a message without a body."""
    start = raw[:_HEADERS_ONLY].replace(b"\r\n", b"\n")
    fields = [line for line in start.partition(b"\n\n")[0].split(b"\n") if not line.lower().startswith(b"content-")]
    return b"\n".join(fields) + b"\n\n"


def _read_headers(
    read: IncomingMessage, message: Message, problems: list[str], authserv_id: str | None, _: str | None
) -> IncomingMessage:
    senders = headers.addresses(message, "From")
    distinct = {address for _, address in senders}
    if len(distinct) > 1 or len(headers.raw_values(message, "From")) > 1:
        problems.append("The mail names several senders (From), so it is not clear who sent it.")
    elif not distinct:
        problems.append("The mail has no sender address (From).")
    ids = headers.message_ids(message, "Message-ID")
    if not ids:
        problems.append("The mail has no Message-ID.")
    single = len(distinct) == 1 and len(headers.raw_values(message, "From")) == 1
    delivered = [
        a for name in ("Delivered-To", "X-Original-To", "Envelope-To") for _, a in headers.addresses(message, name)
    ]
    return replace(
        read,
        message_id=ids[0] if ids else "",
        from_address=senders[0][1] if single else "",
        from_name=senders[0][0] if senders else headers.display_name(message, "From"),
        to=tuple(address for _, address in headers.addresses(message, "To")),
        cc=tuple(address for _, address in headers.addresses(message, "Cc")),
        delivered_to=tuple(dict.fromkeys(delivered)),
        subject=headers.value(message, "Subject"),
        date=headers.date(message),
        in_reply_to=headers.message_ids(message, "In-Reply-To"),
        references=headers.message_ids(message, "References"),
        sender_verified=sender.verify(message, authserv_id),
    )


def _read_marks(
    read: IncomingMessage, message: Message, problems: list[str], _authserv_id: str | None, _parent: str | None
) -> IncomingMessage:
    bounce = bounces.examine(message)
    if bounce.problem:
        problems.append(bounce.problem)
    reason = loops.automatic(message) or ("It reports a failed delivery." if bounce.is_bounce else "")
    return replace(
        read,
        auto_generated=bool(reason),
        auto_reason=reason,
        no_answer_reason=reason or loops.may_answer(message) or "",
        is_bounce=bounce.is_bounce,
        bounced=bounce.addresses or bounce.temporary,
        bounced_message_ids=bounce.original_ids,
    )


def _read_body(
    read: IncomingMessage, message: Message, problems: list[str], _authserv_id: str | None, parent: str | None
) -> IncomingMessage:
    parts: Parts = read_parts(message)
    read = replace(read, attachments=tuple(parts.attachments))
    body = parts.text
    problems.extend(parts.problems)
    read = replace(read, text=body, reply_text=body)
    inside = forwarded.unwrap(body)
    if inside:
        by = f" from {inside.sender}" if inside.sender else ""
        problems.append(f"This is a forwarded mail{by[:120]}; the draft is the text inside it.")
        text, closing = without_closing(reply.newly_written(inside.text)[0])
        return replace(
            read, text=text, removed="\n\n".join(filter(None, (inside.note, closing))), forwarded_from=inside.sender
        )
    written, removed = reply.newly_written(body, parent)
    text, closing = without_closing(written)
    return replace(read, text=text, reply_text=written, removed="\n\n".join(filter(None, (closing, removed))))
