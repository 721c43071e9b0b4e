"""What a picture's file carried, what was seen in it, and where in a picture a finding stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("picture", sa.Column("carried", sa.Text(), nullable=True))
    op.add_column("picture", sa.Column("seen", sa.Text(), nullable=True))
    op.add_column("finding", sa.Column("boxes", sa.Text(), nullable=True))
