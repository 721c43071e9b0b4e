"""Many emoji: a screen reader says the name of each one aloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from workflow.checks.house.draft import Draft, Remark

MOST: Final = 4
IN_A_ROW: Final = 3

# A flag, a keycap, or a pictograph with its colour and all that is joined to it: one sign to a reader (Unicode UTS 51).
_EMOJI: Final = regex.compile(
    r"\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3"
    r"|(?!\p{RI})(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}])"
    r"\uFE0F?\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*+(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*+"
)


def emoji_in(text: str) -> Iterator[tuple[int, int]]:
    """The places of all emoji, each as people see it."""
    if not text.isascii():
        yield from (found.span() for found in _EMOJI.finditer(text))


def find(draft: Draft) -> Iterator[Remark]:
    """One remark on the first run of the same emoji, and one on the first that is too many."""
    places = list(emoji_in(draft.text))
    run = _run(draft.text, places)
    if run:
        why = "The same emoji stands here several times in a row. A screen reader says its name each time."
        yield Remark(*run, why, "Use it once.")
    if len(places) > MOST:
        start, end = places[MOST]
        why = f"There are {len(places)} emoji in this text; this is number {MOST + 1}. A screen reader says each aloud."
        yield Remark(start, end, why, "Keep the one or two that help, at the end of a line.")


def _run(text: str, places: list[tuple[int, int]]) -> tuple[int, int] | None:
    first = 0
    for at in range(1, len(places) + 1):
        before = places[at - 1]
        if at < len(places) and before[1] == places[at][0] and _same(text, before, places[at]):
            continue
        if at - first >= IN_A_ROW:
            return places[first][0], before[1]
        first = at
    return None


def _same(text: str, one: tuple[int, int], other: tuple[int, int]) -> bool:
    return text[slice(*one)] == text[slice(*other)]
