"""Fancy letters: signs of mathematics, or letters in circles, where bold or script is meant.

Screen readers say "mathematical bold capital H" for each, or nothing at all, and search does not find the words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workflow.checks.house.draft import Draft, Remark, quoted

# Mathematical alphanumerics, circled and parenthesised letters, fullwidth forms, small capitals and raised letters.
_FANCY: Final = (
    "\U0001d400-\U0001d7ff\u2102\u210a-\u2115\u2119-\u211d\u2124\u2128\u212c\u212d\u2130\u2131\u2133\u2134"
    "\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f\ua730\ua731\u249c-\u24e9\uff21-\uff3a\uff41-\uff5a\u1d00-\u1d25\u1d2c-\u1d5a\U0001f110-\U0001f169"
    "\U0001f172-\U0001f17d\U0001f180-\U0001f189"
)
#: Two letters at least: a lone sign may be one of mathematics.
_RUN: Final = re.compile(rf"[{_FANCY}][{_FANCY}\d'’.,!?:&-]*(?:\s{{1,3}}[{_FANCY}][{_FANCY}\d'’.,!?:&-]*)*")
_LETTER: Final = re.compile(f"[{_FANCY}]")
_SMALL_CAPITALS: Final = re.compile(r"LETTER (?:SMALL CAPITAL |CAPITAL |SMALL )?([A-Z])$")


def find(draft: Draft) -> Iterator[Remark]:
    """Each run of fancy letters, with the plain words."""
    if draft.text.isascii():
        return
    for run in _RUN.finditer(draft.text):
        if len(_LETTER.findall(run[0])) > 1:
            why = "These letters only look like letters. Screen readers spell them out or leave them out."
            words = run[0].rstrip("'’.,!?:&-")
            end = run.start() + len(words)
            yield Remark(run.start(), end, why, f"Write it in plain letters: {quoted(_plain(words))}.")


def _plain(words: str) -> str:
    return "".join(_letter(character) for character in words)


def _letter(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).strip("()")
    if plain.isascii():
        return plain
    named = _SMALL_CAPITALS.search(unicodedata.name(character, ""))
    return named[1] if named else plain
