"""Error pages: what happened, what became of what was sent, what to do. No trace, no content of others."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from flask import Blueprint, Flask, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from workflow.review.proposal import Invalid, Stale
from workflow.roles import NotPermitted
from workflow.states import NotPossible
from workflow.web.context import actor_or_none
from workflow.web.display import static_url
from workflow.web.forms.kept import give_back, keep_this_form, seal
from workflow.web.security import open_to_all

errors = Blueprint("errors", __name__)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plain:
    """An error in plain words."""

    title: str
    what_to_do: str


PLAIN: dict[int, Plain] = {
    400: Plain(
        "This request was not understood", "Go back to the page you came from, load it again, and try once more."
    ),
    403: Plain(
        "You may not do this",
        "If you should be able to, ask the people who look after Teabreak to give you the role for it.",
    ),
    404: Plain(
        "There is no such page",
        "Check the address. If it came from a link in a mail, the post may not be yours to see, or not yet.",
    ),
    405: Plain("This page does not take that", "Go to the start page and find your way from there."),
    409: Plain("This is not possible now", "Open the post again to see where it stands, and what can be done with it."),
    413: Plain(
        "That was too large",
        "Nothing was taken in. Press Back in your browser: it usually still has what you typed. Then choose smaller or "
        "fewer pictures.",
    ),
    415: Plain("This kind of file is not taken", "Choose a picture, such as a JPEG, PNG or WebP file."),
    422: Plain(
        "Some of it cannot be taken", "Nothing was changed. Go back, put right what is named here, and send it again."
    ),
    429: Plain("That was too often", "Wait a minute, then try again."),
    500: Plain(
        "Something went wrong on our side",
        "It is not your fault, and it has been noted for the people who look after Teabreak. What you sent was not "
        "carried out. Try again in a few minutes.",
    ),
    503: Plain(
        "Teabreak cannot work right now",
        "Its database or its disk does not answer. What you sent last was most likely not carried out: look before you "
        "send it again. What was saved before is safe. Try again in a few minutes.",
    ),
}


def error_page(status: int, sentence: str = "", problems: tuple[str, ...] = ()) -> tuple[str, int]:
    """The page for `status`, with a sentence of its own where one is known, and the form that was sent, kept."""
    plain = PLAIN.get(status) or Plain(HTTPStatus(status).phrase, PLAIN[400].what_to_do)
    kept = keep_this_form() if status != 413 else None
    page = render_template(
        "pages/errors/page.html",
        title=plain.title,
        plain=plain,
        sentence=sentence,
        problems=problems,
        kept_form=kept,
        sealed=seal(kept) if kept else "",
        can_go_back="_user_id" in session,  # not actor_or_none(): with the database away nobody is known
    )
    return page, status


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error  # a redirect
    body, status = error_page(error.code)
    response = Response(body, status, content_type="text/html; charset=utf-8")
    if error.code == 405:
        response.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return response


def _csrf(error: CSRFError) -> ResponseReturnValue:
    """The form is out of date (another sign-in, another key). Given back filled if our own page sent it."""
    kept = keep_this_form()
    if kept is None or actor_or_none() is None:
        return error_page(400, "The page you sent this from was out of date, so nothing was changed.")
    response = give_back(kept, "The page had been open for too long.")
    response.status_code = 400
    return response


def _not_permitted(error: NotPermitted) -> ResponseReturnValue:
    return error_page(403, str(error))


def _not_possible(error: NotPossible | Stale) -> ResponseReturnValue:
    return error_page(409, str(error))


def _invalid(error: Invalid) -> ResponseReturnValue:
    return error_page(422, problems=tuple(problem.message for problem in error.problems))


def _away(error: Exception) -> ResponseReturnValue:
    """The database or its disk does not answer."""
    log.error("database away", fault=type(error).__name__, endpoint=request.endpoint)
    return (*error_page(503), {"Retry-After": "60"})


def _unforeseen(error: Exception) -> ResponseReturnValue:
    """A fault of ours. The log gets where it was, not its message or the variables: they may hold words of people."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("unforeseen error", fault=type(error).__name__, endpoint=request.endpoint, where=where)
    return error_page(500)


@errors.get("/favicon.ico")
@open_to_all
def favicon() -> ResponseReturnValue:
    """Browsers ask for it whatever the page says."""
    return redirect(static_url("favicon.svg"), 308)


def set_up(app: Flask) -> None:
    """One handler a kind of error."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(NotPermitted, _not_permitted)
    app.register_error_handler(NotPossible, _not_possible)
    app.register_error_handler(Stale, _not_possible)
    app.register_error_handler(Invalid, _invalid)
    for kind in (OperationalError, InterfaceError, InternalError, PoolTimeout, OSError):
        app.register_error_handler(kind, _away)
    app.register_error_handler(Exception, _unforeseen)
