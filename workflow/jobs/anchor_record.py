"""Sends the record's head out of the house, so that a cut tail or a rewritten history shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import outbox, record
from workflow.jobs.handlers import handler
from workflow.models import Person, RecordAnchor, RecordHead, RoleGrant
from workflow.roles import Role
from workflow.services import Services

EVERY = timedelta(hours=1)


def anchor_is_due(session: Session) -> bool:
    """Whether the record has grown since the last anchor, and that one is an hour old."""
    head = session.get(RecordHead, 1)
    last = session.scalars(sa.select(RecordAnchor).order_by(RecordAnchor.size.desc()).limit(1)).one_or_none()
    if head is None or head.size == 0:
        return False
    return last is None or (last.size < head.size and last.at < datetime.now(UTC) - EVERY)


@handler("anchor_record")
def anchor_record(services: Services, args: dict[str, Any]) -> None:
    """Keeps an anchor and mails it to the records officers."""
    with services.database.writing() as session:
        if not anchor_is_due(session):
            return
        made = record.anchor(session)
        officers = session.scalars(
            sa.select(Person)
            .join(RoleGrant)
            .where(Person.active.is_(sa.true()), RoleGrant.role == Role.RECORDS_OFFICER.value)
            .distinct()
        )
        for person in officers:
            key = f"anchor:{made.size}:{person.id}"
            facts = {"name": "anchor", "key": key, "person_id": person.id, "anchor": str(made), "size": made.size}
            outbox.enqueue(session, "send_mail", facts, key=f"mail:{key}")
