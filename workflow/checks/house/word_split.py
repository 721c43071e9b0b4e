"""Where the words of a run of letters part, as in a hashtag: only where that is certain.

The words and how common they are come from symspellpy's frequency list (MIT; 82,834 words, names of towns among them);
nothing else of that package is used. The cheapest split by word frequency (a unigram model with Zipf's costs, as in
P. Norvig, Natural Language Corpus Data, 2009) is taken only if no other split is nearly as cheap.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.resources import files
from typing import Final

from workflow.checks.mark import words

LONGEST_RUN: Final = 60
#: How much dearer the next best split must be: e to this power times less likely.
MARGIN: Final = 2.5
#: How common a word of so many letters has to be. A short rare one is a part of another word more often than a word.
_RANK_BY_LENGTH: Final = {3: 3_000, 4: 9_000, 5: 16_000}

_LIST: Final = "frequency_dictionary_en_82_765.txt"
_LONGEST_WORD: Final = 20
_SHORT: Final = words("a at by do go he i if in is it me my no of on so to up us we uk gp")
_NEVER_LAST: Final = frozenset({"a", "be", "i", "of", "the", "and"})
#: Names that the list is too old for, and words that are more common here than in books. "s": as in childrens.
_ADDED: Final = words(
    """bluesky covid facebook gp instagram lest linkedin mastodon nextdoor nhs parkrun s snapchat tiktok uk whatsapp
    windrush youtube"""
)
_RANK_OF_ADDED: Final = 1_000
#: What towns and families are called is no proof of two words: "redcar", "longridge".
_NAMES_END: Final = words(
    """bank bay beach beck bourne bridge brook burgh burn bury by car castle church cliff combe corn cross dale dean den
    ditch down edge end fell field ford gate glen green ground grove hall ham hampton haven head heath hill holm house
    hurst land lake lane lee leigh ley ling low marsh mere mill minster mont moor more moss mouth ness oak over park
    pit pool port ridge sea shire side stead stoke stone stow thorpe ton town tree
    vale view ville wall water way well wick wood worth"""
)
_KEPT: Final = 3
_BEFORE_S: Final = 3
_NOWHERE: Final[tuple[float, tuple[str, ...]]] = (math.inf, ())


@lru_cache(maxsize=1)
def _ranks() -> dict[str, int]:
    lines = files("symspellpy").joinpath(_LIST).read_text(encoding="utf-8-sig").split("\n")
    ranks = {line.partition(" ")[0]: rank for rank, line in enumerate(lines, 1) if line}
    return ranks | dict.fromkeys(_ADDED, _RANK_OF_ADDED)


@lru_cache(maxsize=1024)
def split(letters: str) -> tuple[str, ...]:
    """The words that a run of letters is made of, in small letters; the run itself where that is not certain."""
    run = letters.lower()
    if len(run) > LONGEST_RUN or not (run.isascii() and run.isalpha()):
        return (run,)
    if run in _ranks() or run.removesuffix("s") in _ranks():
        return (run,)
    best, *others = [(cost, _joined(parts)) for cost, parts in _splits(run)]
    chosen = best[1]
    next_best = min((cost for cost, other in others if other != chosen), default=math.inf)
    if len(chosen) < 2 or next_best - best[0] < MARGIN or chosen[-1] in _NEVER_LAST:
        return (run,)
    if len(chosen) == 2 and chosen[1].removesuffix("s") in _NAMES_END and chosen[0] not in _SHORT:
        return (run,)
    return chosen


def _splits(run: str) -> list[tuple[float, tuple[str, ...]]]:
    """The cheapest splits, each with its cost; the time grows with the length alone."""
    best: list[list[tuple[float, tuple[str, ...]]]] = [[(0.0, ())]]
    for end in range(1, len(run) + 1):
        found: list[tuple[float, tuple[str, ...]]] = []
        for start in range(max(0, end - _LONGEST_WORD), end):
            cost = _cost(run[start:end])
            if cost is not None:
                found += [(before + cost, (*parts, run[start:end])) for before, parts in best[start]]
        best.append(sorted(found)[:_KEPT])
    return best[-1] or [_NOWHERE]


def _cost(word: str) -> float | None:
    """What a word costs: the logarithm of how rare it is; None where it is no word to be sure of."""
    rank = _ranks().get(word)
    if len(word) < 3:
        rank = rank if word in _SHORT or word == "s" else None
    if rank is None or rank > _RANK_BY_LENGTH.get(len(word), len(_ranks())):
        return None
    return math.log(rank * math.log(len(_ranks())))


def _joined(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A lone "s" belongs to the word before it: childrens. Nothing where it cannot."""
    joined: list[str] = []
    for word in parts:
        if word != "s":
            joined.append(word)
        elif joined and len(joined[-1]) > _BEFORE_S:
            joined[-1] += "s"
        else:
            return ()
    return tuple(joined)
