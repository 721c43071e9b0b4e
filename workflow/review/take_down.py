"""A publisher says that a post was taken down. Teabreak deletes nothing on the networks: a person did that there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.models import Post, PublicationState
from workflow.review.proposal import Invalid, Problem
from workflow.roles import Actor, require
from workflow.states import Action, State, follow
from workflow.transition import apply

MAX_WHY = 1_000


def take_down(session: Session, actor: Actor, post: Post, why: str) -> None:
    """Keeps that the post does not stand on its channels any more, and why.

    Raises Invalid, NotPermitted or NotPossible.
    """
    require(follow(State(post.state), Action.TAKE_DOWN).needs, actor, post.facts())
    why = " ".join(why.split())
    if not why:
        raise Invalid([Problem("why", "Say in a sentence why it was taken down.")])
    if len(why) > MAX_WHY:
        raise Invalid([Problem("why", f"Keep the reason under {MAX_WHY:,} characters.")])
    live = [row.channel_id for row in post.publications if row.state == PublicationState.PUBLISHED]
    facts = {"revision": post.current, "channels": live, "why": why}
    with session.no_autoflush:
        apply(session, actor, post, Action.TAKE_DOWN, facts)
