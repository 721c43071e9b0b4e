"""What an auditor asks of the whole database."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Decision, Publication, PublicationState, reference_of


def publications_without_approval(session: Session) -> list[str]:
    """A sentence for each publication whose approval is missing or is of something else."""
    problems = []
    out = (PublicationState.PUBLISHED, PublicationState.UNCONFIRMED, PublicationState.SENDING)
    rows = session.scalars(sa.select(Publication).where(Publication.state.in_([state.value for state in out])))
    for publication in rows:
        decision = session.get(Decision, publication.decision_id)
        approved = (
            decision is not None
            and decision.decision == "approve"
            and decision.digest == publication.digest
            and decision.reviewer_id != decision.author_id
        )
        ref = reference_of(publication.post_id)
        if not approved:
            problems.append(f"{ref} was published on {publication.channel_id} without an approval of that digest.")
        elif digest(publication.revision) != publication.digest:
            problems.append(
                f"{ref}: what is stored is not what was approved and published on {publication.channel_id}."
            )
    return problems
