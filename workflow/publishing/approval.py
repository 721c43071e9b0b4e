"""Whether what is stored is still what was approved (rule 1)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Decision, Post, Publication


def still_approved(session: Session, post: Post, publication: Publication) -> bool:
    """Approval and digest are read again, and the digest is computed anew from what is stored."""
    decision = session.get_one(Decision, publication.decision_id)
    revision = post.revision
    return (
        decision.decision == "approve"
        and decision.post_id == post.id
        and decision.reviewer_id != post.author_id
        and revision.id == publication.revision_id
        and decision.digest == publication.digest == post.digest == post.approved_digest == digest(revision)
    )
