"""Somebody proposes a post."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from workflow import outbox, record
from workflow.digest import digest
from workflow.models import Picture, Post, Revision
from workflow.review.channels import channels_to_propose_for
from workflow.review.proposal import Invalid, Problem, Proposal, channels_of, problems_of, proposal_of
from workflow.roles import Actor, Permission, require
from workflow.states import Action, State
from workflow.transition import apply


def propose(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    *,
    origin: str,
    incoming_mail_id: int | None = None,
    save_only: bool = False,
    now: datetime | None = None,
) -> Post:
    """A new post with its first revision, on its way to the check; with `save_only` it stays a draft.

    `now` is when it was proposed, where that is not now (a mail that waited).

    Raises Invalid or NotPermitted.
    """
    require(Permission.PROPOSE, actor)
    now = now or datetime.now(UTC)
    problems = problems_of(session, proposal, now, draft=save_only)
    problems += channel_problems(session, actor, proposal.channels)
    if problems:
        raise Invalid(problems)
    post = Post(
        author_id=actor.id,
        state=State.DRAFT.value,
        state_since=now,
        origin=origin,
        created_at=now,
        due_at=proposal.publish_at or now,
    )
    session.add(post)
    session.flush()
    revision = add_revision(session, actor, post, proposal, incoming_mail_id=incoming_mail_id)
    facts = {"revision": 1, "digest": revision.digest, "channels": list(revision.channels), "origin": origin}
    if save_only:
        record.append(session, actor, "saved as draft", post.ref, facts)
    else:
        apply(session, actor, post, Action.SUBMIT, facts)
        ask_for_check(session, post)
    return post


def submit(session: Session, actor: Actor, post: Post) -> Post:
    """Sends a draft on its way. Raises Invalid, NotPermitted or NotPossible."""
    problems = problems_of(session, proposal_of(post.revision), datetime.now(UTC))
    if problems:
        raise Invalid(problems)
    apply(session, actor, post, Action.SUBMIT, {"revision": post.current, "digest": post.digest})
    ask_for_check(session, post)
    return post


def channel_problems(session: Session, actor: Actor, added: Iterable[str]) -> list[Problem]:
    """A sentence where the actor may not propose for one of the channels in use that are `added`."""
    allowed = {channel.id for channel in channels_to_propose_for(session, actor)}
    known, _ = channels_of(session, list(added))
    return [
        Problem("channels", f"You cannot propose posts for {channel.name}. Take it out, or ask for the role.")
        for channel in known
        if channel.id not in allowed
    ]


def add_revision(
    session: Session, actor: Actor, post: Post, proposal: Proposal, *, incoming_mail_id: int | None = None
) -> Revision:
    """Freezes `proposal` as the post's next revision. Not a use case of its own: submit and revise call it."""
    now = datetime.now(UTC)
    revision = Revision(
        number=post.current + 1,
        text=proposal.text,
        texts=dict(proposal.texts),
        channels=list(dict.fromkeys(proposal.channels)),
        publish_at=proposal.publish_at,
        publish_wall=proposal.publish_wall,
        publish_zone=proposal.publish_zone,
        link_card=dict(proposal.link_card) if proposal.link_card else None,
        language=proposal.language,
        note=proposal.note,
        digest="",
        written_by_id=actor.id,
        created_at=now,
        incoming_mail_id=incoming_mail_id,
    )
    revision.pictures = [
        Picture(
            position=position,
            sha256=p.sha256,
            name=p.name,
            media_type=p.media_type,
            size=p.size,
            width=p.width,
            height=p.height,
            alt_text=p.alt_text.strip(),
            decorative_because=p.decorative_because.strip(),
            carried=dict(p.carried) if p.carried else None,
        )
        for position, p in enumerate(proposal.pictures, 1)
    ]
    with session.no_autoflush:
        revision.digest = digest(revision)
        post.revisions.append(revision)
        post.current = revision.number
        post.digest = revision.digest
        post.approver_id = None
        post.approved_digest = None
        post.sent_to_officer_at = None  # only what was sent to the officer was: not what comes after it
        post.due_at = proposal.publish_at or post.created_at
    return revision


def ask_for_check(session: Session, post: Post) -> None:
    """Queues the check of the current revision."""
    key = f"check:{post.id}:{post.current}"
    outbox.enqueue(session, "check_revision", {"post_id": post.id, "revision": post.current}, key=key, priority=50)
