"""From the encoder's numbers to passages: which words of a text touch a clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: A token belongs to a passage from this share of the surest token's probability on.
SHARE: Final = 0.45
#: Tokens below the share that may stand within a passage.
GAP: Final = 4
#: A second passage of the same clause in one window must be about as sure as the first.
SECOND: Final = 0.75

Places = Sequence[tuple[int, int]]


def passages(chances: NDArray[np.float32], places: Places, text: str) -> list[tuple[int, int, float]]:
    """The passages that one window's token probabilities (tokens,) point at: start, end and surest token's
    probability, in the order of their places. At least one; ends are those of whole words.

    `places` are the tokens' start and end in `text`; a token without letters of its own has (0, 0).
    """
    inside = np.array([end > start for start, end in places])
    chances = np.where(inside, chances, 0.0)
    best = float(chances.max())
    runs: list[list[int]] = []
    for n in np.flatnonzero(chances >= SHARE * best):
        if runs and n - runs[-1][1] <= GAP:
            runs[-1][1] = int(n)
        else:
            runs.append([int(n), int(n)])
    found = [(first, last, float(chances[first : last + 1].max())) for first, last in runs]
    return [
        (*_whole_words(text, places[first][0], places[last][1]), sure)
        for first, last, sure in found
        if sure >= SECOND * best
    ]


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
