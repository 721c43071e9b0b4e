"""Posts: what is proposed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt, one_of
from workflow.models.person import Person
from workflow.roles import PostFacts
from workflow.states import APPROVED_STATES, PRIVATE, State

if TYPE_CHECKING:
    from workflow.models.decision import Decision
    from workflow.models.publication import Publication
    from workflow.models.revision import Revision

FIRST_REFERENCE = 1000


class Post(Base):
    """One proposal, with all its revisions. Its state changes only through `workflow.transition.apply`."""

    __tablename__ = "post"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({one_of(State)})", name="state_known"),
        # The impossible made impossible: nothing is approved without a decision, by somebody else, of this very digest.
        sa.CheckConstraint(
            f"state not in ({one_of(tuple(sorted(APPROVED_STATES)))}) or "
            "(approver_id is not null and approver_id <> author_id and approved_digest is not null"
            " and approved_digest = digest)",
            name="approved_means_approved",
        ),
        sa.CheckConstraint("origin in ('web', 'mail', 'api', 'command line')", name="origin_known"),
        sa.Index("ix_post_queue", "state", "due_at", "id"),
        sa.Index("ix_post_mine", "author_id", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    author_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(default=State.DRAFT.value)
    state_since: Mapped[datetime]
    origin: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]  # the slot, else when it was proposed: the order of the queue
    current: Mapped[int] = mapped_column(sa.Integer, default=0)  # number of the current revision
    digest: Mapped[str | None]  # of the current revision
    approver_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    approved_digest: Mapped[str | None]
    sent_to_officer_at: Mapped[datetime | None]
    hidden: Mapped[bool] = mapped_column(default=False)  # withdrawn while private: nobody else may ever read it

    author: Mapped[Person] = relationship(foreign_keys=[author_id], lazy="joined")
    revisions: Mapped[list[Revision]] = relationship(back_populates="post", order_by="Revision.number")
    decisions: Mapped[list[Decision]] = relationship(back_populates="post", order_by="Decision.id")
    publications: Mapped[list[Publication]] = relationship(back_populates="post", order_by="Publication.id")

    @property
    def ref(self) -> str:
        """The reference people use, like TB-1042."""
        return reference_of(self.id)

    @property
    def revision(self) -> Revision:
        """The current revision."""
        return next(revision for revision in reversed(self.revisions) if revision.number == self.current)

    @property
    def private(self) -> bool:
        """Whether only its author may see it: a draft, not checked yet, held, or withdrawn out of one of these."""
        return self.hidden or State(self.state) in PRIVATE

    def has_shared(self, revision: Revision) -> bool:
        """Whether others than its author were ever let to read that revision: it was in review.

        One that is not checked, or held, is its author's alone; taken back as such, it stands behind the current one
        (see workflow.review.withdraw).
        """
        newest_shared = self.current - 1 if self.private else self.current
        return revision.checked_at is not None and revision.number <= newest_shared

    def facts(self) -> PostFacts:
        """What the permission table needs to know."""
        return PostFacts(
            author_id=self.author_id,
            writer_ids=frozenset(revision.written_by_id for revision in self.revisions),
            channels=tuple(self.revision.channels) if self.current else (),
            private=self.private,
            sent_to_officer=self.sent_to_officer_at is not None,
        )


def reference_of(post_id: int) -> str:
    """The reference of the post with that id."""
    return f"TB-{FIRST_REFERENCE + post_id}"


def id_of(reference: str) -> int | None:
    """The id behind a reference such as `TB-1042` (any case), or None if it is none."""
    prefix, _, number = reference.strip().upper().partition("-")
    if prefix != "TB" or not number.isascii() or not number.isdigit() or len(number) > 15:
        return None
    value = int(number) - FIRST_REFERENCE
    return value if value > 0 else None
