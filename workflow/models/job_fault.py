"""What went wrong with a job of Procrastinate, which itself keeps no sentence and counts every run as a try."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflow.models.base import Base, BigInt


class JobFault(Base):
    """The last fault of one job, and how often it failed. Only on PostgreSQL: on SQLite both stand in `job`."""

    __tablename__ = "job_fault"

    job_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)  # procrastinate_jobs.id
    failures: Mapped[int] = mapped_column(sa.Integer, default=0)
    error: Mapped[str]  # a sentence for people
    at: Mapped[datetime]
