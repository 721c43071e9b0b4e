"""Publishing by hand: what to copy, how, and where to say that it is done."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.models import Post, Publication
from workflow.publishing.approval import still_approved
from workflow.publishing.register import publisher_for
from workflow.review.proposal import Invalid
from workflow.review.publish_choices import give_up, mark_published
from workflow.review.reading import readable, to_change
from workflow.roles import Permission, may
from workflow.web.context import actor, current
from workflow.web.forms import Filled, filled
from workflow.web.security import needs_on_post

by_hand = Blueprint("by_hand", __name__)


@by_hand.get("/posts/<ref>/by-hand/<channel>")
@needs_on_post(Permission.PUBLISH)
def page(ref: str, channel: str) -> ResponseReturnValue:
    """The exact text, the pictures and their descriptions to copy, and a field for the published post's address."""
    with current().database.reading() as session:
        return _page(session, _publication(readable(session, actor(), ref), channel), filled())


@by_hand.post("/posts/<ref>/by-hand/<channel>")
@needs_on_post(Permission.PUBLISH)
def done(ref: str, channel: str) -> ResponseReturnValue:
    """Keeps where the post stands."""
    form = filled()
    try:
        with current().database.writing() as session:
            publication = _publication(to_change(session, actor(), ref), channel)
            mark_published(session, actor(), publication, form.value("address"))
            said = f"{publication.post.ref} is kept as published on {publication.channel.name}."
    except Invalid as invalid:
        with current().database.reading() as session:
            return _page(
                session, _publication(readable(session, actor(), ref), channel), form.with_problems(invalid)
            ), 422
    flash(said)
    return redirect(url_for("by_hand.page", ref=ref, channel=channel), 303)


@by_hand.post("/posts/<ref>/by-hand/<channel>/leave")
@needs_on_post(Permission.PUBLISH)
def left(ref: str, channel: str) -> ResponseReturnValue:
    """Keeps that nobody publishes it there."""
    with current().database.writing() as session:
        publication = _publication(to_change(session, actor(), ref), channel)
        give_up(session, actor(), publication)
        said = f"{publication.post.ref} is kept as not published on {publication.channel.name}."
    flash(said)
    return redirect(url_for("post.page", ref=ref), 303)


def _publication(post: Post | None, channel: str) -> Publication:
    """The newest publication of the post on that channel; 404 where there is none that this person may publish."""
    if post is None or not may(Permission.PUBLISH, actor(), post.facts()):
        abort(404)
    found = [row for row in post.publications if row.channel_id == channel]
    if not found or not publisher_for(found[-1].channel.network).needs_a_person:
        abort(404)
    return found[-1]


def _page(session: Session, publication: Publication, form: Filled) -> str:
    revision = publication.revision
    return render_template(
        "pages/by_hand/page.html",
        form=form,
        post=publication.post,
        publication=publication,
        channel=publication.channel,
        text=revision.text_for(publication.channel_id),
        revision=revision,
        # Nothing is offered for copying that is not, to the letter, what was approved.
        as_approved=still_approved(session, publication.post, publication),
    )
