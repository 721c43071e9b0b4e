"""Signing in and out, and getting a form back that was sent after the sign-in was over."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from workflow.models import Person
from workflow.review.people import authenticate
from workflow.review.proposal import Problem
from workflow.web.context import actor, actor_or_none, current
from workflow.web.forms import Filled, filled
from workflow.web.forms.kept import KeptForm, give_back, keep_this_form, seal, unseal
from workflow.web.security import SignedIn, limiter, needs, open_to_all, safe_path

sign_in = Blueprint("sign_in", __name__)

# For one address on the network: a whole office behind one has room, a program that guesses has not.
TRIES_BY_ADDRESS = "40 per minute"
_FAILED = "The email address or the password is not right. After several tries the account is closed for 15 minutes."
_EMPTY = Filled()  # the POST of an ended session may hold an "email" of its own: the sign-in form starts empty


@sign_in.get("/sign-in")
@open_to_all
def page() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    if actor_or_none() is not None:
        return redirect(safe_path(request.args.get("next", "/")))
    return _page(next_=request.args.get("next", ""))


@sign_in.post("/sign-in")
@open_to_all
@limiter.limit(lambda: TRIES_BY_ADDRESS, deduct_when=lambda response: response.status_code == 422)
def enter() -> ResponseReturnValue:
    """Signs in. Says the same whatever was wrong."""
    form = filled()
    kept = unseal(form.value("kept")) if form.value("kept") else None
    problems = []
    if not form.value("email").strip():
        problems.append(Problem("email", "Enter your email address."))
    if not form.value("password"):
        problems.append(Problem("password", "Enter your password."))
    person = None
    if not problems:
        person = authenticate(current().database, form.value("email"), form.value("password"))
        if person is None:
            problems.append(Problem("email", _FAILED))
    if person is None:
        return _page(form=form.with_problems(problems), next_=form.value("next"), kept=kept), 422
    session.clear()  # a new session: what a stranger may have planted in the old one is gone
    session.permanent = True
    login_user(SignedIn(person))
    if kept is not None:
        return give_back(kept, "You are signed in again.")
    return redirect(safe_path(form.value("next") or url_for("home.page")), 303)


@sign_in.errorhandler(429)
def too_often(error: Exception) -> ResponseReturnValue:
    """Too many wrong tries from one address: the page again, with the form that was kept for after the sign-in."""
    del error
    form = filled()
    kept = unseal(form.value("kept")) if form.value("kept") else None
    problem = Problem("email", "That was too often from where you are. Wait a minute, then try again.")
    return _page(form=form.with_problems([problem]), next_=form.value("next"), kept=kept), 429


@sign_in.post("/sign-out")
@needs()
def leave() -> ResponseReturnValue:
    """Ends all sessions of the person: a copied cookie is worth nothing afterwards."""
    with current().database.writing() as db:
        db.get_one(Person, actor().id).sign_in_count += 1
    logout_user()
    session.clear()
    flash("You are signed out, on every device.")
    return redirect(url_for("sign_in.page"), 303)


@sign_in.post("/form-again")
@needs()
def form_again() -> ResponseReturnValue:
    """Gives a form back that an error kept (its page carries it, signed)."""
    kept = unseal(request.form.get("kept", ""))
    if kept is None:
        return redirect(url_for("home.page"), 303)
    return give_back(kept, "Something went wrong when you sent this form.")


def page_for_a_form() -> Response:
    """The answer to a POST without a sign-in: sign in, then the form is back, filled, and not carried out."""
    kept = keep_this_form()
    return Response(_page(kept=kept, ended=True), 401, content_type="text/html; charset=utf-8")


def _page(form: Filled = _EMPTY, next_: str = "", kept: KeptForm | None = None, ended: bool = False) -> str:
    sealed = seal(kept) if kept else ""
    return render_template("pages/sign_in/page.html", form=form, next=next_, kept_form=kept, sealed=sealed, ended=ended)
