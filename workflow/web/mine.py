"""My posts: what the person proposed, newest first."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from workflow.review.mine import my_posts
from workflow.web.context import actor, current
from workflow.web.security import needs

mine = Blueprint("mine", __name__)


@mine.get("/posts")
@needs()
def page() -> ResponseReturnValue:
    """The list; `before` is the id below which the page begins."""
    said = request.args.get("before", "")
    if said and not (said.isascii() and said.isdecimal() and len(said) < 16):
        abort(400)
    with current().database.reading() as session:
        shown = my_posts(session, actor(), int(said) if said else None)
    older = url_for("mine.page", before=shown.next) if shown.next else ""
    return render_template(
        "pages/mine/page.html", posts=shown.posts, older=older, first=not said, current_section="mine"
    )
