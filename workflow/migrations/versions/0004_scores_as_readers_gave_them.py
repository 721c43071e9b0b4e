"""What a reader gave as a finding's score, where answers changed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("finding", sa.Column("reader_score", sa.Double().with_variant(sa.REAL(), "sqlite"), nullable=True))
