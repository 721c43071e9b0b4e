"""Lists of posts, newest first: what somebody proposed, and all that they may read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models import Person, Post, Revision
from workflow.models.post import reference_of
from workflow.review.reading import channel_names, first_line
from workflow.roles import Actor, Permission, PostFacts, may, require
from workflow.states import PRIVATE, State

PAGE = 25
_BATCH = 200
ERASED = "(withdrawn, and its words deleted)"


@dataclass(frozen=True, slots=True)
class Listed:
    """One post of a list."""

    id: int
    ref: str
    title: str
    author: str
    mine: bool
    state: State
    since: datetime
    channels: list[str]
    publish_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostsPage:
    """One page of a list; `next` is the `before` of the page after it, None on the last."""

    posts: list[Listed]
    next: int | None


def my_posts(session: Session, actor: Actor, before: int | None = None, size: int = PAGE) -> PostsPage:
    """The actor's own posts with an id below `before`, newest first."""
    rows = _rows(session, Post.author_id == actor.id, before, size + 1)
    return _page(session, actor, rows, size)


def all_posts(session: Session, actor: Actor, before: int | None = None, size: int = PAGE) -> PostsPage:
    """All posts that the actor may read, with an id below `before`, newest first. Raises NotPermitted.

    Private posts are nobody's but their author's: in no list of others, not even where one was sent to the officer.
    """
    require(Permission.READ_LIST, actor)
    rows = []
    for row in _shared_or_own(session, actor, before):
        private = row.hidden or State(row.state) in PRIVATE
        facts = PostFacts(author_id=row.author_id, channels=tuple(row.channels), private=private)
        if may(Permission.READ, actor, facts):
            rows.append(row)
            if len(rows) > size:
                break
    return _page(session, actor, rows, size)


def _shared_or_own(session: Session, actor: Actor, before: int | None) -> Iterator[sa.Row[Any]]:
    """A batch at a time: which channels a post has, SQL cannot ask."""
    shared = sa.and_(Post.hidden.is_(sa.false()), Post.state.not_in([state.value for state in PRIVATE]))
    while True:
        rows = _rows(session, sa.or_(Post.author_id == actor.id, shared), before, _BATCH)
        yield from rows
        if len(rows) < _BATCH:
            return
        before = rows[-1].id


def _rows(session: Session, which: sa.ColumnElement[bool], before: int | None, limit: int) -> list[sa.Row[Any]]:
    query = (
        sa.select(
            Post.id,
            Post.author_id,
            Person.name,
            Post.state,
            Post.state_since,
            Post.hidden,
            # The beginning is enough for a title: the text may be long.
            sa.func.substr(Revision.text, 1, 1000).label("text"),
            Revision.channels,
            Revision.publish_at,
        )
        .join(Revision, sa.and_(Revision.post_id == Post.id, Revision.number == Post.current))
        .join(Person, Person.id == Post.author_id)
        .where(which)
    )
    if before is not None:
        query = query.where(Post.id < before)
    return list(session.execute(query.order_by(Post.id.desc()).limit(limit)))


def _page(session: Session, actor: Actor, rows: list[sa.Row[Any]], size: int) -> PostsPage:
    names = channel_names(session, sorted({channel for row in rows for channel in row.channels}))
    posts = [
        Listed(
            row.id,
            reference_of(row.id),
            ERASED if row.hidden and not row.text else first_line(row.text),
            row.name,
            row.author_id == actor.id,
            State(row.state),
            row.state_since,
            [names[channel] for channel in row.channels],
            row.publish_at,
        )
        for row in rows[:size]
    ]
    return PostsPage(posts, posts[-1].id if len(rows) > size else None)
