"""Mail that came in, and mail that went out."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt, one_of

INCOMING_STATES = ("received", "taken in", "set aside", "duplicate", "discarded")
OUTGOING_STATES = ("waiting", "sent", "refused")


class IncomingMail(Base):
    """The ledger of mail: written, with the raw bytes safe on disk, before anything else happens to a message."""

    __tablename__ = "incoming_mail"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({one_of(INCOMING_STATES)})", name="state_known"),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
        sa.Index("ix_incoming_mail_sha256", "mailbox", "sha256"),
        sa.Index("ix_incoming_mail_message_id", "mailbox", "message_id"),
        sa.Index("ix_incoming_mail_state", "state", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    mailbox: Mapped[str]
    uidvalidity: Mapped[int | None] = mapped_column(BigInt)  # None: handed over by `mail ingest`
    uid: Mapped[int | None] = mapped_column(BigInt)
    sha256: Mapped[str]  # of the raw bytes, which stand under that name in the files folder
    size: Mapped[int] = mapped_column(BigInt)
    message_id: Mapped[str] = mapped_column(default="")
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="received")
    reason: Mapped[str] = mapped_column(default="")  # why it was set aside, in a sentence
    post_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    handled_at: Mapped[datetime | None]


class OutgoingMail(Base):
    """A mail as it was rendered, with the Message-ID it keeps over every try."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({one_of(OUTGOING_STATES)})", name="state_known"),
        sa.Index("ix_outgoing_mail_post_id", "post_id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # what it is about: the same news is never told twice
    name: Mapped[str]  # the folder under templates/emails
    recipient: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("person.id"))
    post_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("post.id"))
    message_id: Mapped[str]
    raw: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="waiting")
    error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
