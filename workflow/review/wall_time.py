"""From the time on the wall to the instant it means, across the changes of the clocks. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


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
