"""A job that runs no longer stands in the way of one with the same key, and faults of jobs are kept on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.models.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WAITING = sa.text("key is not null and state in ('scheduled', 'ready')")


def upgrade() -> None:
    op.create_table(
        "job_fault",
        sa.Column("job_id", BIG_INT, autoincrement=False, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_job_fault"),
        sqlite_strict=True,
    )
    op.drop_index("ix_job_key", table_name="job")
    op.create_index("ix_job_key", "job", ["key"], unique=True, sqlite_where=WAITING, postgresql_where=WAITING)
