"""Being alone at something: one reader a mailbox, one planner, over all processes and machines.

The fence number is raised whenever the lease changes hands, so that one who was frozen and replaced can be told.
"""

from __future__ import annotations

import os
import socket
import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from workflow.models import Database
from workflow.models import Lease as LeaseRow


class LeaseLost(Exception):
    """Somebody else holds the lease now."""


class Lease:
    """A lease called `name`, for `ttl` seconds at a time."""

    def __init__(self, database: Database, name: str, ttl: float = 15.0) -> None:
        self.database, self.name, self.ttl = database, name, timedelta(seconds=ttl)
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.fence: int | None = None

    def acquire_or_renew(self) -> bool:
        """Takes or keeps the lease; call it every third of its time. False while somebody else holds it."""
        try:
            with self.database.writing() as session:
                self.fence = self._take(session)
        except IntegrityError:
            self.fence = None  # two took a new lease at once; the other one won
        return self.fence is not None

    def _take(self, session: Session) -> int | None:
        now = datetime.now(UTC)
        row = session.get(LeaseRow, self.name, with_for_update=True)
        if row is None:
            row = LeaseRow(name=self.name, owner=self.owner, fence=1, until=now + self.ttl)
            session.add(row)
            session.flush()
            return row.fence
        if row.owner != self.owner and row.until >= now:
            return None
        if row.owner != self.owner:
            row.owner, row.fence = self.owner, row.fence + 1
        row.until = now + self.ttl
        return row.fence

    def check(self, session: Session) -> None:
        """Inside the holder's own writing transaction: raises LeaseLost unless the lease is still its own.

        Nobody can take it over before that transaction ends.
        """
        mine = sa.select(LeaseRow.fence).where(
            LeaseRow.name == self.name, LeaseRow.owner == self.owner, LeaseRow.fence == self.fence
        )
        held = session.scalars(mine.with_for_update(read=True)).one_or_none()
        if held is None:
            raise LeaseLost(f"Somebody else holds the lease {self.name} now.")

    def release(self) -> None:
        """Gives the lease up, so that another one need not wait for it to run out."""
        if self.fence is None:
            return
        with self.database.writing() as session:
            session.execute(
                sa.update(LeaseRow)
                .where(LeaseRow.name == self.name, LeaseRow.owner == self.owner)
                .values(until=datetime.now(UTC) - timedelta(seconds=1))
            )
        self.fence = None
