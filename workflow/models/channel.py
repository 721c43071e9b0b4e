"""Channels: one account on one network each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base


class Channel(Base):
    """One account of the agency. Retired, never deleted: decisions and publications name it."""

    __tablename__ = "channel"
    __table_args__ = (
        sa.CheckConstraint("id <> '' and id <> '*'", name="id_is_a_name"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(primary_key=True)  # a slug, for example "bluesky"
    name: Mapped[str]
    network: Mapped[str]
    handle: Mapped[str] = mapped_column(default="")
    service_url: Mapped[str] = mapped_column(default="")
    sealed_secret: Mapped[bytes] = mapped_column(default=b"")  # see workflow.models.seal
    paused: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
