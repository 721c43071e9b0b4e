"""Nearly the same text as a recent post on the channel.

Compared by the sets of all pairs of neighbouring words ("shingles"; A. Z. Broder, On the resemblance and containment of
documents, 1997): linear in the length of the texts, and blind to a changed greeting or date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.house.draft import Draft, Recent, Remark

TOGETHER: Final = 2
#: Shorter texts are alike by chance ("We are closed today.").
LEAST_WORDS: Final = 8
#: How much of both texts together must be the same.
ALIKE: Final = 0.65

_WORD: Final = re.compile(r"[^\W_]+")

Run = tuple[str, ...]


def find(draft: Draft) -> Iterator[Remark]:
    """The words that the text shares with the recent post that is most like it; one remark at most."""
    mine = _runs(draft.text)
    if len(mine) <= LEAST_WORDS - TOGETHER:
        return
    best: tuple[float, Recent, set[Run]] | None = None
    for recent in draft.context.recent:
        theirs = _runs(recent.text)
        if min(len(mine), len(theirs)) < ALIKE * max(len(mine), len(theirs)):
            continue
        shared = mine.keys() & theirs.keys()
        alike = len(shared) / (len(mine) + len(theirs) - len(shared))
        if alike >= ALIKE and (best is None or alike > best[0]):
            best = alike, recent, shared
    if best:
        alike, recent, shared = best
        start, end = min(mine[run][0] for run in shared), max(mine[run][1] for run in shared)
        which = recent.ref or "a recent post on this channel"
        why = f"This is {'the same' if alike == 1 else 'nearly the same'} as {which}. Followers see both."
        yield Remark(
            start, end, why, "Say what is new, or share the earlier post again. If it is a reminder, leave it."
        )


def _runs(text: str) -> dict[Run, tuple[int, int]]:
    """Every run of words, in small letters, and where it stands first."""
    found = [(match[0].casefold(), *match.span()) for match in _WORD.finditer(text)]
    runs: dict[Run, tuple[int, int]] = {}
    for at in range(len(found) - TOGETHER + 1):
        run = found[at : at + TOGETHER]
        runs.setdefault(tuple(word for word, _, _ in run), (run[0][1], run[-1][2]))
    return runs
