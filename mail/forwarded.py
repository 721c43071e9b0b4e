"""Mail that was forwarded to us: the text of the mail inside, without the wrapping."""

import re
from dataclasses import dataclass

import quotequail  # type: ignore[import-untyped]  # ships no types

_LIMIT = 200_000
_HINT = re.compile(
    r"forward|fwd|anfonwyd ymlaen|hanfon ymlaen|weitergeleitet|transf|original message|neges wreiddiol", re.IGNORECASE
)
_REPLY_FORM = re.compile(r"original message|neges wreiddiol", re.IGNORECASE)
_WELSH = re.compile(r"^(\W*)(?:neges a anfonwyd ymlaen|neges wedi'i hanfon ymlaen)(\W*)$", re.IGNORECASE | re.MULTILINE)
_WELSH_FIELDS = (
    ("Oddi wrth:", "From:"),
    ("Dyddiad:", "Date:"),
    ("Anfonwyd:", "Date:"),
    ("Pwnc:", "Subject:"),
    ("At:", "To:"),
)


@dataclass(frozen=True)
class Forwarded:
    """A mail inside a mail: its text, who wrote it, and the note written above it."""

    text: str
    sender: str
    note: str


def unwrap(text: str) -> Forwarded | None:
    """The forwarded mail in a body, or None when the body is no forward. Never raises."""
    if len(text) > _LIMIT or not _HINT.search(text):
        return None
    try:
        found = quotequail.unwrap(_in_english(text))
    except (ValueError, IndexError, KeyError, AttributeError, TypeError, RecursionError):
        return None  # no forward that can be told apart: the whole text is kept
    if not found or found.get("type") != "forward" or not str(found.get("text") or "").strip():
        return None
    note = str(found.get("text_top") or "").strip()
    if note and not _HINT.search(_REPLY_FORM.sub("", text)):
        return None  # some programs introduce the mail they answer with "Original Message", too
    return Forwarded(str(found["text"]).strip(), str(found.get("from") or ""), note)


def _in_english(text: str) -> str:
    """The Welsh forms as the library knows them in English."""
    if not _WELSH.search(text):
        return text
    text = _WELSH.sub("---------- Forwarded message ----------", text)
    for welsh, english in _WELSH_FIELDS:
        text = re.sub(rf"^{re.escape(welsh)}", english, text, flags=re.MULTILINE | re.IGNORECASE)
    return text
