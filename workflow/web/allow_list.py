"""The allow-list, to read: it is changed at the command line."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workflow.review.allow_list import counts, entries, today_in
from workflow.roles import Permission
from workflow.web.context import current
from workflow.web.security import needs

allow_list = Blueprint("allow_list", __name__)


@allow_list.get("/allow-list")
@needs(Permission.MANAGE)
def page() -> ResponseReturnValue:
    """Whom and what the check does not mark, those that have run out last."""
    services = current()
    today = today_in(services.settings)
    with services.database.reading() as session:
        rows = [
            {
                "id": row.id,
                "kind": row.kind,
                "title": row.name or row.phone or row.email,
                "role": row.role,
                "phone": row.phone,
                "email": row.email,
                "until": date.fromisoformat(row.until) if row.until else None,
                "counts": counts(row, today),
            }
            for row in entries(session)
        ]
    return render_template(
        "pages/allow_list/page.html",
        now=[row for row in rows if row["counts"]],
        over=[row for row in rows if not row["counts"]],
        from_settings=services.settings.public_contacts,
    )
