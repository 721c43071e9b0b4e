"""Mail that came in, and mail that went out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
        sa.Index(
            "ix_incoming_mail_content_key",
            "content_key",
            unique=True,
            sqlite_where=sa.text("content_key is not null"),
            postgresql_where=sa.text("content_key is not null"),
        ),
        sa.Index("ix_incoming_mail_state", "state", "id"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    mailbox: Mapped[str]
    uidvalidity: Mapped[int | None] = mapped_column(BigInt)  # None: handed over by `mail ingest`
    uid: Mapped[int | None] = mapped_column(BigInt)
    sha256: Mapped[str]  # of the raw bytes, which stand under that name in the files folder
    size: Mapped[int] = mapped_column(BigInt)
    too_large: Mapped[bool] = mapped_column(default=False)  # only its header was fetched
    message_id: Mapped[str] = mapped_column(default="")
    sender: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="received")
    reason: Mapped[str] = mapped_column(default="")  # why it was set aside, in a sentence
    content_key: Mapped[str | None]  # Message-ID, sender and content: the same mail has it however often it comes
    understood: Mapped[dict[str, Any] | None]  # what was cut, refused or not understood, for the answer mail
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


class MailboxState(Base):
    """When a mailbox was last read, and what is wrong with it, for the pages that show it."""

    __tablename__ = "mailbox_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_checked_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime | None]  # the problem's beginning
