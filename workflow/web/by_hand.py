"""Publishing by hand: what to copy, how, and where to say that it is done."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.digest import digest
from workflow.models import Post, Publication
from workflow.models.post import id_of
from workflow.publishing.register import publisher_for
from workflow.review.proposal import Invalid
from workflow.review.publish_choices import mark_published
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
        return _page(_publication(session, ref, channel), filled())


@by_hand.post("/posts/<ref>/by-hand/<channel>")
@needs_on_post(Permission.PUBLISH)
def done(ref: str, channel: str) -> ResponseReturnValue:
    """Keeps where the post stands."""
    form = filled()
    try:
        with current().database.writing() as session:
            publication = _publication(session, ref, channel)
            mark_published(session, actor(), publication, form.value("address"))
            said = f"{publication.post.ref} is kept as published on {publication.channel.name}."
    except Invalid as invalid:
        with current().database.reading() as session:
            return _page(_publication(session, ref, channel), form.with_problems(invalid)), 422
    flash(said)
    return redirect(url_for("by_hand.page", ref=ref, channel=channel), 303)


def _publication(session: Session, ref: str, channel: str) -> Publication:
    """The newest publication of the post on that channel; 404 where there is none that this person may publish."""
    post_id = id_of(ref)
    post = session.get(Post, post_id) if post_id is not None else None
    if post is None or not may(Permission.PUBLISH, actor(), post.facts()):
        abort(404)
    found = [row for row in post.publications if row.channel_id == channel]
    if not found or not publisher_for(found[-1].channel.network).needs_a_person:
        abort(404)
    return found[-1]


def _page(publication: Publication, form: Filled) -> str:
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
        as_approved=digest(revision) == publication.digest,
    )
