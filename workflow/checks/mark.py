"""What a rule marks in the view of a text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage of the view, how sure the rule is, and what it is ("a mobile number")."""

    start: int
    end: int
    score: float
    what: str


def words(text: str) -> frozenset[str]:
    """A set of words, written as text."""
    return frozenset(text.split())


def any_of(text: str) -> str:
    """The pattern for any of the words of `text`, as whole words; an underscore stands for a space within one."""
    return r"\b(?:" + "|".join(text.split()).replace("_", " ") + r")\b"
