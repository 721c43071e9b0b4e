"""The table of house checks: the id that the setting `house_checks_off` takes, the name on pages, what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from workflow.checks.house import dates, emoji, hashtags, letters, links, reading, repeats, shouting
from workflow.checks.house.draft import Draft, Remark

#: What the source of a house check's finding begins with; its id follows.
SOURCE: Final = "house:"


@dataclass(frozen=True, slots=True)
class HouseCheck:
    """One check. `descriptions`: whether it reads the descriptions of pictures as well as the post's words."""

    id: str
    name: str
    looks_for: str
    find: Callable[[Draft], Iterable[Remark]]
    descriptions: bool = False


HOUSE_CHECKS: Final = (
    HouseCheck(
        "hashtags",
        "Hashtags without capitals",
        "hashtags of several words in small letters, where the words are certain; it proposes #LikeThis",
        hashtags.find,
    ),
    HouseCheck(
        "emoji", "Many emoji", "more than four emoji in a text, or the same one three times in a row", emoji.find
    ),
    HouseCheck(
        "fancy-letters",
        "Fancy letters",
        "letters from mathematics or in circles and squares, used as bold or script",
        letters.find,
        descriptions=True,
    ),
    HouseCheck("long-sentences", "Long sentence", "a sentence of more than 35 words", reading.find_long),
    HouseCheck(
        "reading-age", "Hard to read", "a text of at least 50 words for readers of 16 and over", reading.find_hard
    ),
    HouseCheck("http", "Link without https", "links that begin with http://", links.find_http),
    HouseCheck(
        "tracking",
        "Link that tracks",
        "links with parts that follow the reader, such as utm_source",
        links.find_tracking,
    ),
    HouseCheck("short-links", "Shortened link", "links that hide where they lead, such as bit.ly", links.find_short),
    HouseCheck(
        "link-words", "Words for a link", "“click here” and the like, and a link that stands alone", links.find_words
    ),
    HouseCheck(
        "shouting", "Shouting", "five or more words in a row in capitals, or three exclamation marks", shouting.find
    ),
    HouseCheck(
        "repeats", "Like a recent post", "a text that is nearly the same as a recent one on the channel", repeats.find
    ),
    HouseCheck(
        "agency-words",
        "Words the agency watches",
        "the agency's own words, and words for the time before an election",
        dates.find_words,
        descriptions=True,
    ),
    HouseCheck(
        "embargo",
        "Embargo",
        "words under embargo, in a post that would go out before its end",
        dates.find_embargo,
        descriptions=True,
    ),
    HouseCheck(
        "mourning",
        "Day of mourning",
        "exclamation marks, party emoji and chosen words on such a day",
        dates.find_mourning,
    ),
)


def named(source: str) -> HouseCheck | None:
    """The check that a finding's source names; None where it is no house check."""
    return next((one for one in HOUSE_CHECKS if SOURCE + one.id == source), None)
