"""Somebody changes a post's words, pictures, channels or time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Post
from workflow.publishing.plan import cancel_publications, part_is_out
from workflow.review.parts import WordsLike
from workflow.review.proposal import Invalid, Problem, Proposal, Stale, problems_of
from workflow.review.submit import add_revision, ask_for_check, channel_problems
from workflow.roles import Actor, Permission, require
from workflow.states import Action, State, follow
from workflow.transition import apply


def revise(session: Session, actor: Actor, post: Post, proposal: Proposal, *, seen_digest: str) -> bool:
    """A new revision, which drops an approval there was (rule 4). False where nothing changed.

    A changed note, or another reason why a picture is decorative, is a new revision too: others read these words, so
    they are checked and stand in the record like all others.

    Raises Stale where the post changed since the person opened it, Invalid, NotPermitted or NotPossible.
    """
    require(Permission.REVISE, actor, post.facts())
    follow(State(post.state), Action.REVISE)
    if seen_digest != post.digest:
        raise Stale(post, seen_digest)
    is_draft = post.state == State.DRAFT
    problems = problems_of(session, proposal, datetime.now(UTC), draft=is_draft)
    problems += channel_problems(session, actor, set(proposal.channels) - set(post.revision.channels))
    if part_is_out(post):
        problems.append(
            Problem("text", "Part of this post is already out, so it can no longer be changed. Propose a new one.")
        )
    if problems:
        raise Invalid(problems)
    if digest(proposal) == post.digest and _not_published(proposal) == _not_published(post.revision):
        return False
    facts = {"was": post.digest, "dropped an approval": post.approved_digest is not None}
    # State, digest and approval change in one UPDATE: the CHECK constraints look at all of them together.
    with session.no_autoflush:
        cancel_publications(post)
        revision = add_revision(session, actor, post, proposal)
        facts |= {"revision": revision.number, "digest": revision.digest, "channels": list(revision.channels)}
        apply(session, actor, post, Action.REVISE, facts)
    if not is_draft:
        ask_for_check(session, post)
    return True


def _not_published(words: WordsLike) -> tuple[str, list[str]]:
    """The words that others read and the digest does not hold."""
    return words.note, [picture.decorative_because.strip() for picture in words.pictures]
