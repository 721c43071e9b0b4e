"""The record's rows. Written only by workflow.record; triggers refuse every change but a lawful erasure."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt


class RecordEntry(Base):
    """One event: who did what to which object, when, with the salted hash of its payload."""

    __tablename__ = "record_entry"
    __table_args__ = (
        sa.Index("ix_record_entry_object", "object", "seq"),
        {"sqlite_strict": True},
    )

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[str]  # text, as hashed: the same on both databases
    actor: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(BigInt)
    action: Mapped[str]
    object: Mapped[str]
    payload: Mapped[str | None]
    salt: Mapped[bytes | None]
    payload_hash: Mapped[bytes]
    leaf: Mapped[bytes]


class RecordHead(Base):
    """The log's compact range (RFC 6962): enough to append without reading the rows."""

    __tablename__ = "record_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_log"), {"sqlite_strict": True})

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    size: Mapped[int] = mapped_column(BigInt)
    range: Mapped[bytes]


class RecordAnchor(Base):
    """A head that was sent out of the house, so that a cut tail shows."""

    __tablename__ = "record_anchor"

    size: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    root: Mapped[str]
    at: Mapped[datetime]
