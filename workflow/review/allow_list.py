"""The agency's allow-list: what the check is given, and how the list changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.models.allow_list import AllowListEntry
from workflow.review.allow_list_file import Line
from workflow.roles import Actor, Permission, require
from workflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Changed:
    """How many entries were added, given another role or last day, left as they were, and removed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


def allowed_now(session: Session, settings: Settings) -> list[str]:
    """What the check lets through today: the setting's entries and those of the list that have not run out."""
    today = today_in(settings)
    entries = list(settings.public_contacts)
    for row in session.scalars(sa.select(AllowListEntry).order_by(AllowListEntry.id)):
        if counts(row, today):
            # A contact's name says what the number is ("Housing repairs"), not whom to let through.
            name = "" if row.kind == "contact" else row.name
            entries += [entry for entry in (name, row.phone, row.email) if entry]
    return entries


def today_in(settings: Settings) -> date:
    """Today, where the agency is."""
    return datetime.now(settings.zone).date()


def counts(row: AllowListEntry, today: date) -> bool:
    """Whether the entry has not run out: its last day still counts."""
    return row.until is None or row.until >= today.isoformat()


def entries(session: Session) -> Sequence[AllowListEntry]:
    """The whole list, those that have run out included, oldest first."""
    return session.scalars(sa.select(AllowListEntry).order_by(AllowListEntry.id)).all()


def put_on_list(session: Session, actor: Actor, lines: Iterable[Line], *, replace: bool = False) -> Changed:
    """Adds the lines, or gives those that are there another role and last day. Raises NotPermitted.

    `replace`: the lines are the whole list, and what is not among them is removed.
    """
    require(Permission.MANAGE, actor)
    there = {(row.kind, row.name, row.phone, row.email): row for row in entries(session)}
    added = changed = unchanged = 0
    for line in lines:
        until = line.until.isoformat() if line.until else None
        row = there.pop(line.allows, None)
        if row is None:
            added += 1
            session.add(
                AllowListEntry(
                    kind=line.kind.value,
                    name=line.name,
                    phone=line.phone,
                    email=line.email,
                    role=line.role,
                    until=until,
                    added_at=datetime.now(UTC),
                )
            )
        elif (row.role, row.until) == (line.role, until):
            unchanged += 1
        else:
            changed += 1
            row.role, row.until = line.role, until
    gone = list(there.values()) if replace else []
    for row in gone:
        session.delete(row)
    done = Changed(added, changed, unchanged, len(gone))
    # Numbers, not names: the record is kept longer than the list may be.
    record.append(
        session,
        actor,
        "allow-list imported",
        "allow-list",
        {"added": done.added, "changed": done.changed, "removed": done.removed},
    )
    return done


def remove(session: Session, actor: Actor, ids: Iterable[int]) -> list[int]:
    """Takes entries off the list; gives the numbers that name none, in which case nothing changes."""
    require(Permission.MANAGE, actor)
    wanted = list(dict.fromkeys(ids))
    rows = session.scalars(sa.select(AllowListEntry).where(AllowListEntry.id.in_(wanted))).all()
    unknown = [number for number in wanted if number not in {row.id for row in rows}]
    if unknown:
        return unknown
    for row in rows:
        session.delete(row)
    record.append(session, actor, "allow-list entries removed", "allow-list", {"ids": wanted})
    return []
