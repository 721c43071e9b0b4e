"""What people see: a post they may read, what it is their turn to do, the queue.

Whether somebody may see a post is asked of the permission table, here too; the queries only narrow down what is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models import Channel, FindingRow, Person, Post, Publication, PublicationState, Revision, RoleGrant
from workflow.models.post import id_of, reference_of
from workflow.roles import Actor, Permission, PostFacts, Role, may
from workflow.states import PRIVATE, State

S, P = State, Permission

TURN_SHOWN = 50
QUEUE_PAGE = 25
_BATCH = 200
_TITLE = 90


def readable(session: Session, actor: Actor, ref: str) -> Post | None:
    """The post `ref`, or None where there is none that the actor may read: the two are not told apart."""
    return _if_readable(actor, _post(session, ref, to_change=False))


def to_change(session: Session, actor: Actor, ref: str) -> Post | None:
    """The same in a writing session, locked: two people who press at once come one after the other."""
    return _if_readable(actor, _post(session, ref, to_change=True))


def seen_before(session: Session, ref: str, digest: str) -> bool:
    """Whether `digest` is that of an earlier, checked revision of the post: whoever holds it has seen the post."""
    post = _post(session, ref, to_change=False)
    return post is not None and any(
        row.digest == digest and row.checked_at is not None and row.number < post.current for row in post.revisions
    )


def _post(session: Session, ref: str, *, to_change: bool) -> Post | None:
    post_id = id_of(ref)
    if post_id is None:
        return None
    query = sa.select(Post).where(Post.id == post_id)
    if to_change:
        query = query.with_for_update(of=Post)
    return session.scalars(query).one_or_none()


def _if_readable(actor: Actor, post: Post | None) -> Post | None:
    return post if post is not None and may(P.READ, actor, post.facts()) else None


def revisions_for(actor: Actor, post: Post) -> list[Revision]:
    """The revisions the actor may see. Others see those that were shared; the officer also the one sent to them."""
    everything = actor.id == post.author_id
    return [row for row in post.revisions if everything or row.number == post.current or post.has_shared(row)]


def seen_revision(actor: Actor, post: Post, digest: str, number: str = "") -> Revision | None:
    """The revision that somebody had before them, of those they may see. A new note alone keeps the digest."""
    same = [row for row in revisions_for(actor, post) if row.digest == digest]
    return next((row for row in same if str(row.number) == number), same[-1] if same else None)


def channel_names(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """What people call the channels, retired ones too, in the order of `ids`."""
    rows = session.execute(sa.select(Channel.id, Channel.name).where(Channel.id.in_(ids)))
    names = {row.id: row.name for row in rows}
    return {id_: names.get(id_, id_) for id_ in ids}


def officers_for(session: Session, post: Post) -> list[Person]:
    """The whistleblowing officers to whom its author can send the post."""
    return list(
        session.scalars(
            sa.select(Person)
            .join(RoleGrant)
            .where(
                Person.active.is_(sa.true()),
                RoleGrant.role == Role.WHISTLEBLOWING_OFFICER.value,
                Person.id != post.author_id,
            )
            .distinct()
            .order_by(Person.id)
        )
    )


def first_line(text: str) -> str:
    """A post's title: the beginning of its first line with words."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if not line:
        return "(no text yet)"
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One post that waits for the person, and why."""

    url: str
    title: str
    reason: str
    ref: str
    state: str
    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What waits for the person, oldest first: the first of them, and how many there are in all."""

    waiting: list[Waiting]
    total: int


@dataclass(frozen=True, slots=True)
class _Light:
    """A post without its words: enough to ask the permission table."""

    id: int
    state: State
    since: datetime
    facts: PostFacts


# What an author has to do in a state; what a publisher has to.
_AUTHORS = {
    S.DRAFT: "This draft is not sent yet. Finish it, or delete it.",
    S.HELD: "This needs a choice that only you can make.",
    S.CHANGES_ASKED: "Your reviewer asks for changes.",
    S.APPROVED: "It was approved after its time. Choose a new time, or drop it.",
    S.EXPIRED: "Its time passed before it went out. Choose a new time, or drop it.",
    S.FAILED: "It could not be published. See why, and what to do.",
}
_PUBLISHERS = {
    S.APPROVED: "It was approved after its time. Publish it now, or leave it to its author.",
    S.EXPIRED: "Its time passed before it went out. Publish it now, or leave it to its author.",
    S.UNCONFIRMED: "Nobody knows whether it is live. Look at the account, and say.",
    S.FAILED: "It could not be published. See why, and try again.",
}
_TO_DECIDE = "It waits for a decision."
_FOR_OFFICER = "Its author sent it to you alone, as whistleblowing officer."
_BY_HAND = "It is approved. Publish it by hand, and paste its address."


