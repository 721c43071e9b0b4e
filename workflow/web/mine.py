"""Lists of posts, newest first: what the person proposed, and all that they may read."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from workflow.review.mine import all_posts, my_posts
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.security import needs

mine = Blueprint("mine", __name__)


@mine.get("/posts")
@needs()
def page() -> ResponseReturnValue:
    """My posts; `before` is the id below which the page begins."""
    before = _before()
    with current().database.reading() as session:
        shown = my_posts(session, actor(), before)
    older = url_for("mine.page", before=shown.next) if shown.next else ""
    return render_template(
        "pages/mine/page.html", posts=shown.posts, older=older, first=before is None, current_section="mine"
    )


@mine.get("/posts/all")
@needs(Permission.READ_LIST)
def everybodys() -> ResponseReturnValue:
    """All posts that the person may read."""
    before = _before()
    with current().database.reading() as session:
        shown = all_posts(session, actor(), before)
    older = url_for("mine.everybodys", before=shown.next) if shown.next else ""
    return render_template(
        "pages/mine/all.html", posts=shown.posts, older=older, first=before is None, current_section="all"
    )


def _before() -> int | None:
    said = request.args.get("before", "")
    if said and not (said.isascii() and said.isdecimal() and len(said) < 16):
        abort(400)
    return int(said) if said else None
