"""The author takes a post back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.models import Post
from workflow.publishing.plan import cancel_publications, part_is_out
from workflow.roles import Actor
from workflow.states import Action, NotPossible, State
from workflow.transition import apply

PART_IS_OUT = (
    "Part of this post is out already, so it cannot be withdrawn as if nothing had happened. A publisher of its "
    "channels can leave the rest unpublished; ask them, too, where it has to be deleted."
)


def withdraw(session: Session, actor: Actor, post: Post) -> None:
    """Takes the post back, as long as nothing of it is out. Raises NotPermitted or NotPossible.

    What nobody but its author had seen stays the author's alone: the whole post, or its last revisions. Then others
    see it as it was when they last could read it, and the current revision is that one again.
    """
    if part_is_out(post):
        raise NotPossible(State(post.state), Action.WITHDRAW, PART_IS_OUT)
    was_private = post.private
    shared = [revision for revision in post.revisions if post.has_shared(revision)]
    with session.no_autoflush:
        cancel_publications(post)
        post.approver_id = None
        post.approved_digest = None
        apply(session, actor, post, Action.WITHDRAW, {"revision": post.current})
        post.hidden = was_private and not shared
        if was_private and shared:
            post.current, post.digest = shared[-1].number, shared[-1].digest
