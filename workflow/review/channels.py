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
    """Adds a channel, or gives the one with that id another name or password. Raises Invalid or NotPermitted.

    The account of a channel never changes: what was approved for it would go to another one.
    """
    if not actor.system:
        require(Permission.MANAGE, actor)
    problems = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", id_):
        problems.append(
            Problem("id", "Use small letters, digits and hyphens for the channel's short name, 40 at most.")
        )
    if not name.strip():
        problems.append(Problem("name", "Enter what people call the channel."))
    handle, service_url = handle.strip(), service_url.strip()
    row = session.get(Channel, id_)
    if row is not None and row.retired_at is not None:
        problems.append(Problem("id", f"The channel {id_} was removed. Add a new one, under another short name."))
    elif row is not None and (row.network, row.handle, row.service_url) != (network, handle, service_url):
        problems.append(Problem("id", _ANOTHER_ACCOUNT.format(id=id_, account=_said(row))))
    if problems:
        raise Invalid(problems)
    said = "channel changed" if row else "channel added"
    if row is None:
        row = Channel(id=id_, network=network, handle=handle, service_url=service_url, created_at=datetime.now(UTC))
        session.add(row)
    row.name = name.strip()
    if secret:
        row.sealed_secret = seal(secret, secret_key)
    record.append(session, actor, said, f"channel:{id_}", {"network": network, "handle": handle})
    return row


_ANOTHER_ACCOUNT = (
    "The channel {id} is {account}, and stays so: what was approved for it must not go to another account. "
    "Add a new channel instead, under another short name."
)


def _said(row: Channel) -> str:
    where = f" at {row.service_url}" if row.service_url else ""
    return f"{row.handle or 'an account without a handle'} on {row.network}{where}"


def channels_to_propose_for(session: Session, actor: Actor) -> list[Channel]:
    """The channels in use on which the actor may propose, oldest first."""
    rows = session.scalars(
        sa.select(Channel).where(Channel.retired_at.is_(None)).order_by(Channel.created_at, Channel.id)
    )
    held = {channel for role, channel in actor.roles if role in (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)}
    return [row for row in rows if EVERYWHERE in held or row.id in held]
