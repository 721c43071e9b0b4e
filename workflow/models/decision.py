"""Decisions: approve, ask for changes, reject, with the clauses they cite."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt, one_of
from workflow.models.person import Person

if TYPE_CHECKING:
    from workflow.models.post import Post
    from workflow.models.revision import Revision

DECISIONS = ("approve", "ask for changes", "reject")


class Decision(Base):
    """One decision on one revision, bound to the digest that its reviewer saw."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.CheckConstraint(f"decision in ({one_of(DECISIONS)})", name="decision_known"),
        sa.CheckConstraint("decision = 'approve' or note <> ''", name="refusal_has_a_sentence"),
        sa.CheckConstraint("reviewer_id <> author_id", name="not_by_its_author"),
        sa.ForeignKeyConstraint(["revision_id", "digest"], ["revision.id", "revision.digest"]),
        sa.UniqueConstraint("id", "revision_id", "digest", "decision"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    post_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    revision_id: Mapped[int] = mapped_column(BigInt)
    digest: Mapped[str]
    decision: Mapped[str]
    author_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    reviewer_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(default="")
    guide_version: Mapped[str] = mapped_column(sa.ForeignKey("guide_version.version"))
    at: Mapped[datetime]

    post: Mapped[Post] = relationship(back_populates="decisions")
    reviewer: Mapped[Person] = relationship(foreign_keys=[reviewer_id], lazy="joined")
    revision: Mapped[Revision] = relationship(primaryjoin="foreign(Decision.revision_id) == Revision.id", viewonly=True)
    clauses: Mapped[list[CitedClause]] = relationship(
        back_populates="decision", order_by="CitedClause.position", lazy="selectin"
    )


class CitedClause(Base):
    """A clause that a decision cites, in the decision's guide version."""

    __tablename__ = "cited_clause"

    decision_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("decision.id"), primary_key=True)
    clause_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(sa.Integer)
    note: Mapped[str] = mapped_column(default="")

    decision: Mapped[Decision] = relationship(back_populates="clauses")
