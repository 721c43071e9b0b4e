"""Header values of hostile or broken messages: never an exception, always plain text.

The standard library's modern header parser raises on real headers (python/cpython#83281, #151857), so messages are
parsed with `compat32` and decoded here: RFC 2047 encoded words, raw 8-bit text, folded lines.
"""

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime
from quopri import decodestring

from mail.charsets import decode, decode_header_bytes, safe_text

MAX_HEADER = 100_000
MAX_ADDRESSES = 2_000
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,5000})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?[^?\s]{1,60}\?[bBqQ]\?)")
_ADDRESS = re.compile(r"^[^@\s<>\"(),;:]+@[^@\s<>\"(),;:]+$")
_ANGLE = re.compile(r"<\s*([^<>\s@]+@[^<>\s@]+)\s*>")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")


class ForgivingPolicy(Compat32):
    """`compat32`, but a header with 8-bit bytes is read as text instead of becoming a row of question marks."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        """The value with its 8-bit bytes decoded."""
        return decode_header_bytes(str(value))


FORGIVING = ForgivingPolicy()


def raw_values(message: Message, name: str) -> list[str]:
    """All values of a header as the parser holds them (unfolded), at most `MAX_HEADER` characters each."""
    values = []
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            values.append(re.sub(r"\r?\n|\r", "", str(value))[:MAX_HEADER].strip())
    return values


def value(message: Message, name: str) -> str:
    """The first value of a header, decoded; "" when it is absent."""
    values = raw_values(message, name)
    return decoded(values[0]) if values else ""


def decoded(raw: str) -> str:
    """A header value with its encoded words (RFC 2047) and 8-bit bytes made text."""
    if "=?" not in raw:
        return decode_header_bytes(raw).strip()
    pieces: list[str] = []
    pending, charset, position = b"", "", 0
    text = _BETWEEN_WORDS.sub(r"\1\2", _BETWEEN_WORDS.sub(r"\1\2", raw))
    for match in _WORD.finditer(text):
        between = text[position : match.start()]
        label = match[1].split("*")[0].lower()
        if (between or label != charset) and pending:
            pieces.append(decode(pending, charset)[0])
            pending = b""
        pieces.append(decode_header_bytes(between))
        pending, charset, position = pending + _word_bytes(match[2], match[3]), label, match.end()
    if pending:
        pieces.append(decode(pending, charset)[0])
    pieces.append(decode_header_bytes(text[position:]))
    return safe_text("".join(pieces)).replace("\n", " ").replace("\r", " ").strip()


def _word_bytes(encoding: str, content: str) -> bytes:
    try:
        data = content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = content.encode("utf-8", "replace")
    if encoding in "qQ":
        return decodestring(data.replace(b"_", b" "), header=False) if data else b""
    data = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    try:
        return b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b64decode(data[: len(data) // 4 * 4])


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """(display name, lower-cased address) of every mailbox in a header; entries without an address are left out."""
    found: list[tuple[str, str]] = []
    for raw in raw_values(message, name):
        text = decode_header_bytes(raw)
        try:
            pairs = getaddresses([text])
        except (ValueError, IndexError, AttributeError, TypeError, RecursionError):
            pairs = []
        good = [(decoded(n), a.strip().lower()) for n, a in pairs[:MAX_ADDRESSES] if _ADDRESS.match(a.strip())]
        if not good:
            # A broken display name; an address in angle brackets is still plain to see if it is the only one.
            angled = _ANGLE.findall(text)
            if len(angled) == 1:
                good = [(decoded(text.split("<")[0]).strip(' "'), angled[0].lower())]
        found.extend(good)
    return found[:MAX_ADDRESSES]


def display_name(message: Message, name: str) -> str:
    """The display name of the first mailbox in a header, even where it has no address."""
    for raw in raw_values(message, name):
        try:
            pairs = getaddresses([decode_header_bytes(raw)])
        except (ValueError, IndexError, AttributeError, TypeError, RecursionError):
            continue
        for shown, _ in pairs:
            if shown:
                return decoded(shown)
    return ""


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """The message ids (with angle brackets) in a header such as References, oldest first, each once."""
    found: dict[str, None] = {}
    for raw in raw_values(message, name):
        found.update(dict.fromkeys(_MESSAGE_ID.findall(decode_header_bytes(raw))))
    return tuple(found)


def date(message: Message) -> datetime | None:
    """The Date header as an aware time in UTC, or None when it is absent or no date."""
    for raw in raw_values(message, "Date"):
        try:
            parsed = parsedate_to_datetime(decode_header_bytes(raw))
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    return None
