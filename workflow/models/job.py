"""The embedded engine's job table, and the leases of whoever must be alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt, one_of

JOB_STATES = ("scheduled", "ready", "running", "done", "dead")
# A job that runs does not count: what is asked for while it runs may be something that it has not seen.
_WAITING = sa.text("key is not null and state in ('scheduled', 'ready')")


class Job(Base):
    """One job. On PostgreSQL Procrastinate keeps its own tables and this one stays empty."""

    __tablename__ = "job"
    __table_args__ = (
        sa.CheckConstraint(f"state in ({one_of(JOB_STATES)})", name="state_known"),
        sa.Index(
            "ix_job_ready",
            "priority",
            "id",
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        ),
        # Jobs of later stand in an index of their own: 100,000 scheduled posts must not slow a claim down.
        sa.Index(
            "ix_job_scheduled",
            "run_at",
            sqlite_where=sa.text("state = 'scheduled'"),
            postgresql_where=sa.text("state = 'scheduled'"),
        ),
        sa.Index(
            "ix_job_running",
            "lease_until",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        ),
        sa.Index("ix_job_key", "key", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    state: Mapped[str]
    priority: Mapped[int] = mapped_column(sa.Integer, default=100)  # lower goes first
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(sa.Integer, default=0)
    max_attempts: Mapped[int] = mapped_column(sa.Integer, default=20)
    fence: Mapped[int] = mapped_column(sa.Integer, default=0)
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    key: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Lease(Base):
    """Who is alone at something (a mailbox's reader, the planner), until when, with a fencing number."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    fence: Mapped[int] = mapped_column(BigInt)
    until: Mapped[datetime]
