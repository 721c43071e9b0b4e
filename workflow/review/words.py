"""What is done to everything that people type, before anything else looks at it. Pure."""

from __future__ import annotations

BROKEN = "\ufffd"  # shown in the place of a character that cannot be stored or published
_LINE = " \t"


def tidied(text: str) -> str:
    """`text` with line breaks as one line feed each, and without blank lines at its beginning and end.

    Browsers send CR LF and count LF. workflow/web/static/counts.js does the same before it counts.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first, last = 0, len(lines)
    while last - first > 1 and not lines[first].strip(_LINE):
        first += 1
    while last - first > 1 and not lines[last - 1].strip(_LINE):
        last -= 1
    return "\n".join(lines[first:last])


def with_broken_shown(text: str) -> str:
    """`text` with what cannot be shown (control data, half characters) replaced by a sign that can be seen."""
    return "".join(BROKEN if _is_broken(char) else char for char in text)


def _is_broken(char: str) -> bool:
    code = ord(char)
    control = code < 0x20 or 0x7F <= code < 0xA0
    no_character = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
    return (control and char not in "\n\t") or no_character
