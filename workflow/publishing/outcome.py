"""What came out of publishing: kept, told, and what it means for the post.

All locks are taken in one order, here and in the use cases: the post first, then its publications, the record's head
last. So whoever comes second waits, and nobody waits for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from workflow import news
from workflow.models import Database, Post, Publication, PublicationState
from workflow.publishing.base import Published, PublishError, Retryable
from workflow.roles import SYSTEM
from workflow.states import Action, State
from workflow.transition import apply

KEEP_TRYING = timedelta(minutes=30)
log = structlog.get_logger()

P = PublicationState


class Later(Exception):
    """Not now: the network asks to wait, or the channel is paused. `after` says how long."""

    def __init__(self, after: timedelta, why: str) -> None:
        self.after = after
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of it. `again`: trying again later can settle it; `may_be_live`: it may stand on the network."""

    published: Published | None = None
    error: PublishError | None = None
    may_be_live: bool = False
    again: bool = False
    called: bool = True  # False: it failed before the call, so that nothing has changed since it was found


def not_called(error: PublishError) -> Outcome:
    """It failed before the network was called."""
    return Outcome(error=error, again=isinstance(error, Retryable), called=False)


def locked(session: Session, publication_id: int) -> tuple[Publication, Post]:
    """A publication and its post, as they stand now; nobody else changes either until the session ends."""
    post_id = session.scalars(sa.select(Publication.post_id).where(Publication.id == publication_id)).one()
    # "of", because PostgreSQL locks no row that an outer join brings along.
    post = session.get_one(Post, post_id, with_for_update={"of": Post})
    return session.get_one(Publication, publication_id, with_for_update={"of": Publication}), post


def start_publishing(session: Session, post: Post) -> None:
    """The post is on its way out from the moment that its first publication is."""
    if post.state == State.SCHEDULED:
        apply(session, SYSTEM, post, Action.START_PUBLISHING, {"digest": post.digest})


def keep(database: Database, publication_id: int, outcome: Outcome) -> PublicationState:
    """Keeps what came out, or that it is tried again (and raises Later)."""
    with database.writing() as session:
        publication, post = locked(session, publication_id)
        if outcome.published and publication.network_id is None:
            publication.network_id, publication.address = outcome.published.network_id, outcome.published.address
            publication.response = outcome.published.response
        if publication.state not in (P.SCHEDULED, P.SENDING):
            # This process was away for long, and another one has brought it to its end meanwhile.
            return P(publication.state)
        if outcome.error is None:
            publication.state, publication.error = P.PUBLISHED.value, None
            publication.published_at = datetime.now(UTC)
            after_publication(session, publication)
            return P.PUBLISHED
        may_be_live = outcome.may_be_live if outcome.called else publication.state == P.SENDING
        publication.attempts += not outcome.called
        after = _next_try(publication, outcome)
        if after is None:
            state = P.UNCONFIRMED if may_be_live else P.FAILED
            return fail(session, post, publication, state, _said_at_the_end(publication, outcome))
        publication.state = (P.SENDING if may_be_live else P.SCHEDULED).value
        publication.error = str(outcome.error)
    log.warning("publication put off", publication=publication_id, why=type(outcome.error).__name__)
    raise Later(after, str(outcome.error))


def _said_at_the_end(publication: Publication, outcome: Outcome) -> str:
    if outcome.again and outcome.published:
        return f"It was sent, but could not be read back: {outcome.error}"
    return f"Given up after {publication.attempts} tries: {outcome.error}" if outcome.again else str(outcome.error)


def _next_try(publication: Publication, outcome: Outcome) -> timedelta | None:
    """How long to wait; None where it is of no use, or would be later than half an hour after the first try."""
    if not outcome.again:
        return None
    after = timedelta(seconds=min(300, 5 * 2 ** min(publication.attempts, 6)))
    if isinstance(outcome.error, Retryable) and outcome.error.retry_after:
        after = outcome.error.retry_after
    since = max(publication.first_tried_at or publication.run_at, publication.run_at)
    return after if datetime.now(UTC) + after - since < KEEP_TRYING else None


def fail(session: Session, post: Post, publication: Publication, state: PublicationState, why: str) -> PublicationState:
    """Ends a publication that did not come to stand, with its reason in a sentence for people."""
    publication.state, publication.error = state.value, why
    start_publishing(session, post)
    after_publication(session, publication)
    return state


def after_publication(session: Session, publication: Publication) -> None:
    """Tells whom it concerns, and moves the post on once nothing of it is under way. The caller holds the post."""
    session.flush()
    post = publication.post
    news.tell_of_publication(session, post, publication)
    if publication.state in (P.FAILED, P.UNCONFIRMED):
        news.tell_publishers(session, post, publication)
    move_on(session, post)


_ENDS = {P.UNCONFIRMED: Action.LOSE_TRACK, P.FAILED: Action.FAIL, P.PUBLISHED: Action.CONFIRM}


def move_on(session: Session, post: Post) -> None:
    """Gives a post that is being published the end that its publications have come to, once all of them have."""
    session.flush()
    current = session.execute(
        sa.select(Publication.channel_id, Publication.state, Publication.address).where(
            Publication.post_id == post.id, Publication.revision_id == post.revision.id
        )
    ).all()
    end = end_of(row.state for row in current)
    if end is None or post.state != State.PUBLISHING:
        return
    facts = {
        "publications": {row.channel_id: row.state for row in current},
        "addresses": {row.channel_id: row.address for row in current if row.address},
        "digest": post.digest,
    }
    apply(session, SYSTEM, post, _ENDS[end], facts)


def end_of(states: Iterable[str]) -> PublicationState | None:
    """What the publications of one revision come to together; None while one of them is under way."""
    found = set(states)
    if found & {P.SCHEDULED, P.SENDING, P.WAITING}:
        return None
    if P.UNCONFIRMED in found:
        return P.UNCONFIRMED
    return P.FAILED if found & {P.FAILED, P.CANCELLED} else P.PUBLISHED
