"""Plans publications: one row and one job for each channel of an approved revision."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from workflow import outbox
from workflow.models import Channel, Decision, Post, Publication, PublicationState
from workflow.publishing.register import publisher_for
from workflow.roles import Actor
from workflow.states import Action
from workflow.transition import apply


def plan_publications(session: Session, post: Post, decision: Decision, actor: Actor, *, now: bool = False) -> None:
    """Schedules the approved revision on all its channels: at its time, or at once (`now`).

    Moves the post to "scheduled" (for `now` as the actor's own choice). Raises NotPossible or NotPermitted.
    """
    at = datetime.now(UTC)
    revision = post.revision
    run_at = at if now or revision.publish_at is None else revision.publish_at
    action = Action.SCHEDULE_NOW if now else Action.SCHEDULE
    facts = {"digest": decision.digest, "channels": list(revision.channels), "at": run_at}
    with session.no_autoflush:
        apply(session, actor, post, action, facts)
    existing = {row.channel_id: row for row in post.publications if row.revision_id == revision.id}
    for channel_id in revision.channels:
        publication = existing.get(channel_id) or _new(session, post, decision, channel_id)
        if publication.state == PublicationState.PUBLISHED:
            continue
        publication.state, publication.run_at = PublicationState.SCHEDULED.value, run_at
        session.flush()
        queue_publication(session, publication)


def _new(session: Session, post: Post, decision: Decision, channel_id: str) -> Publication:
    channel = session.get_one(Channel, channel_id)
    identity = f"{post.id}/{decision.revision_id}/{channel_id}/{decision.digest}"
    publication = Publication(
        post=post,
        revision_id=decision.revision_id,
        decision_id=decision.id,
        digest=decision.digest,
        channel_id=channel_id,
        key=publisher_for(channel.network).key(identity, decision.at),
    )
    session.add(publication)
    return publication


def queue_publication(session: Session, publication: Publication) -> None:
    """The job that publishes it at its time."""
    outbox.enqueue(
        session,
        "publish",
        {"publication_id": publication.id},
        run_at=publication.run_at,
        key=f"publish:{publication.id}",
        priority=10,
    )


_OUT = (PublicationState.SENDING, PublicationState.WAITING, PublicationState.PUBLISHED, PublicationState.UNCONFIRMED)


def part_is_out(post: Post) -> bool:
    """Whether the post is live on a channel, may be, or is about to be: its words can no longer be taken back here."""
    return any(publication.state in _OUT for publication in post.publications)


def cancel_publications(post: Post) -> None:
    """Nothing of the post that has not started goes out any more; its jobs find it cancelled."""
    for publication in post.publications:
        if publication.state in (PublicationState.SCHEDULED, PublicationState.FAILED):
            publication.state = PublicationState.CANCELLED.value
