"""Revisions: one frozen version of a post each, and its pictures."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt
from workflow.models.person import Person

if TYPE_CHECKING:
    from workflow.models.finding import FindingRow
    from workflow.models.post import Post


class Revision(Base):
    """Frozen once written. `digest` is SHA-256 over everything that would be published (see workflow.digest)."""

    __tablename__ = "revision"
    __table_args__ = (
        sa.UniqueConstraint("post_id", "number"),
        sa.UniqueConstraint("id", "digest"),  # so that a decision and a publication can refer to both at once
        sa.CheckConstraint("length(digest) = 64", name="digest_is_sha256"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    post_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    text: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # per channel, where it differs from `text`
    channels: Mapped[list[str]]
    publish_at: Mapped[datetime | None]  # None: as soon as it is approved
    publish_wall: Mapped[str] = mapped_column(default="")  # what the person typed, in the agency's zone
    publish_zone: Mapped[str] = mapped_column(default="")
    link_card: Mapped[dict[str, Any] | None]
    language: Mapped[str] = mapped_column(default="en")
    note: Mapped[str] = mapped_column(default="")  # for the reviewer only: never part of what is published
    digest: Mapped[str]
    written_by_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    guide_version: Mapped[str | None]  # the guide the check ran under
    incoming_mail_id: Mapped[int | None] = mapped_column(BigInt)

    post: Mapped[Post] = relationship(back_populates="revisions")
    written_by: Mapped[Person] = relationship(lazy="joined")
    pictures: Mapped[list[Picture]] = relationship(
        back_populates="revision", order_by="Picture.position", lazy="selectin"
    )
    findings: Mapped[list[FindingRow]] = relationship(back_populates="revision", order_by="FindingRow.number")

    def text_for(self, channel_id: str) -> str:
        """The text as it would stand on that channel."""
        return str(self.texts.get(channel_id, self.text))


class Picture(Base):
    """One picture of a revision: a content-addressed file and its alternative text."""

    __tablename__ = "picture"
    __table_args__ = (
        sa.UniqueConstraint("revision_id", "position"),
        sa.CheckConstraint("length(sha256) = 64", name="sha256_is_one"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    revision_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("revision.id"))
    position: Mapped[int] = mapped_column(sa.Integer)
    sha256: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInt)
    width: Mapped[int] = mapped_column(sa.Integer)
    height: Mapped[int] = mapped_column(sa.Integer)
    alt_text: Mapped[str] = mapped_column(default="")
    decorative_because: Mapped[str] = mapped_column(default="")
    # Neither is published: what the file said about itself, and what the check saw in it (workflow.checks.pictures).
    carried: Mapped[dict[str, Any] | None]
    seen: Mapped[dict[str, Any] | None]

    revision: Mapped[Revision] = relationship(back_populates="pictures")