def your_turn(session: Session, actor: Actor) -> Turn:
    """What it is the actor's turn to do, oldest first, at most TURN_SHOWN of them; the count is of all."""
    found: dict[tuple[int, str], tuple[_Light, str]] = {}
    for post, reason, place in _all_turns(session, actor):
        found.setdefault((post.id, place), (post, reason))
    ordered = sorted(found.items(), key=lambda item: (item[1][0].since, item[0]))
    shown = ordered[:TURN_SHOWN]
    texts = _current_revisions(session, [key[0] for key, _ in shown])
    waiting = []
    for (post_id, place), (post, reason) in shown:
        text, slot = texts[post_id]
        url = f"/posts/{reference_of(post_id)}{place}"
        title = first_line(text)
        waiting.append(Waiting(url, title, reason, reference_of(post_id), post.state.value, post.since, slot))
    return Turn(waiting, len(ordered))


def _all_turns(session: Session, actor: Actor) -> Iterator[tuple[_Light, str, str]]:
    """(post, why, what follows in its address)."""
    mine = Post.author_id == actor.id
    for post in _light(session, actor, sa.and_(mine, Post.state.in_([state.value for state in _AUTHORS]))):
        if post.state != S.HELD or not post.facts.sent_to_officer:
            yield post, _AUTHORS[post.state], ""
    if actor.has(Role.WHISTLEBLOWING_OFFICER):
        sent = sa.and_(Post.state == S.HELD.value, Post.sent_to_officer_at.is_not(None), ~mine)
        for post in _light(session, actor, sent):
            if may(P.READ, actor, post.facts):
                yield post, _FOR_OFFICER, ""
    if actor.has(Role.REVIEWER):
        for post in _light(session, actor, Post.state == S.IN_REVIEW.value):
            if may(P.DECIDE, actor, post.facts):
                yield post, _TO_DECIDE, ""
    if actor.has(Role.PUBLISHER):
        yield from _publishers_turns(session, actor)


def _publishers_turns(session: Session, actor: Actor) -> Iterator[tuple[_Light, str, str]]:
    by_hand = sa.select(Publication.post_id, Publication.channel_id).where(
        Publication.state == PublicationState.WAITING.value
    )
    channels: dict[int, list[str]] = {}
    for post_id, channel_id in session.execute(by_hand.order_by(Publication.id)):
        channels.setdefault(post_id, []).append(channel_id)
    states = [S.PUBLISHING.value, *(state.value for state in _PUBLISHERS)]
    for post in _light(session, actor, Post.state.in_(states)):
        if not may(P.PUBLISH, actor, post.facts):
            continue
        for channel in channels.get(post.id, ()):
            yield post, _BY_HAND, f"/by-hand/{channel}"
        if post.state in _PUBLISHERS:
            yield post, _PUBLISHERS[post.state], ""


def _light(session: Session, actor: Actor, which: sa.ColumnElement[bool]) -> list[_Light]:
    rows = session.execute(_light_query(actor).where(which).order_by(Post.due_at, Post.id))
    return [_light_of(actor, row) for row in rows]


