"""What only its author chooses: what becomes of a held post, and taking a post back."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from workflow.review.hold import release, send_to_officer, withdraw_for_good
from workflow.review.proposal import Invalid, Problem
from workflow.review.reading import to_change
from workflow.review.withdraw import withdraw
from workflow.roles import Permission, require
from workflow.states import Action, State, follow
from workflow.web.context import actor, current
from workflow.web.forms import Filled, filled
from workflow.web.post import show_again
from workflow.web.security import needs_on_post

holding = Blueprint("holding", __name__)


@holding.post("/posts/<ref>/hold")
@needs_on_post(Permission.CHOOSE_HOLD)
def hold(ref: str) -> ResponseReturnValue:
    """The author's choice about a held post: withdraw it for good, send it to the officer, or let it go on."""
    form = _hold_form()
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref) or abort(404)
            require(Permission.CHOOSE_HOLD, actor(), post.facts())
            follow(State(post.state), Action.RELEASE)  # all three are choices about a held post, and no other
            if form.name == "hold-withdraw":
                _confirmed(form)
                withdraw_for_good(session, actor(), post)
                said = f"{post.ref} is withdrawn, and its words are deleted."
            elif form.name == "hold-officer":
                send_to_officer(session, actor(), post)
                said = f"{post.ref} was sent to the whistleblowing officer, and to nobody else."
            else:
                release(session, actor(), post)
                said = f"{post.ref} goes on to its review."
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    flash(said)
    return redirect(url_for("home.page") if form.name == "hold-withdraw" else url_for("post.page", ref=ref), 303)


def _hold_form() -> Filled:
    name = request.form.get("form", "")
    if name not in ("hold-withdraw", "hold-officer", "hold-release"):
        abort(400)
    return filled(name)


def _confirmed(form: Filled) -> None:
    if form.value("confirm") != "yes":
        raise Invalid([Problem("confirm", "Tick the box to say that it should be deleted for good.")])


@holding.post("/posts/<ref>/delete")
@needs_on_post(Permission.WITHDRAW)
def delete_draft(ref: str) -> ResponseReturnValue:
    """Deletes a draft, which nobody but its author has seen."""
    form = filled("delete")
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref) or abort(404)
            require(Permission.WITHDRAW, actor(), post.facts())
            follow(State(post.state), Action.SUBMIT)  # only a draft can be: what others have seen is withdrawn instead
            _confirmed(form)
            withdraw_for_good(session, actor(), post)
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    flash(f"The draft {ref} is deleted.")
    return redirect(url_for("mine.page"), 303)


@holding.post("/posts/<ref>/withdraw")
@needs_on_post(Permission.WITHDRAW)
def withdraw_post(ref: str) -> ResponseReturnValue:
    """The author takes a post back before it goes out."""
    with current().database.writing() as session:
        post = to_change(session, actor(), ref) or abort(404)
        withdraw(session, actor(), post)
        said = f"{post.ref} is withdrawn. It will not be published."
    flash(said)
    return redirect(url_for("post.page", ref=ref), 303)
