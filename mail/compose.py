"""Writing mail: text and HTML together, marked as automatic (RFC 3834), safe against header injection."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr

from mail.charsets import safe_text
from mail.loops import MARK

_ID = re.compile(r"<[!-;=?-~]{1,200}>")
_LIST_ID = re.compile(r"[\w.-]{1,200}", re.ASCII)
_POLICY = SMTP.clone(cte_type="7bit")
MAX_REFERENCES = 20


def compose(
    *,
    sender: str,
    to: str | Sequence[str],
    subject: str,
    text: str,
    html: str | None = None,
    message_id: str,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    reply_to: str | None = None,
    list_id: str | None = None,
    auto_submitted: str | None = "auto-generated",
    bulk: bool = False,
    date: datetime | None = None,
) -> bytes:
    """One message as bytes ready for SMTP (CRLF, 7-bit).

    `sender`, `to` and `reply_to` are addresses as people write them ("Name <a@b>"). `message_id`, `in_reply_to` and
    `references` carry their angle brackets; foreign ids that are no ids are left out. `bulk` adds Precedence: bulk
    (digests and notices to many; not answers to a person). Raises ValueError for an address or own id that is none.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(sender)
    message["To"] = tuple(_address(one) for one in ([to] if isinstance(to, str) else to))
    if reply_to:
        message["Reply-To"] = _address(reply_to)
    message["Date"] = format_datetime(date or datetime.now(UTC))
    if auto_submitted:
        message["Auto-Submitted"] = one_line(auto_submitted)
        message["X-Auto-Response-Suppress"] = "All"
    if bulk:
        message["Precedence"] = "bulk"
    message[MARK] = "1"
    message.set_content(safe_text(text), charset="utf-8")
    if html is not None:
        message.add_alternative(safe_text(html), subtype="html", charset="utf-8")
    return _fields(subject, message_id, in_reply_to, references, list_id) + message.as_bytes()


def one_line(value: str) -> str:
    """`value` as one header line: line breaks and control characters become spaces."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029\s]+", " ", safe_text(value.replace("\x00", " "))).strip()


def _address(written: str) -> Address:
    name, spec = parseaddr(written)
    local, at, domain = spec.rpartition("@")
    several = len(getaddresses([written])) != 1
    if (
        several
        or spec not in written
        or re.search(r"[\x00-\x1f\x7f]", written)
        or not (at and local and domain)
        or re.search(r"[\s<>\",;:()]", spec)
    ):
        raise ValueError(f"{one_line(written)[:80]!r} is not a mail address: write it as name@example.org.")
    return Address(display_name=name, username=local, domain=domain)


def _fields(
    subject: str, message_id: str, in_reply_to: str | None, references: Sequence[str], list_id: str | None
) -> bytes:
    """Subject and ids, written here: the library's folding drops spaces between encoded words and encodes long ids."""
    if not _ID.fullmatch(message_id):
        raise ValueError(f"{message_id[:80]!r} is not a message id: it needs the form <left@right>.")
    subject = one_line(subject)
    charset = "us-ascii" if subject.isascii() and "=?" not in subject else "utf-8"
    folded = Header(subject, charset, header_name="Subject", maxlinelen=76).encode(linesep="\r\n")
    lines = [f"Subject: {folded}", f"Message-ID: {message_id}"]
    if in_reply_to and _ID.fullmatch(in_reply_to):
        lines.append(f"In-Reply-To: {in_reply_to}")
    known = [one for one in dict.fromkeys(references) if _ID.fullmatch(one)]
    if len(known) > MAX_REFERENCES:
        known = known[:1] + known[1 - MAX_REFERENCES :]  # RFC 5322 asks for the thread's first and the nearest
    if known:
        lines.append("References: " + "\r\n ".join(known))
    if list_id:
        if not _LIST_ID.fullmatch(list_id):
            raise ValueError(f"{list_id[:80]!r} is not a list id: use letters, digits, dots and hyphens.")
        lines.append(f"List-Id: <{list_id}>")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
