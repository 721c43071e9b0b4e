"""The accessibility statement that the agency completes."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workflow.web.security import open_to_all

statement = Blueprint("statement", __name__)


@statement.get("/accessibility-statement")
@open_to_all
def page() -> ResponseReturnValue:
    """Open to all: who cannot sign in must be able to read whom to ask."""
    return render_template("pages/statement/page.html")
