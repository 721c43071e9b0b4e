"""The guide: the version in use, and every version that ever was."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from workflow.review.guide_in_use import guide_at, guide_in_use
from workflow.roles import Permission, may
from workflow.web.context import actor, current
from workflow.web.security import needs

guide = Blueprint("guide", __name__)


@guide.get("/guide")
@needs()
def page() -> ResponseReturnValue:
    """The guide in use."""
    with current().database.reading() as session:
        shown = guide_in_use(session)
    return render_template(
        "pages/guide/page.html",
        guide=shown,
        in_use=True,
        may_read_learned=may(Permission.READ_LEARNED, actor()),
        current_section="guide",
    )


@guide.get("/guide/<version>")
@needs()
def at(version: str) -> ResponseReturnValue:
    """One version, for ever: findings and decisions link here."""
    with current().database.reading() as session:
        shown = guide_at(session, version)
        in_use = guide_in_use(session)
    if shown is None:
        abort(404)
    return render_template(
        "pages/guide/page.html", guide=shown, in_use=shown.version == in_use.version, current_section="guide"
    )
