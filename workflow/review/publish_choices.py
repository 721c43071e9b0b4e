"""What people decide about publishing: now after all, live or not, done by hand, try again."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Post, Publication, PublicationState
from workflow.publishing.outcome import after_publication
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
    post = publication.post
    require(Permission.PUBLISH, actor, post.facts())
    if publication.state != P.WAITING:
        raise NotPossible(State(post.state), Action.CONFIRM)
    _set_live(session, actor, publication, address)
    record.append(
        session,
        actor,
        "published by hand",
        post.ref,
        {"channel": publication.channel_id, "address": publication.address},
    )
    after_publication(session, publication)


def settle(session: Session, actor: Actor, publication: Publication, live: bool, address: str = "") -> None:
    """A person looked at the account and says whether it is live. Raises Invalid, NotPermitted or NotPossible."""
    post = publication.post
    require(Permission.PUBLISH, actor, post.facts())
    if publication.state != P.UNCONFIRMED:
        raise NotPossible(State(post.state), Action.SETTLE_LIVE)
    if live:
        _set_live(session, actor, publication, address)
    else:
        publication.state = P.FAILED.value
        publication.error = f"{actor.name} looked at the account: it is not there."
    session.flush()
    others = [row for row in post.publications if row.revision_id == publication.revision_id]
    facts = {"channel": publication.channel_id, "live": live, "address": publication.address}
    if any(row.state == P.UNCONFIRMED for row in others):
        record.append(session, actor, "settled as live" if live else "settled as not live", post.ref, facts)
    elif any(row.state == P.FAILED for row in others):
        apply(session, actor, post, Action.SETTLE_NOT_LIVE, facts)
    else:
        apply(session, actor, post, Action.SETTLE_LIVE, facts)


def try_again(session: Session, actor: Actor, post: Post) -> None:
    """Puts the failed publications of a failed post back on their way. Raises NotPermitted or NotPossible."""
    apply(session, actor, post, Action.TRY_AGAIN, {"digest": post.digest})
    for publication in post.publications:
        if publication.revision_id == post.revision.id and publication.state in (P.FAILED, P.CANCELLED):
            publication.state, publication.run_at = P.SCHEDULED.value, datetime.now(UTC)
            publication.first_tried_at, publication.error = None, None
            queue_publication(session, publication)


def _set_live(session: Session, actor: Actor, publication: Publication, address: str) -> None:
    address = address.strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > 2000:
        raise Invalid([Problem("address", "Paste the address of the published post, starting with https://.")])
    publication.state, publication.address = P.PUBLISHED.value, address
    publication.published_at, publication.published_by_id = datetime.now(UTC), actor.id
    publication.error = None
