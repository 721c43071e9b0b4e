"""What a person is trusted with, changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Person, RoleGrant
from workflow.review.proposal import Invalid, Problem
from workflow.roles import EVERYWHERE, Actor, Permission, Role, require

Grant = tuple[Role, str]
_ADMINISTRATOR: Grant = (Role.ADMINISTRATOR, EVERYWHERE)


def change_grants(
    session: Session,
    actor: Actor,
    person: Person,
    given: Sequence[Grant],
    taken: Sequence[Grant],
    *,
    force: bool = False,
) -> None:
    """Gives the person roles and takes others away, at once; what is so already is no change.

    Raises NotPermitted, or Invalid where nobody would be left as administrator (unless `force`).
    """
    if not actor.system:
        require(Permission.MANAGE, actor)
    held = {(Role(grant.role), grant.channel_id): grant for grant in person.grants}
    added = [pair for pair in dict.fromkeys(given) if pair not in held]
    removed = [pair for pair in dict.fromkeys(taken) if pair in held]
    if not added and not removed:
        return
    if _ADMINISTRATOR in removed and not force and not _other_administrators(session, person):
        raise Invalid(
            [Problem("remove", f"{person.name} is the only administrator. Name another one first, or add --force.")]
        )
    for pair in removed:
        person.grants.remove(held[pair])
    for role, channel in added:
        person.grants.append(RoleGrant(role=role.value, channel_id=channel))
    session.flush()
    facts = {"added": _in_words(added), "removed": _in_words(removed)}
    record.append(session, actor, "roles changed", f"person:{person.id}", facts)


def _other_administrators(session: Session, person: Person) -> bool:
    query = (
        sa.select(Person.id)
        .join(RoleGrant)
        .where(RoleGrant.role == Role.ADMINISTRATOR.value, Person.active.is_(sa.true()), Person.id != person.id)
    )
    return session.scalars(query).first() is not None


def _in_words(pairs: Sequence[Grant]) -> list[str]:
    return [f"{role.value} on {channel}" for role, channel in pairs]
