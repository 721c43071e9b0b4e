"""Alembic's entry: it is always handed a connection, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from workflow.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,  # the caller's transaction is the one that counts
)
context.run_migrations()
