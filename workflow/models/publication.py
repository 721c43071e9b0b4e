"""Publications: one revision on one channel each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt, one_of
from workflow.models.channel import Channel

if TYPE_CHECKING:
    from workflow.models.decision import Decision
    from workflow.models.post import Post
    from workflow.models.revision import Revision


class PublicationState(StrEnum):
    """Where one publication is."""

    SCHEDULED = "scheduled"
    SENDING = "sending"  # written before the call: found again after a crash, it means "outcome not known"
    WAITING = "waiting"  # for a person, who publishes it by hand
    PUBLISHED = "published"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Publication(Base):
    """What goes out, bound by foreign key to an approval of this very digest."""

    __tablename__ = "publication"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({one_of(PublicationState)})", name="state_known"),
        # No publication without an approval of that digest: `approval` can only be 'approve', and the key must exist.
        sa.CheckConstraint("approval = 'approve'", name="approval_is_one"),
        sa.ForeignKeyConstraint(
            ["decision_id", "revision_id", "digest", "approval"],
            ["decision.id", "decision.revision_id", "decision.digest", "decision.decision"],
            name="fk_publication_approval",
        ),
        sa.CheckConstraint("state <> 'published' or published_at is not null", name="published_has_a_time"),
        sa.UniqueConstraint("revision_id", "channel_id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    post_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    revision_id: Mapped[int] = mapped_column(BigInt)
    decision_id: Mapped[int] = mapped_column(BigInt)
    digest: Mapped[str]
    approval: Mapped[str] = mapped_column(default="approve")
    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"))
    state: Mapped[str] = mapped_column(default=PublicationState.SCHEDULED.value)
    run_at: Mapped[datetime]
    key: Mapped[str]  # the network's idempotency key, the same for every try
    payload: Mapped[dict[str, Any] | None]  # exactly what is sent, written before the call
    payload_sha256: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    first_tried_at: Mapped[datetime | None]
    network_id: Mapped[str | None]
    address: Mapped[str | None]
    response: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]  # a sentence for people
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("person.id"))  # by hand

    post: Mapped[Post] = relationship(back_populates="publications")
    channel: Mapped[Channel] = relationship(lazy="joined")
    decision: Mapped[Decision] = relationship(
        primaryjoin="foreign(Publication.decision_id) == Decision.id", viewonly=True
    )
    revision: Mapped[Revision] = relationship(
        primaryjoin="foreign(Publication.revision_id) == Revision.id", viewonly=True
    )
