"""What a person newly wrote in a mail, without the quoted mail below it, the signature and the disclaimer.

In layers, the surest first: our own marker line; lines equal to the mail we sent; the known forms of mail programs
(English, Welsh and the commonest others); and last, where none of these fits, the library `mailparser_reply`.
Cutting too much is the worse fault: where it is not clear, text stays. What is cut is given back, never lost.
"""

import re
from collections.abc import Sequence

from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]  # ships no types

from mail.signature import signature_start

MARKER = "-- Please write your reply above this line / Ysgrifennwch eich ateb uwchben y llinell hon --"
"""Stands in all our mails that may be answered. It helps; it is never required."""

MAX_LINES = 20_000
MAX_LINE = 600
"""Longer lines introduce no quoted mail: they are not looked at, so that patterns stay quick on hostile text."""
_LIBRARY_LIMIT = 20_000
_MARKER_WORDS = "your reply above this line"

_WROTE = (
    r"wrote|writes|sent|said|ysgrifennodd|ysgrifenodd|schrieb|a écrit|escribió|ha scritto|scrisse|escreveu|"
    r"schreef|napisał|"
    r"napisał\(a\)|napisala?|skrev|kirjoitti|написал|пишет|写道|пише|đã viết|verzond|geschreven|napsal|a scris|yazdı"
)
_ON = r"On|Ar|Am|Le|El|Il|Em|Op|W dniu|Dnia|Den|Dne|Il giorno|Vào|Pe|Den|tor|ons|fre|man|tir|lør|søn|На|A"
_INTRO = re.compile(
    rf"^[\s>*]*(?:{_ON})[\s,.]\S.{{0,400}}?\b(?:{_WROTE})\b[^\n]{{0,120}}:?\s*$", re.IGNORECASE | re.DOTALL
)
_DATED_INTRO = re.compile(
    rf"^[\s>*]*(?=.*\d).{{3,200}}(?:<[^<>\s]+@[^<>\s]+>|"
    rf"\({{1}}[^()\s]+@[^()\s]+\)|\[mailto:[^\]]+\]|\b(?:{_WROTE})\b).{{0,60}}:\s*$",
    re.IGNORECASE,
)
_DASHED_INTRO = re.compile(rf"^\s*-{{2,}}.{{3,120}}\b(?:{_WROTE})\s*-{{2,}}\s*$", re.IGNORECASE)
_MID_LINE_INTRO = re.compile(
    r"^(?P<own>[^\n>]{1,300}?[^\n>\s-])[ \t]*-*[ \t]"
    r"(?P<intro>On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,[^\n]{5,200} wrote:)[ \t]*$",
    re.MULTILINE,
)
_DATE_ADDRESS = re.compile(r"^\s*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.{0,120}<[^<>\s]+@[^<>\s]+>:?\s*$")
_SOMEBODY = re.compile(rf"^[^\n<>]{{1,80}}<?[^<>\s]+@[^<>\s]+>?[^\n]{{0,60}}\s(?:{_WROTE})\s*:\s*$", re.IGNORECASE)
_DIVIDER = re.compile(
    r"^[\s>*]*(?:[-_=*]{2,}\s*(?:original|forwarded|reply)[\s-]+"
    r"(?:message|appointment|mail|e-?mail)?[^\n]{0,60}?[-_=*]{2,}|"
    r"-{2,}\s*(?:neges wreiddiol|neges a anfonwyd ymlaen|ursprüngliche nachricht|message d'origine|mensaje original|"
    r"messaggio originale|oprindelig meddelelse|oorspronkelijk bericht|original message|oprindelig besked)\s*-{2,}"
    r"|-{2,}\s*reply to message\s*-{2,})\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^[\s>*]*(?:-{2,}\s*(?:forwarded message|neges a anfonwyd ymlaen|neges wedi'i hanfon ymlaen|"
    r"weitergeleitete nachricht|message transféré)[^\n]{0,60}|"
    r"begin forwarded message:|dechrau neges a anfonwyd ymlaen:?)\s*$",
    re.IGNORECASE,
)
_FIELD_NAMES = {
    "from": "from|oddi wrth|o|gan|von|de|da|van|från|fra|från|od|lähettäjä|từ|de la|发件人|kimden|от",
    "date": "sent|date|anfonwyd|dyddiad|gesendet|datum|envoyé|enviado|fecha|"
    "inviato|data|verzonden|skickat|sendt|dato|wysłano|lähetetty|ngày|gửi|отправлено|дата",
    "to": "to|at|i|an|à|para|a|aan|till|til|do|vastaanottaja|đến|tới|кому",
    "subject": "subject|pwnc|testun|betreff|objet|sujet|asunto|oggetto|onderwerp|"
    "ämne|emne|temat|aihe|chủ đề|assunto|тема",
    "cc": "cc|copi|kopie|kopia|kopi|importance|priority|reply-to",
}
_FIELD = re.compile(
    r"^[\s>*_]*(?:" + "|".join(f"(?P<{kind}>{names})" for kind, names in _FIELD_NAMES.items()) + r")[\s*_]*:[\s*_]*\S?",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s*(?:[_=-]{20,}|[-_]{5,})\s*$")
_QUOTED = re.compile(r"^\s{0,3}>")


def newly_written(text: str, parent: str | None = None) -> tuple[str, str]:
    """(what the person newly wrote, what was cut), from a plain-text body; `parent` is the mail we sent, if known.

    Never raises. When a cut would leave nothing but there is text that is not quoted, nothing is cut.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _MID_LINE_INTRO.sub(r"\g<own>\n\g<intro>", text).split("\n")
    if len(lines) > MAX_LINES:
        return text.strip(), ""
    keep = [True] * len(lines)
    found = _cut_marker(lines, keep)
    if parent:
        found |= _cut_parent(lines, keep, parent)
    found |= _cut_known_forms(lines, keep)
    if not found:
        _cut_by_library(text, lines, keep)
    body = [i for i, kept in enumerate(keep) if kept]
    start = signature_start([lines[i] for i in body])
    if start is not None:
        for i in body[start:]:
            keep[i] = False
    return _joined(lines, keep, True), _joined(lines, keep, False)


def _joined(lines: Sequence[str], keep: Sequence[bool], wanted: bool) -> str:
    chosen = [line.rstrip() for line, kept in zip(lines, keep, strict=True) if kept is wanted]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(chosen)).strip("\n").strip()


def _written(lines: Sequence[str], keep: Sequence[bool]) -> bool:
    """Whether anything is left that the person may have written."""
    return any(kept and line.strip() and not _QUOTED.match(line) for line, kept in zip(lines, keep, strict=True))


def _cut_if_something_stays(lines: Sequence[str], keep: list[bool], start: int, end: int) -> bool:
    """Cut [start, end) unless that leaves nothing a person wrote."""
    trial = keep[:start] + [False] * (end - start) + keep[end:]
    if not _written(lines, trial):
        return False
    keep[:] = trial
    return True


def _cut_marker(lines: Sequence[str], keep: list[bool]) -> bool:
    for index, line in enumerate(lines):
        if _MARKER_WORDS in line.lower():
            start = _intro_before(lines, index)
            if not any(one.strip() for one in lines[:start]):
                # They typed below the line: only the line itself and what is quoted goes.
                return _cut_if_something_stays(lines, keep, start, index + 1)
            return _cut_if_something_stays(lines, keep, start, len(lines))
    return False


def _intro_before(lines: Sequence[str], index: int) -> int:
    """Where the "On ... wrote:" that leads to line `index` begins, or `index` when there is none."""
    above = [i for i in range(max(0, index - 12), index) if lines[i].strip()]
    for i in above:
        if _splitter_length(lines, i):
            return i
    return index


def _cut_parent(lines: Sequence[str], keep: list[bool], parent: str) -> bool:
    """Cut runs of two and more lines (or one long one) that stand in the mail we sent, quoted or not."""
    ours = {_bare(line) for line in parent.splitlines()} - {""}
    same = [_bare(line) in ours for line in lines]
    cut = False
    index = 0
    while index < len(lines):
        end = index
        while end < len(lines) and (same[end] or (not _bare(lines[end]) and end > index)):
            end += 1
        matching = [i for i in range(index, end) if same[i]]
        if matching and (len(matching) > 1 or len(_bare(lines[matching[0]])) > 40 or _QUOTED.match(lines[matching[0]])):
            cut |= _cut_if_something_stays(lines, keep, index, end)
        index = max(end, index + 1)
    return cut


def _bare(line: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"^[\s>]+", "", line)).strip()


def _cut_known_forms(lines: Sequence[str], keep: list[bool]) -> bool:
    """Cut at the first line that introduces another mail, and every quoted block of two and more lines."""
    cut = False
    for index in range(len(lines)):
        if not keep[index] or not lines[index].strip():
            continue
        if _FORWARD.match(lines[index][:MAX_LINE]) and not _QUOTED.match(lines[index]):
            break  # a forwarded mail is what they want to say: see mail.forwarded
        length = _splitter_length(lines, index)
        if length and _cut_from(lines, keep, index, index + length):
            cut = True
            break
    return _cut_quoted_blocks(lines, keep) or cut


def _cut_from(lines: Sequence[str], keep: list[bool], start: int, after: int) -> bool:
    """Cut the introduction and what it introduces: the quoted lines, or everything when they are not marked."""
    following = next((i for i in range(after, len(lines)) if lines[i].strip()), None)
    if following is None:
        return _cut_if_something_stays(lines, keep, start, len(lines))
    if not _QUOTED.match(lines[following]):
        return _cut_if_something_stays(lines, keep, start, len(lines))
    last = max(i for i in range(following, len(lines)) if _QUOTED.match(lines[i]))
    stray = [i for i in range(following, last) if lines[i].strip() and not _QUOTED.match(lines[i])]
    if not stray:
        return _cut_if_something_stays(lines, keep, start, last + 1)
    return _cut_if_something_stays(lines, keep, start, after)  # answers between quotes: the blocks go one by one


def _cut_quoted_blocks(lines: Sequence[str], keep: list[bool]) -> bool:
    blocks: list[tuple[int, int]] = []
    index = 0
    while index < len(lines):
        if not _QUOTED.match(lines[index]):
            index += 1
            continue
        end = index
        while end < len(lines) and (_QUOTED.match(lines[end]) or not lines[end].strip()):
            end += 1
        blocks.append((index, end))
        index = end
    cut = False
    for start, end in blocks:
        quoted = sum(1 for i in range(start, end) if lines[i].strip())
        at_end = not any(line.strip() for line in lines[end:])
        introduced = start > 0 and any(not keep[i] for i in range(max(0, start - 3), start))
        if quoted > 1 or at_end or introduced or len(blocks) > 1:
            cut |= _cut_if_something_stays(lines, keep, start, end)
    return cut


def _splitter_length(lines: Sequence[str], index: int) -> int:
    """How many lines from `index` introduce another mail (0: none do)."""
    line = lines[index]
    if len(line) > MAX_LINE:
        return 0
    if (
        _DIVIDER.match(line)
        or _DASHED_INTRO.match(line)
        or _DATE_ADDRESS.match(line)
        or _DATED_INTRO.match(line)
        or _SOMEBODY.match(line)
    ):
        return 1
    for count in (1, 2, 3, 4):
        joined = " ".join(part.strip(" >") for part in lines[index : index + count])
        if len(joined) <= 500 and joined.endswith(":") and _introduces(joined, count):
            return count
    if _RULE.match(line):
        following = next((i for i in range(index + 1, min(index + 4, len(lines))) if lines[i].strip()), None)
        return following - index if following is not None and _field_block(lines, following) else 0
    return _field_block(lines, index)


def _introduces(joined: str, count: int) -> bool:
    if count == 2 and _DATED_INTRO.match(joined) and re.match(r"\s*\d", joined):
        return True
    return bool(_INTRO.match(joined)) and _plausible(joined)


def _plausible(intro: str) -> bool:
    """An introduction names a day, a time or an address: "On reflection I wrote:" does not."""
    return bool(re.search(r"\d|@", intro)) or len(intro) < 60


def _field_block(lines: Sequence[str], index: int) -> int:
    """The length of a block "From: ... Sent: ... To: ... Subject: ..." that begins at `index`, or 0."""
    first = _FIELD.match(lines[index][:MAX_LINE])
    if not first or not (first["from"] or first["date"]):
        return 0
    kinds: set[str] = set()
    last = index
    for i in range(index, min(index + 14, len(lines))):
        match = _FIELD.match(lines[i][:MAX_LINE])
        if match:
            kinds.update(kind for kind, found in match.groupdict().items() if found)
            last = i
        elif not lines[i].strip():
            if len(kinds) >= 3 or i - last > 1:
                break
        elif i - last > 2:
            break
    enough = "from" in kinds and ("date" in kinds or "subject" in kinds) and len(kinds) >= 3
    return last - index + 1 if enough else 0


def _cut_by_library(text: str, lines: Sequence[str], keep: list[bool]) -> None:
    """The last layer: take the library's cut only when it is a plain beginning of the text."""
    if len(text) > _LIBRARY_LIMIT:
        return
    replies = EmailReplyParser(languages=["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]).read(text).replies
    if len(replies) < 2 or not replies[0].content.strip():
        return
    kept = len(replies[0].content.rstrip().split("\n"))
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if [x.strip() for x in lines[start : start + kept]] == [x.strip() for x in replies[0].content.strip().split("\n")]:
        _cut_if_something_stays(lines, keep, start + kept, len(lines))
