"""A plain view of a text to search in, and the way back to the places in the original.

Fancy letters, invisible characters and curly quotes must not hide words: NFKD without marks (so that composed and
decomposed letters read the same), no format characters, straight quotes and dashes, single spaces.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import cached_property, lru_cache
from typing import Final

_PLAIN: Final = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u0060", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}
_MARKS: Final = frozenset({"Mn", "Me"})
_SENTENCE_END: Final = re.compile(r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bNo)[.!?]+(?=[\s\"')]|\Z)|\n")


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What one code point looks like in the view: "" where it is invisible."""
    if character in _PLAIN:
        return _PLAIN[character]
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category == "Cf" or category in _MARKS:
        return ""
    if category == "Cc":
        return character if character in "\t\n\r\v\f" else ""
    parts = unicodedata.normalize("NFKD", character)
    return "".join(_PLAIN.get(part, part) for part in parts if unicodedata.category(part) not in _MARKS)


class View:
    """`text` is what readers search; `original()` turns a place in it into code-point offsets of the source."""

    def __init__(self, source: str) -> None:
        self.source = source
        characters: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for offset, character in enumerate(source):
            plain = _plain(character)
            if not plain and ends and unicodedata.category(character) in _MARKS:
                ends[-1] = offset + 1  # a mark belongs to the letter that it stands on
            for part in plain:
                if part.isspace() and characters and characters[-1].isspace():
                    ends[-1] = offset + 1
                    continue
                characters.append(" " if part.isspace() else part)
                starts.append(offset)
                ends.append(offset + 1)
        for position, character in enumerate(characters):
            # A blank line parts paragraphs; a single line break is only a wrapped line.
            if character == " " and source.count("\n", starts[position], ends[position]) > 1:
                characters[position] = "\n"
        self.text = "".join(characters)
        self._starts = starts
        self._ends = ends

    @cached_property
    def lowered(self) -> str:
        """The view in small letters, to look quickly whether a word occurs at all."""
        return self.text.lower()

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.text)]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into the source of the view's passage [start, end), which must not be empty."""
        return self._starts[start], self._ends[end - 1]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The view's passage that shows the source's [start, end); an empty one where nothing of it shows."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def sentences(self, start: int, end: int, *, before: int, after: int, reach: int) -> tuple[int, int]:
        """The passage's sentence with so many before and after it, but at most `reach` characters either side."""
        position = bisect_right(self._sentence_ends, start) - before
        first = self._sentence_ends[position - 1] if position > 0 else 0
        position = bisect_right(self._sentence_ends, max(start, end - 1)) + after
        last = self._sentence_ends[position] if position < len(self._sentence_ends) else len(self.text)
        return max(first, start - reach), min(max(last, end), end + reach)

    def around(self, start: int, end: int, reach: int = 200) -> tuple[str, str]:
        """What stands before and after the passage in its sentence, at most `reach` characters each."""
        position = bisect_right(self._sentence_ends, start)
        first = self._sentence_ends[position - 1] if position else 0
        position = bisect_right(self._sentence_ends, end - 1)
        last = self._sentence_ends[position] if position < len(self._sentence_ends) else len(self.text)
        return self.text[max(first, start - reach) : start], self.text[end : min(max(last, end), end + reach)]
