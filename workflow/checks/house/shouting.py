"""Shouting: many words in capitals, or many exclamation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.house.draft import Draft, Remark, quoted

WORDS: Final = 5
#: Acronyms are short: so many of the words must be longer than they are.
LONG_WORDS: Final = 3
LONG: Final = 5

_RUN: Final = re.compile(r"(?<![\w#@/'’])[A-Z][A-Z'’]*+(?:[,;:.!?&-]{0,2}[ \n]{1,2}[A-Z0-9][A-Z'’0-9]*+(?![\w@/]))+")
_WORD: Final = re.compile(r"[A-Z][A-Z'’]*")
_MARKS: Final = re.compile(r"!(?:[ ]?[!?]){2,}|\?{2,}!|!\?{2,}")


def find(draft: Draft) -> Iterator[Remark]:
    """Each run of words in capitals, and each of exclamation marks."""
    for run in _RUN.finditer(draft.text):
        words = _WORD.findall(run[0])
        if len(words) >= WORDS and sum(len(word) >= LONG for word in words) >= LONG_WORDS:
            why = f"The words {quoted(run[0])} in capitals read like shouting, and are slow to read."
            yield Remark(run.start(), run.end(), why, "Write them in small letters; keep capitals for names.")
    for run in _MARKS.finditer(draft.text):
        yield Remark(*run.span(), "So many exclamation marks read like shouting.", "Use one, or a full stop.")
