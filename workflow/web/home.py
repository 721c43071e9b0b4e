"""Home: what waits for the person who is signed in."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workflow.review.reading import your_turn
from workflow.web.context import actor, current
from workflow.web.security import needs

home = Blueprint("home", __name__)


@home.get("/")
@needs()
def page() -> ResponseReturnValue:
    """The list of what it is this person's turn to do, oldest first, and the ways on."""
    with current().database.reading() as session:
        turn = your_turn(session, actor())
    return render_template("pages/home/page.html", waiting=turn.waiting, total=turn.total, current_section="home")
