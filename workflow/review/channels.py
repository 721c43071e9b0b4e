"""The agency's accounts on the networks."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Channel
from workflow.models.seal import seal
from workflow.review.proposal import Invalid, Problem
from workflow.roles import EVERYWHERE, Actor, Permission, Role, require


def save_channel(
    session: Session,
    actor: Actor,
    *,
    id_: str,
    network: str,
    name: str,
    handle: str,
    service_url: str,
    secret: str,
    secret_key: str,
) -> Channel:
    """Adds a channel, or changes the one with that id. Raises Invalid or NotPermitted."""
    if not actor.system:
        require(Permission.MANAGE, actor)
    problems = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", id_):
        problems.append(
            Problem("id", "Use small letters, digits and hyphens for the channel's short name, 40 at most.")
        )
    if not name.strip():
        problems.append(Problem("name", "Enter what people call the channel."))
    if problems:
        raise Invalid(problems)
    row = session.get(Channel, id_)
    said = "channel changed" if row else "channel added"
    if row is None:
        row = Channel(id=id_, created_at=datetime.now(UTC))
        session.add(row)
    row.name, row.network, row.handle, row.service_url = name.strip(), network, handle.strip(), service_url.strip()
    row.retired_at = None
    if secret:
        row.sealed_secret = seal(secret, secret_key)
    record.append(session, actor, said, f"channel:{id_}", {"network": network, "handle": handle})
    return row


def channels_to_propose_for(session: Session, actor: Actor) -> list[Channel]:
    """The channels in use on which the actor may propose, oldest first."""
    rows = session.scalars(
        sa.select(Channel).where(Channel.retired_at.is_(None)).order_by(Channel.created_at, Channel.id)
    )
    held = {channel for role, channel in actor.roles if role in (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)}
    return [row for row in rows if EVERYWHERE in held or row.id in held]
