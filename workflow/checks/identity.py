"""A finding that was there before: the same words under the same clause, wherever they stand now.

A reader may draw the edges of a passage a little wider or closer once other words of the post change. What was
answered must not come back for that: a finding takes over the identity of an earlier one when all its words stood in
the earlier text already, in the same order, and most of them were marked then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from workflow.checks.finding import NOT_CHECKED, Finding
from workflow.checks.view import View

#: How much of both passages must be the same words.
MOSTLY: Final = 0.5

#: Of a passage that is repeated over and over.
MOST_PLACES: Final = 50

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A finding of an earlier revision: `text` is the part that it stood in, from `start` to `end`."""

    key: str
    clause: str
    text: str
    start: int
    end: int


def settle(
    found: Sequence[Finding], text: str, earlier: Sequence[Earlier], taken: set[str] | None = None
) -> list[Finding]:
    """The findings of `text`, those that were there before with the key that they had then.

    An earlier key is taken over once only, and never one that another finding has by itself. `taken` holds the keys of
    all findings where `text` is one part of several; what is taken over is added to it.
    """
    taken = {finding.key for finding in found} if taken is None else taken
    settled = []
    for finding in found:
        old = None if finding.clause == NOT_CHECKED else _before(finding, text, earlier, taken)
        if old is not None:
            taken.add(old.key)
            finding = replace(finding, key=old.key)
        settled.append(finding)
    return settled


def _before(finding: Finding, text: str, earlier: Sequence[Earlier], taken: set[str]) -> Earlier | None:
    mine = _words(text[finding.start : finding.end])
    if not mine:
        return None
    best: tuple[float, Earlier] | None = None
    for old in earlier:
        if old.key == finding.key:
            return None  # it has its own identity already
        if old.clause == finding.clause and old.key not in taken:
            share = _shared(mine, old)
            if share >= MOSTLY and (best is None or share > best[0]):
                best = share, old
    return best[1] if best else None


def _shared(mine: list[str], old: Earlier) -> float:
    """How much of the longer of both passages is the same words; 0 where a word is new."""
    before, marked, after = (
        _words(part) for part in (old.text[: old.start], old.text[old.start : old.end], old.text[old.end :])
    )
    whole = before + marked + after
    first, last = len(before), len(before) + len(marked)
    most = 0
    for place in _places(whole, mine):
        most = max(most, min(last, place + len(mine)) - max(first, place))
    return most / max(len(mine), len(marked), 1)


def _places(whole: list[str], mine: list[str]) -> list[int]:
    """Where `mine` stands in `whole`, word for word; the first few places, for more are the work of a joker."""
    joined, wanted = " ".join(["", *whole, ""]), " ".join(["", *mine, ""])
    places: list[int] = []
    at, last, words = joined.find(wanted), 0, 0
    while at >= 0 and len(places) < MOST_PLACES:
        words += joined.count(" ", last, at)
        places.append(words)
        last, at = at, joined.find(wanted, at + 1)
    return places


def _words(text: str) -> list[str]:
    return _WORD.findall(View(text).lowered)
