"""Somebody changes a post's words, pictures, channels or time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Post, PublicationState
from workflow.review.proposal import Invalid, Problem, Proposal, Stale, problems_of
from workflow.review.submit import add_revision, ask_for_check, channel_problems
from workflow.roles import Actor, Permission, require
from workflow.states import Action, State, follow
from workflow.transition import apply

_GONE_OUT = {
    PublicationState.SENDING,
    PublicationState.PUBLISHED,
    PublicationState.UNCONFIRMED,
    PublicationState.WAITING,
}


def revise(session: Session, actor: Actor, post: Post, proposal: Proposal, *, seen_digest: str) -> bool:
    """A new revision, which drops an approval there was (rule 4). False where nothing that is published changed.

    Raises Stale where the post changed since the person opened it, Invalid, NotPermitted or NotPossible.
    """
    require(Permission.REVISE, actor, post.facts())
    follow(State(post.state), Action.REVISE)
    if seen_digest != post.digest:
        raise Stale(post, seen_digest)
    is_draft = post.state == State.DRAFT
    problems = problems_of(session, proposal, datetime.now(UTC), draft=is_draft)
    problems += channel_problems(session, actor, set(proposal.channels) - set(post.revision.channels))
    if any(publication.state in _GONE_OUT for publication in post.publications):
        problems.append(
            Problem("text", "Part of this post is already out, so it can no longer be changed. Propose a new one.")
        )
    if problems:
        raise Invalid(problems)
    if digest(proposal) == post.digest and proposal.note == post.revision.note:
        return False
    if digest(proposal) == post.digest:
        post.revision.note = proposal.note  # for the reviewer only: no part of what is approved
        return False
    facts = {"was": post.digest, "dropped an approval": post.approved_digest is not None}
    # State, digest and approval change in one UPDATE: the CHECK constraints look at all of them together.
    with session.no_autoflush:
        for publication in post.publications:
            if publication.state in (PublicationState.SCHEDULED, PublicationState.FAILED):
                publication.state = PublicationState.CANCELLED.value
        revision = add_revision(session, actor, post, proposal)
        facts |= {"revision": revision.number, "digest": revision.digest, "channels": list(revision.channels)}
        apply(session, actor, post, Action.REVISE, facts)
    if not is_draft:
        ask_for_check(session, post)
    return True
