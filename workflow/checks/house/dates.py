"""Words and dates that the agency set: its own words, the time before an election, embargoes, days of mourning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from workflow.checks.house.agency_words import Entry, Kind
from workflow.checks.house.draft import Draft, Remark, quoted
from workflow.checks.house.emoji import emoji_in

_EXCLAMATION: Final = re.compile(r"[!！❗❕‼⁉]+\uFE0F?")
_PARTY: Final = frozenset(
    "🎉🎊🥳🎈🎂🎁🎆🎇🪅🪩🍾🥂🍻🍺🍹🍸🍷🎶🎵🎤🎸🕺💃👯🤩🤪😜😝😛🤣😂😆😁😎🙌👏💥🔥✨🤠🎭🎪🎡🎢🃏💯"
)


def find_words(draft: Draft) -> Iterator[Remark]:
    """The agency's own words, and those for the time before an election while it lasts."""
    for entry in _in_force(draft, "words", "pre-election"):
        for start, end in entry.found(draft.view):
            passage = quoted(draft.text[start:end])
            if entry.kind == "words":
                why = f"The agency watches for the words {passage}: {_sentence(entry.why)}"
                yield Remark(start, end, why, "Take other words, or ask your communications team.", entry.clause)
            else:
                last = _said_until(entry)
                why = f"The words {passage} touch the time before an election, {last}: {_sentence(entry.why)}"
                yield Remark(start, end, why, "Wait until it is over, or ask your communications team.", entry.clause)


def find_embargo(draft: Draft) -> Iterator[Remark]:
    """Words under embargo, where the post would go out before its end."""
    for entry in _in_force(draft, "embargo"):
        for start, end in entry.found(draft.view):
            passage = quoted(draft.text[start:end])
            why = f"The words {passage} are under embargo {_said_until(entry)}: {_sentence(entry.why)}"
            fix = "Choose a time to publish after the end of the embargo, or take the words out."
            yield Remark(start, end, why, fix, entry.clause)


def find_mourning(draft: Draft) -> Iterator[Remark]:
    """What sounds cheerful in a post that would go out on a day of mourning."""
    for entry in _in_force(draft, "mourning"):
        day = f"This post would go out on a day of mourning ({_sentence(entry.why).rstrip('.')})"
        fix = "Take a quiet tone, or publish it another day."
        mark = _EXCLAMATION.search(draft.text)
        if mark:
            yield Remark(*mark.span(), f"{day}, and has exclamation marks.", fix, entry.clause)
        for start, end in emoji_in(draft.text):
            if draft.text[start] in _PARTY:
                yield Remark(start, end, f"{day}, and has cheerful emoji.", fix, entry.clause)
                break
        for start, end in entry.found(draft.view):
            why = f"{day}, and has the words {quoted(draft.text[start:end])}."
            yield Remark(start, end, why, fix, entry.clause)


def _in_force(draft: Draft, *kinds: Kind) -> Iterator[Entry]:
    """The entries of these kinds that count when the post would go out; those without dates always do."""
    context = draft.context
    for entry in context.words:
        dated = entry.since is not None or entry.until is not None
        if entry.kind in kinds and (
            not dated or (context.out_at is not None and entry.counts(context.out_at, context.zone))
        ):
            yield entry


def _said_until(entry: Entry) -> str:
    """When the entry ends, in words: "until 9:30am on 16 March 2027"."""
    if entry.until is None:
        return "for now"
    if entry.until.hour == entry.until.minute == 0:  # an end of a day, as it was written
        return f"until the end of {_day(entry.until - timedelta(minutes=1))}"
    hour, minute, half = entry.until.hour % 12 or 12, entry.until.minute, "am" if entry.until.hour < 12 else "pm"
    return f"until {hour}{f':{minute:02}' if minute else ''}{half} on {_day(entry.until)}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _sentence(why: str) -> str:
    return why if why.endswith((".", "!", "?")) else f"{why}."
