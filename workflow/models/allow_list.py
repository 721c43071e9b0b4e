"""The agency's allow-list: whom and what the check does not mark, because they are public."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt, one_of


class AllowKind(StrEnum):
    """Why somebody or something stands on the list."""

    CONTACT = "contact"  # a public contact point of the agency
    OFFICE_HOLDER = "office-holder"  # elected or appointed: Cllr, PC, headteacher
    SPOKESPERSON = "spokesperson"  # staff who speak for the agency


class AllowListEntry(Base):
    """One line of the list. Nobody's name is kept longer than the agency says: `until` is the last day it counts."""

    __tablename__ = "allow_list_entry"
    __table_args__ = (
        sa.CheckConstraint(f"kind in ({one_of(AllowKind)})", name="kind_known"),
        sa.CheckConstraint("name <> '' or phone <> '' or email <> ''", name="allows_something"),
        sa.UniqueConstraint("kind", "name", "phone", "email"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]  # an address, or a domain of the agency ("@agency.example")
    role: Mapped[str]
    until: Mapped[str | None]  # the last day, as an ISO date: STRICT tables know no dates
    added_at: Mapped[datetime]
