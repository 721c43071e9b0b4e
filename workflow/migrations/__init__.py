"""Brings a database to the newest version (Alembic)."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from workflow.models.database import Database

_LOCK = 0x7EAB3EA7  # the same number for every process of ours: PostgreSQL's advisory lock


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Runs the migrations that are missing, in one transaction. Processes that start together wait for each other.

    On SQLite the transaction begins as a writing one, and so is alone; on PostgreSQL an advisory lock sees to it.
    """
    if is_current(database):
        return
    with database.engine.begin() as connection:
        wait_alone(connection)
        command.upgrade(_config(connection), "head")


def wait_alone(connection: sa.Connection | Session) -> None:
    """Waits until no other process is starting up, and keeps others waiting until this transaction ends.

    A writing transaction on SQLite is alone by itself.
    """
    bind = connection.get_bind() if isinstance(connection, Session) else connection
    if bind.dialect.name == "postgresql":
        connection.execute(sa.text("select pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def is_current(database: Database) -> bool:
    """Whether the database is at the newest version that this Teabreak knows."""
    with database.reading() as session:
        heads = MigrationContext.configure(session.connection()).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config()).get_heads())
