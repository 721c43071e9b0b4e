"""Where a signature, a device line or a disclaimer begins; and the closing words of a letter."""

import re
from collections.abc import Sequence

MAX_SIGNATURE_LINES = 15
_DELIMITER = re.compile(r"^\s*(?:--|—|–|__)\s?$|^\s*[-_]{2,3}\s*$")
_DEVICE = re.compile(
    r"^\s*[*_(<\[]{0,3}(?:sent (?:from|via|with|using|by) (?:(?:my|an?|the|mobile) )?"
    r"[\w.()'’-]+(?: [\w.()'’-]+){0,5} ?"
    r"(?:<?\(?https?://\S+\)?>?)?|"
    r"get outlook for (?:ios|android)\b.*|anfonwyd o(?:'|’)?(?:m|r| fy)? .{2,40}|"
    r"von meinem \w+ gesendet|gesendet von meinem .{2,40}|"
    r"envoyé (?:de|depuis) mon .{2,40}|enviado desde mi .{2,40}|"
    r"inviato da(?:l mio)? .{2,40}|verstuurd vanaf mijn .{2,40}|"
    r"skickat från min .{2,40}|sendt fra min .{2,40}|wysłane z .{2,40})[.*_)>\]]{0,3}\s*$",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"^\s*\W{0,5}(?:(?:this|the information in this|the contents of this) "
    r"(?:e-?mail|message|communication)\b.{0,120}\b(?:confidential|privileged|intended|"
    r"solely)|(?:confidentiality|privacy|legal) (?:notice|note|warning)\s*:?|disclaimer\s*:?\s*$|disclaimer:|"
    r"mae(?:'|’)r (?:e-?bost|neges) (?:hwn|hon)\b.{0,120}\b(?:cyfrinachol|bwriedir|bwriadwyd)|ymwadiad\s*:)",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\s*(?:(?:kind|best|warm|many|with) (?:regards|wishes|thanks)|kindest regards|warmest regards|"
    r"regards|all the best|best|cheers|thanks|many thanks|"
    r"thank you|yours (?:sincerely|faithfully|truly)|sincerely|cofion(?: gorau| cynnes)?|diolch(?: yn fawr)?(?: iawn)?|"
    r"dymuniadau gorau|yn gywir|hwyl)[,.!]?\s*$",
    re.IGNORECASE,
)


def signature_start(lines: Sequence[str]) -> int | None:
    """The index of the line where the signature begins, or None. Something must stand above it."""
    last = max((i for i, line in enumerate(lines) if line.strip()), default=-1)
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    starts = [i for i in range(first + 1, last + 1) if _begins_signature(lines, i, last)]
    return min(starts) if starts else None


def _begins_signature(lines: Sequence[str], index: int, last: int) -> bool:
    line = lines[index][:400]  # no signature has such lines; patterns stay quick on hostile text
    below = last - index
    if _DELIMITER.match(line):
        short = all(len(one) <= 120 for one in lines[index + 1 : last + 1])
        return below <= MAX_SIGNATURE_LINES and (line.strip("\r") == "-- " or short)
    if _DEVICE.match(line):
        return not any(one.strip() for one in lines[index + 1 : last + 1]) or (
            below <= 6 and all(len(one) <= 80 for one in lines[index + 1 : last + 1])
        )
    return bool(_DISCLAIMER.match(line)) and not lines[index - 1].strip()


def without_closing(text: str) -> tuple[str, str]:
    """(`text` without "Kind regards, name, title" at its end, what was cut): a post needs no letter's ending."""
    lines = text.split("\n")
    for index in range(len(lines) - 1, 0, -1):
        below = [line for line in lines[index + 1 :] if line.strip()]
        if len(below) > 6 or any(len(line) > 60 or line.rstrip().endswith(("?", "!")) for line in below):
            return text, ""
        if _CLOSING.match(lines[index]) and any(line.strip() for line in lines[:index]):
            return "\n".join(lines[:index]).strip(), "\n".join(lines[index:]).strip()
    return text, ""
