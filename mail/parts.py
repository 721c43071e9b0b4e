"""The parts of a message: its texts, joined, and everything else as attachments. All leaves are walked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from mail import headers
from mail.charsets import decode, safe_text
from mail.html import text_of
from mail.sniff import media_type

MAX_PARTS = 500
MAX_DEPTH = 30
MAX_TEXT = 1_000_000
MAX_HTML = 2_000_000


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is not its text; `type` is what the bytes are, `name` is safe to show and to store."""

    name: str
    type: str
    size: int
    content: bytes = field(repr=False)
    inline: bool = False


@dataclass
class Parts:
    """What was found while walking a message."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text as a person reads it: the plain parts, or the HTML where there is no plain text."""
        plain = "\n".join(one for one in self.plain if one.strip()).strip("\n")
        chosen = plain if plain.strip() else "\n".join(self._from_html(one) for one in self.html).strip()
        if len(chosen) > MAX_TEXT:
            self.note(f"The text is longer than {MAX_TEXT:,} characters; only its beginning was read.")
        return chosen[:MAX_TEXT]

    def note(self, problem: str) -> None:
        """Keep a problem, each once."""
        if problem and problem not in self.problems:
            self.problems.append(problem)

    def _from_html(self, html: str) -> str:
        if not re.sub(r"<[^<>]*>|\s|&nbsp;", "", html[:MAX_HTML]):
            return ""
        html = html[:MAX_HTML]
        try:
            return safe_text(text_of(html)).strip()
        except Exception as fault:  # noqa: BLE001  lxml raises many kinds; the mail must still be read
            self.note(
                f"The HTML of this mail could not be read well ({type(fault).__name__}); its tags were taken out."
            )
            return safe_text(re.sub(r"<[^<>]*>", " ", html))


def read_parts(message: Message) -> Parts:
    """Walk all leaves of `message`; what goes wrong with one part is noted and does not stop the others."""
    parts = Parts()
    for number, (part, inside_alternative, related) in enumerate(_leaves(message, parts)):
        if number >= MAX_PARTS:
            parts.note(f"The mail has more than {MAX_PARTS} parts; the others were not read.")
            break
        try:
            _take(part, parts, inside_alternative, related)
        except Exception as fault:  # noqa: BLE001  one broken part must not lose the others
            parts.note(f"One part of this mail could not be read ({type(fault).__name__}).")
    return parts


def _leaves(message: Message, parts: Parts) -> Iterator[tuple[Message, bool, bool]]:
    """(leaf, in an alternative, in a related group but not its root), in order, without recursion."""
    waiting: list[tuple[Message, int, bool, bool]] = [(message, 0, False, False)]
    while waiting:
        part, depth, alternative, related = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() != "multipart" or not isinstance(payload, list):
            yield part, alternative, related
            continue
        if depth >= MAX_DEPTH:
            parts.note(f"The mail has parts within parts more than {MAX_DEPTH} deep; the deeper ones were not read.")
            continue
        kind = part.get_content_subtype()
        children = [child for child in payload if isinstance(child, Message)]
        for index in reversed(range(len(children))):
            in_related = related or (kind == "related" and index > 0)
            waiting.append((children[index], depth + 1, alternative or kind == "alternative", in_related))


def _take(part: Message, parts: Parts, alternative: bool, related: bool) -> None:
    kind = part.get_content_type()
    name = _file_name(part)
    disposition = str(part.get("Content-Disposition") or "").split(";")[0].strip().lower()
    if kind in ("message/rfc822", "message/global", "message/news"):
        _take_message(part, parts, name)
        return
    content = _bytes(part)
    if kind in ("text/plain", "text/html") and _is_body(part, parts, kind, name, disposition, content):
        _take_text(part, content, kind, parts)
        if not name:
            return
    if kind in ("message/delivery-status", "message/disposition-notification", "text/rfc822-headers"):
        name = name or kind.split("/")[1] + ".txt"
    elif kind == "text/calendar":
        parts.note("The mail has an appointment in it; it was kept as an attachment.")
    elif kind in ("text/enriched", "text/richtext", "text/watch-html", "text/x-amp-html") and alternative and not name:
        return
    if not content and not name:
        return
    found = media_type(content, kind)
    if found == "application/ms-tnef":
        parts.note("The mail has its attachments packed by Outlook (winmail.dat); they were kept as they came.")
    number = len(parts.attachments) + 1
    parts.attachments.append(
        Attachment(
            name or _made_up_name(number, found), found, len(content), content, related or disposition == "inline"
        )
    )


