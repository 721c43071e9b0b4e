"""Waiting, in tests, until a condition holds."""

import time

import sqlalchemy as sa


def wait_for_a_lock(database, waiting=1):
    """Until that many connections of this database wait for a lock."""
    question = sa.text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with database.reading() as session:
            if session.scalar(question) >= waiting:
                return
    raise AssertionError("Nobody waits for a lock.")
