"""What people decide about publishing: now after all, live or not, done by hand, try again, leave it.

The caller holds the post (`reading.to_change`), so that two people who press at once come one after the other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Post, Publication, PublicationState
from workflow.publishing.approval import still_approved
from workflow.publishing.outcome import after_publication, end_of, fail, move_on
from workflow.publishing.plan import plan_publications, queue_publication
from workflow.review.proposal import Invalid, Problem
from workflow.roles import Actor, Permission, require
from workflow.states import Action, NotPossible, State
from workflow.transition import apply

P = PublicationState


def publish_now(session: Session, actor: Actor, post: Post) -> None:
    """Publishes an approved post whose time has passed. Raises NotPermitted or NotPossible."""
    require(Permission.PUBLISH, actor, post.facts())
    approvals = [d for d in post.decisions if d.decision == "approve" and d.digest == post.approved_digest]
    if not approvals:
        raise NotPossible(State(post.state), Action.SCHEDULE_NOW)
    plan_publications(session, post, approvals[-1], actor, now=True)


def mark_published(session: Session, actor: Actor, publication: Publication, address: str) -> None:
    """Keeps that a person published it by hand, and where it stands. Raises Invalid, NotPermitted or NotPossible."""
    post = _waiting(actor, publication)
    if not still_approved(session, post, publication):
        raise NotPossible(State(post.state), Action.CONFIRM, _NOT_AS_APPROVED)
    _set_live(actor, publication, address)
    facts = {"channel": publication.channel_id, "address": publication.address}
    record.append(session, actor, "published by hand", post.ref, facts)
    after_publication(session, publication)


def give_up(session: Session, actor: Actor, publication: Publication) -> None:
    """Keeps that nobody publishes it by hand. Raises NotPermitted or NotPossible."""
    post = _waiting(actor, publication)
    record.append(session, actor, "not published by hand", post.ref, {"channel": publication.channel_id})
    fail(session, post, publication, P.FAILED, f"{actor.name} did not publish it by hand.")


_NOT_AS_APPROVED = (
    "What is stored is not what was approved, so it was not kept as published. Say on its page that it is not "
    "published there, then ask for a new approval."
)


def _waiting(actor: Actor, publication: Publication) -> Post:
    """The post of a publication that waits for a person, who has not been there before."""
    post = publication.post
    require(Permission.PUBLISH, actor, post.facts())
    if publication.state == P.PUBLISHED:
        done = f"This is done already: the post is kept as published at {publication.address}"
        raise NotPossible(State(post.state), Action.CONFIRM, done)
    if publication.state != P.WAITING:
        none = f"There is nothing to publish by hand now: on {publication.channel.name} this is {publication.state}."
        raise NotPossible(State(post.state), Action.CONFIRM, none)
    return post


_SETTLES = {P.PUBLISHED: Action.SETTLE_LIVE, P.FAILED: Action.SETTLE_NOT_LIVE}


def settle(session: Session, actor: Actor, publication: Publication, live: bool, address: str = "") -> None:
    """A person looked at the account and says whether it is live. Raises Invalid, NotPermitted or NotPossible.

    The post moves on with the last of its publications: one that is still under way moves it once it ends.
    """
    post = publication.post
    require(Permission.PUBLISH, actor, post.facts())
    if publication.state != P.UNCONFIRMED:
        raise NotPossible(State(post.state), Action.SETTLE_LIVE)
    if live:
        _set_live(actor, publication, address)
    else:
        publication.state = P.FAILED.value
        publication.error = f"{actor.name} looked at the account: it is not there."
    session.flush()
    facts = {"channel": publication.channel_id, "live": live, "address": publication.address}
    end = end_of(row.state for row in _current(post))
    if post.state == State.UNCONFIRMED and end in _SETTLES:
        apply(session, actor, post, _SETTLES[end], facts)
    else:
        record.append(session, actor, "settled as live" if live else "settled as not live", post.ref, facts)
        move_on(session, post)


def try_again(session: Session, actor: Actor, post: Post) -> None:
    """Puts the failed publications of a failed post back on their way. Raises NotPermitted or NotPossible."""
    apply(session, actor, post, Action.TRY_AGAIN, {"digest": post.digest})
    for publication in _not_out(post):
        publication.state, publication.run_at = P.SCHEDULED.value, datetime.now(UTC)
        publication.first_tried_at, publication.error = None, None
        queue_publication(session, publication)


def leave(session: Session, actor: Actor, post: Post) -> None:
    """Leaves a failed post that is live on a channel unpublished on the others. Raises NotPermitted or NotPossible."""
    require(Permission.PUBLISH, actor, post.facts())
    if all(publication.state != P.PUBLISHED for publication in _current(post)):
        raise NotPossible(
            State(post.state), Action.LEAVE, "Nothing of it is live, so its author can still take it back."
        )
    left = _not_out(post)
    for publication in left:
        publication.state = P.CANCELLED.value
    facts = {"digest": post.digest, "channels": [publication.channel_id for publication in left]}
    apply(session, actor, post, Action.LEAVE, facts)


def _current(post: Post) -> list[Publication]:
    return [publication for publication in post.publications if publication.revision_id == post.revision.id]


def _not_out(post: Post) -> list[Publication]:
    return [publication for publication in _current(post) if publication.state in (P.FAILED, P.CANCELLED)]


def _set_live(actor: Actor, publication: Publication, address: str) -> None:
    address = address.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > 2000:
        raise Invalid([Problem("address", "Paste the address of the published post, starting with https://.")])
    publication.state, publication.address = P.PUBLISHED.value, address
    publication.published_at, publication.published_by_id = datetime.now(UTC), actor.id
    publication.error = None
