"""Times: as people say and type them, and from the time on the wall to the instant it means. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_NAMED = {"midnight": (0, 0), "midday": (12, 0), "noon": (12, 0)}
# 9am, 9:30pm, 9.30 pm, 21:30, 0930, 9
_TYPED = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?\s*([ap]m)?", re.ASCII)


def said(local: datetime) -> str:
    """A time on the wall as pages and mails say it: "Tuesday 24 November 2026, 9:05am"."""
    clock = said_clock(local.hour, local.minute)
    # Which midnight of the day it is, not everybody would say alike.
    return f"{local:%A} {local.day} {local:%B %Y}, {clock}{' at the start of the day' if clock == 'midnight' else ''}"


def said_clock(hour: int, minute: int) -> str:
    """A time of day: "9am", "9:05am", "10:30pm", "midday", "midnight"."""
    named = {(0, 0): "midnight", (12, 0): "midday"}.get((hour, minute))
    return named or f"{hour % 12 or 12}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}"


def clock_of(typed: str) -> tuple[int, int]:
    """The hour and the minute that somebody typed, with twelve hours or with twenty-four. Raises ValueError."""
    typed = typed.strip().lower()
    if typed in _NAMED:
        return _NAMED[typed]
    found = _TYPED.fullmatch(typed.replace("a.m.", "am").replace("p.m.", "pm"))
    if found is None:
        raise ValueError(f"{typed!r} is no time of day")
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"{typed!r} is no time of day")
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{typed!r} is no time of day")
    return hour, minute


def instants(wall: str, zone: ZoneInfo) -> list[datetime]:
    """The instants at which clocks in `zone` show `wall` (like "2026-12-31T09:30"), earliest first.

    One as a rule; none in the hour that is left out in spring, two in the hour that comes twice in autumn.
    """
    naive = datetime.fromisoformat(wall)
    found = {
        moment
        for moment in (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if moment.astimezone(zone).replace(tzinfo=None) == naive
    }
    return sorted(found)


def on_the_wall(moment: datetime, zone: ZoneInfo) -> str:
    """What clocks in `zone` show at `moment`."""
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
