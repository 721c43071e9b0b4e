"""What a publisher decides about an approved post: now after all, again, live or not."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.models import Post
from workflow.review.proposal import Invalid, Problem
from workflow.review.publish_choices import leave, publish_now, settle, try_again
from workflow.review.reading import to_change
from workflow.review.take_down import take_down
from workflow.roles import Actor, Permission
from workflow.web.context import actor, current
from workflow.web.forms import Filled, filled
from workflow.web.post import show_again
from workflow.web.security import needs_on_post

outcome = Blueprint("outcome", __name__)


@outcome.post("/posts/<ref>/publish-now")
@needs_on_post(Permission.PUBLISH)
def now(ref: str) -> ResponseReturnValue:
    """Publishes a post whose time has passed after all."""
    return _pressed(ref, publish_now, "is being published now")


@outcome.post("/posts/<ref>/try-again")
@needs_on_post(Permission.PUBLISH)
def again(ref: str) -> ResponseReturnValue:
    """Tries again what could not be published."""
    return _pressed(ref, try_again, "is being tried again")


@outcome.post("/posts/<ref>/leave")
@needs_on_post(Permission.PUBLISH)
def left(ref: str) -> ResponseReturnValue:
    """Leaves it unpublished where it could not be published; it stands on its other channels."""
    return _pressed(ref, leave, "is left as it is")


def _pressed(ref: str, carry_out: Callable[[Session, Actor, Post], object], said: str) -> ResponseReturnValue:
    """A button without a form around it."""
    with current().database.writing() as session:
        post = to_change(session, actor(), ref) or abort(404)
        carry_out(session, actor(), post)
        said = f"{post.ref} {said}."
    flash(said)
    return redirect(url_for("post.page", ref=ref), 303)


@outcome.post("/posts/<ref>/publications/<int:publication_id>/settle")
@needs_on_post(Permission.PUBLISH)
def settled(ref: str, publication_id: int) -> ResponseReturnValue:
    """Keeps what a person saw on the account: it is live there, or it is not."""
    form = filled(f"settle-{publication_id}")
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref) or abort(404)
            row = next((row for row in post.publications if row.id == publication_id), None) or abort(404)
            settle(session, actor(), row, _is_live(form), form.value("address"))
            channel = row.channel.name
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    flash(f"What you saw on {channel} is kept.")
    return redirect(url_for("post.page", ref=ref), 303)


@outcome.post("/posts/<ref>/taken-down")
@needs_on_post(Permission.PUBLISH)
def taken_down(ref: str) -> ResponseReturnValue:
    """Keeps that a person took the post down on its channels, and why."""
    form = filled("taken-down")
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref) or abort(404)
            take_down(session, actor(), post, form.value("why"))
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    flash(f"{post.ref} is kept as taken down.")
    return redirect(url_for("post.page", ref=ref), 303)


def _is_live(form: Filled) -> bool:
    if form.value("live") not in ("yes", "no"):
        raise Invalid([Problem("live", "Say whether it is live.")])
    return form.value("live") == "yes"
