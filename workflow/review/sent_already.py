"""Sent twice by mistake: Back and Send again, or the button pressed twice without scripts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Person, Post, Revision
from workflow.review.proposal import Proposal
from workflow.roles import Actor
from workflow.states import State

WITHIN = timedelta(minutes=5)


def sent_already(session: Session, actor: Actor, proposal: Proposal) -> Post | None:
    """The post that the actor made of the very same proposal and note a moment ago, unless it is withdrawn.

    Locks the person's row: of two requests at once, the second waits here and then finds the post of the first.
    """
    # Weaker than FOR UPDATE: whatever else refers to the person meanwhile need not wait.
    session.execute(sa.select(Person.id).where(Person.id == actor.id).with_for_update(key_share=True))
    return session.scalars(
        sa.select(Post)
        .join(Revision, sa.and_(Revision.post_id == Post.id, Revision.number == Post.current))
        .where(
            Post.author_id == actor.id,
            Post.created_at > datetime.now(UTC) - WITHIN,
            Post.digest == digest(proposal),
            Post.state != State.WITHDRAWN.value,
            Revision.note == proposal.note,
        )
        .order_by(Post.id.desc())
        .limit(1)
        .with_for_update(of=Post)
    ).one_or_none()