def _light_query(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    wrote = sa.exists().where(Revision.post_id == Post.id, Revision.written_by_id == actor.id).correlate(Post)
    current = sa.and_(Revision.post_id == Post.id, Revision.number == Post.current)
    return sa.select(
        Post.id,
        Post.state,
        Post.state_since,
        Post.author_id,
        Revision.channels,
        Post.hidden,
        Post.sent_to_officer_at,
        wrote.label("wrote"),
        Post.due_at,
    ).join(Revision, current)


def _light_of(actor: Actor, row: sa.Row[Any]) -> _Light:
    state = State(row.state)
    facts = PostFacts(
        author_id=row.author_id,
        # Only whether the actor is among them is asked of these.
        writer_ids=frozenset({actor.id}) if row.wrote and actor.id is not None else frozenset(),
        channels=tuple(row.channels),
        private=row.hidden or state in PRIVATE,
        sent_to_officer=row.sent_to_officer_at is not None,
    )
    return _Light(row.id, state, row.state_since, facts)


def _current_revisions(session: Session, post_ids: Sequence[int]) -> dict[int, tuple[str, datetime | None]]:
    rows = session.execute(
        sa.select(Post.id, Revision.text, Revision.publish_at)
        .join(Revision, sa.and_(Revision.post_id == Post.id, Revision.number == Post.current))
        .where(Post.id.in_(post_ids))
    )
    return {post_id: (text, publish_at) for post_id, text, publish_at in rows}


@dataclass(slots=True)
class InQueue:
    """One post of the queue. `findings` are (clause id, guide version, score)."""

    id: int
    ref: str
    title: str
    author: str
    channels: list[str]
    slot: datetime | None
    proposed: datetime
    may_decide: bool
    wrote: bool
    due_at: datetime
    findings: list[tuple[str, str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; `next` is where the one after it begins."""

    posts: list[InQueue]
    next: tuple[datetime, int] | None


def queue_page(session: Session, actor: Actor, after: tuple[datetime, int] | None, size: int = QUEUE_PAGE) -> QueuePage:
    """Posts in review on channels that the actor reviews, next slot first, after the place `after`."""
    found: list[tuple[_Light, datetime]] = []
    for post, due in _in_review(session, actor, after):
        if _reviews_a_channel_of(actor, post.facts):
            found.append((post, due))
            if len(found) > size:
                break
    page = found[:size]
    rest = (page[-1][1], page[-1][0].id) if len(found) > size else None
    return QueuePage(_told(session, actor, page), rest)


def _in_review(session: Session, actor: Actor, after: tuple[datetime, int] | None) -> Iterator[tuple[_Light, datetime]]:
    """All of it in the queue's order, a batch at a time: which channels a post has, SQL cannot ask."""
    while True:
        query = _light_query(actor).where(Post.state == S.IN_REVIEW.value)
        if after is not None:
            due, post_id = after
            query = query.where(Post.due_at >= due, sa.or_(Post.due_at > due, Post.id > post_id))
        rows = session.execute(query.order_by(Post.due_at, Post.id).limit(_BATCH)).all()
        for row in rows:
            yield _light_of(actor, row), row.due_at
        if len(rows) < _BATCH:
            return
        after = (rows[-1].due_at, rows[-1].id)


def _reviews_a_channel_of(actor: Actor, facts: PostFacts) -> bool:
    """Whether the actor would see it as a reviewer, were it somebody else's."""
    as_reviewer = Actor(actor.id, actor.name, frozenset(held for held in actor.roles if held[0] is Role.REVIEWER))
    return may(P.READ, as_reviewer, PostFacts(author_id=0, channels=facts.channels, private=facts.private))


def _told(session: Session, actor: Actor, page: list[tuple[_Light, datetime]]) -> list[InQueue]:
    ids = [post.id for post, _ in page]
    rows = session.execute(
        sa.select(Post.id, Post.created_at, Person.name, Revision.id, Revision.text, Revision.publish_at)
        .join(Revision, sa.and_(Revision.post_id == Post.id, Revision.number == Post.current))
        .join(Person, Person.id == Post.author_id)
        .where(Post.id.in_(ids))
    )
    words = {row[0]: row for row in rows}
    names = channel_names(session, sorted({channel for post, _ in page for channel in post.facts.channels}))
    told = []
    by_revision: dict[int, InQueue] = {}
    for post, due in page:
        _, created, author, revision_id, text, slot = words[post.id]
        shown = InQueue(
            id=post.id,
            ref=reference_of(post.id),
            title=first_line(text),
            author=author,
            channels=[names[channel] for channel in post.facts.channels],
            slot=slot,
            proposed=created,
            may_decide=may(P.DECIDE, actor, post.facts),
            wrote=actor.id == post.facts.author_id or actor.id in post.facts.writer_ids,
            due_at=due,
        )
        by_revision[revision_id] = shown
        told.append(shown)
    findings = sa.select(FindingRow.revision_id, FindingRow.clause_id, FindingRow.guide_version, FindingRow.score)
    for revision_id, clause, version, score in session.execute(
        findings.where(FindingRow.revision_id.in_(by_revision)).order_by(FindingRow.revision_id, FindingRow.number)
    ):
        by_revision[revision_id].findings.append((clause, version, score))
    return told
