"""The author takes a post back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.models import Post
from workflow.publishing.plan import cancel_publications
from workflow.roles import Actor
from workflow.states import Action
from workflow.transition import apply


def withdraw(session: Session, actor: Actor, post: Post) -> None:
    """Takes the post back, until the moment its publishing starts. Raises NotPermitted or NotPossible.

    What nobody but its author had seen stays the author's alone.
    """
    hidden = post.private
    with session.no_autoflush:
        post.approver_id = None
        post.approved_digest = None
        apply(session, actor, post, Action.WITHDRAW, {"revision": post.current})
        post.hidden = hidden
        cancel_publications(post)
