"""The agency's allow-list: public contacts, office-holders and staff who speak for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from workflow.models.base import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "allow_list_entry",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind in ('contact', 'office-holder', 'spokesperson')", name=op.f("ck_allow_list_entry_kind_known")
        ),
        sa.CheckConstraint(
            "name <> '' or phone <> '' or email <> ''", name=op.f("ck_allow_list_entry_allows_something")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allow_list_entry")),
        sa.UniqueConstraint("kind", "name", "phone", "email", name=op.f("uq_allow_list_entry_kind_name_phone_email")),
        sqlite_strict=True,
    )
