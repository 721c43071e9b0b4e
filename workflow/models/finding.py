"""Findings of the check, and what people answer to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt, one_of
from workflow.models.person import Person

if TYPE_CHECKING:
    from workflow.models.revision import Revision

ANSWERS = ("fixed", "dismissed", "consent", "public", "permission", "taken over")


class FindingRow(Base):
    """One finding: a passage of one revision that touches one clause of one guide version."""

    __tablename__ = "finding"
    __table_args__ = (
        sa.UniqueConstraint("revision_id", "number"),
        sa.CheckConstraint("level in ('advise', 'answer', 'block')", name="level_known"),
        sa.CheckConstraint("start_at >= 0 and end_at >= start_at", name="passage_is_one"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    revision_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("revision.id"))
    number: Mapped[int] = mapped_column(sa.Integer)  # as shown beside the passage, from 1
    key: Mapped[str]  # the same passage and clause in a later revision has the same key
    clause_id: Mapped[str]
    guide_version: Mapped[str]
    part: Mapped[str]  # "text", "alt 1" for the first picture's alternative text, "words 1" for the words in it
    start_at: Mapped[int] = mapped_column(sa.Integer)  # code points into that part
    end_at: Mapped[int] = mapped_column(sa.Integer)  # exclusive
    passage: Mapped[str]
    level: Mapped[str]
    score: Mapped[float]
    reader_score: Mapped[float | None]  # what the reader gave, where `score` is what answers made of it
    source: Mapped[str]
    why: Mapped[str]
    fix: Mapped[str]
    boxes: Mapped[list[Any] | None]  # where in a picture: left, top, width, height, as shares of the picture's own

    revision: Mapped[Revision] = relationship(back_populates="findings")


class Answer(Base):
    """What a person says to a finding. Bound to post and key, so that it holds until the words change."""

    __tablename__ = "answer"
    __table_args__ = (
        sa.CheckConstraint(f"kind in ({one_of(ANSWERS)})", name="kind_known"),
        sa.CheckConstraint("kind = 'fixed' or reason <> ''", name="reason_given"),
        sa.Index("ix_answer_post_id_key", "post_id", "key"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    post_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    finding_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("finding.id"))
    key: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="joined")
