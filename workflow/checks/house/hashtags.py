"""Hashtags of several words in small letters: a screen reader says them as one, and people read them slowly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.house.draft import Draft, Remark, quoted
from workflow.checks.house.word_split import split

_TAG: Final = re.compile(r"(?<![\w&/#])[#＃]([A-Za-z0-9_]{6,80})(?!\w)")
#: Words and numbers as their writer parted them: a capital begins a word; several are one word in capitals.
_PIECE: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|_+")
_LEAST: Final = 6
_CAPITALS: Final = {"nhs": "NHS", "uk": "UK", "gp": "GP"}


def find(draft: Draft) -> Iterator[Remark]:
    """Each such hashtag, with how to write it. What may be one word, or a name, is left alone."""
    for tag in _TAG.finditer(draft.text):
        better = camel_case(tag[1])
        if better != tag[1]:
            why = "This hashtag has several words. A screen reader says them as one unless each has a capital."
            yield Remark(tag.start(), tag.end(), why, f"Write it as {quoted('#' + better)}.")


def camel_case(tag: str) -> str:
    """The hashtag's name with a capital for each word, or as it is where its words are not certain."""
    return "".join(_with_capitals(piece) for piece in _PIECE.findall(tag))


def _with_capitals(piece: str) -> str:
    words = split(piece) if len(piece) >= _LEAST else (piece,)
    return "".join(_CAPITALS.get(word) or word.capitalize() for word in words) if len(words) > 1 else piece
