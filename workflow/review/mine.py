"""What somebody proposed, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models import Post, Revision
from workflow.models.post import reference_of
from workflow.review.reading import channel_names, first_line
from workflow.roles import Actor
from workflow.states import State

PAGE = 25
ERASED = "(withdrawn, and its words deleted)"


@dataclass(frozen=True, slots=True)
class Mine:
    """One post of the list."""

    id: int
    ref: str
    title: str
    state: State
    since: datetime
    channels: list[str]
    publish_at: datetime | None


@dataclass(frozen=True, slots=True)
class MinePage:
    """One page of the list; `next` is the `before` of the page after it, None on the last."""

    posts: list[Mine]
    next: int | None


def my_posts(session: Session, actor: Actor, before: int | None = None, size: int = PAGE) -> MinePage:
    """The actor's own posts with an id below `before`, newest first."""
    query = (
        sa.select(
            Post.id,
            Post.state,
            Post.state_since,
            Post.hidden,
            # The beginning is enough for a title: the text may be long.
            sa.func.substr(Revision.text, 1, 1000).label("text"),
            Revision.channels,
            Revision.publish_at,
        )
        .join(Revision, sa.and_(Revision.post_id == Post.id, Revision.number == Post.current))
        .where(Post.author_id == actor.id)
    )
    if before is not None:
        query = query.where(Post.id < before)
    rows = session.execute(query.order_by(Post.id.desc()).limit(size + 1)).all()
    names = channel_names(session, sorted({channel for row in rows for channel in row.channels}))
    posts = [
        Mine(
            row.id,
            reference_of(row.id),
            ERASED if row.hidden and not row.text else first_line(row.text),
            State(row.state),
            row.state_since,
            [names[channel] for channel in row.channels],
            row.publish_at,
        )
        for row in rows[:size]
    ]
    return MinePage(posts, posts[-1].id if len(rows) > size else None)