def _is_body(part: Message, parts: Parts, kind: str, name: str, disposition: str, content: bytes) -> bool:
    """Whether a text part is what the person wrote: a named one is, too, while nothing else has been found."""
    if disposition == "attachment" or _is_binary(content[:2000], str(part.get_param("charset") or "")):
        return False
    return not name or (kind == "text/plain" and not parts.plain and not parts.html)


def _is_binary(start: bytes, charset: str) -> bool:
    """Whether bytes that are called text are none: NULs among many control characters, in no wide character set."""
    wide = charset.lower().replace("_", "-").startswith(("utf-16", "utf-32", "utf16", "utf32", "ucs-", "iso-10646-ucs"))
    controls = sum(byte < 9 or 13 < byte < 32 for byte in start)
    return b"\0" in start and not wide and controls * 20 > len(start)


def _take_text(part: Message, content: bytes, kind: str, parts: Parts) -> None:
    charset = part.get_param("charset")
    label = charset[2] if isinstance(charset, tuple) else charset
    text, problem = decode(content, str(label) if label else None)
    parts.note(problem)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/html":
        parts.html.append(text)
    elif str(part.get_param("format") or "").lower() == "flowed":
        parts.plain.append(unflowed(text, str(part.get_param("delsp") or "").lower() == "yes"))
    else:
        parts.plain.append(text)


def _take_message(part: Message, parts: Parts, name: str) -> None:
    """A mail inside the mail: kept whole, named after its subject."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload and isinstance(payload[0], Message) else None
    if inner is None:
        content = _bytes(part)
    else:
        try:
            content = inner.as_bytes(unixfrom=False)
        except Exception as fault:  # noqa: BLE001  the generator raises many kinds on broken headers
            parts.note(f"A mail inside this mail is broken ({type(fault).__name__}); its text was kept.")
            content = inner.as_string().encode("utf-8", "replace") if inner.preamble is None else b""
    subject = headers.value(inner, "Subject") if inner is not None else ""
    parts.attachments.append(
        Attachment(name or safe_name(subject[:80] or "message") + ".eml", "message/rfc822", len(content), content)
    )


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    plain = part.get_payload()
    return plain.encode("utf-8", "surrogateescape") if isinstance(plain, str) else b""


def _file_name(part: Message) -> str:
    try:
        raw = part.get_filename() or ""
    except (ValueError, TypeError, LookupError, AttributeError, IndexError):
        raw = ""
    return safe_name(headers.decoded(str(raw))) if raw else ""


def safe_name(name: str) -> str:
    """A file name without folders, control characters or leading dots, at most 150 characters; "" if none is left."""
    name = re.split(r"[\\/]", safe_text(name).strip())[-1]
    name = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:\"|?*]", "", name).strip().lstrip(".")
    if len(name) > 150:
        stem, dot, ending = name.rpartition(".")
        name = stem[: 149 - len(ending)] + dot + ending if dot and len(ending) <= 10 else name[:150]
    return name


def _made_up_name(number: int, kind: str) -> str:
    ending = {"text/plain": "txt", "image/jpeg": "jpg", "text/calendar": "ics", "application/octet-stream": "bin"}
    plain = re.sub(r"[^a-z0-9]", "", kind.split("/")[-1].split("+")[0])[:8]
    return f"part-{number}.{ending.get(kind, plain or 'bin')}"


def unflowed(text: str, delsp: bool = False) -> str:
    """Text of format=flowed (RFC 3676) with its soft line breaks joined."""
    joined: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        soft = content.endswith(" ") and content != "-- "
        stuffed = ">" * depth + (" " if depth else "") + content
        if open_depth == depth and joined and content != "-- ":
            joined[-1] = (joined[-1][:-1] if delsp else joined[-1]) + content
        else:
            joined.append(stuffed)
        open_depth = depth if soft else None
    return "\n".join(joined)
