"""People and what they are trusted with."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflow.models.base import Base, BigInt, one_of
from workflow.roles import EVERYWHERE, Actor, Role


class Person(Base):
    """A member of staff. Known by the address; never deleted, only disabled: the record names them."""

    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("email = lower(email) and email like '%_@_%'", name="email_is_an_address"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str] = mapped_column(default="")  # empty: cannot sign in (staff who only ever email)
    active: Mapped[bool] = mapped_column(default=True)
    sign_in_count: Mapped[int] = mapped_column(sa.Integer, default=0)  # raised to end all sessions of this person
    failed_sign_ins: Mapped[int] = mapped_column(sa.Integer, default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="person", cascade="all, delete-orphan", lazy="selectin"
    )

    def as_actor(self) -> Actor:
        """The person as the permission table sees them; a disabled person has no roles."""
        roles = frozenset((Role(grant.role), grant.channel_id) for grant in self.grants) if self.active else frozenset()
        return Actor(self.id, self.name, roles)


class RoleGrant(Base):
    """One role of one person, everywhere (`*`) or on one channel."""

    __tablename__ = "role_grant"
    __table_args__ = (
        sa.CheckConstraint(f"role in ({one_of(Role)})", name="role_known"),
        {"sqlite_strict": True},
    )

    person_id: Mapped[int] = mapped_column(BigInt, sa.ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(primary_key=True, default=EVERYWHERE)

    person: Mapped[Person] = relationship(back_populates="grants")
