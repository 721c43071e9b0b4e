"""Guide versions: the words of the guide at the time, kept for ever."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt


class GuideVersion(Base):
    """One version of the guide. The one with the latest `used_from` is in use."""

    __tablename__ = "guide_version"

    version: Mapped[str] = mapped_column(primary_key=True)  # of its content: see workflow.guide
    toml: Mapped[str]
    used_from: Mapped[datetime]
    put_in_use_by_id: Mapped[int | None] = mapped_column(BigInt, sa.ForeignKey("person.id"))
