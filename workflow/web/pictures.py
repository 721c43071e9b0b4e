"""The pictures of posts, and those that are uploaded and not part of one yet."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from workflow.models import Picture
from workflow.review.proposal import NewPicture
from workflow.review.reading import readable, revisions_for
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.forms.uploads import picture_of
from workflow.web.security import needs, needs_on_post

pictures = Blueprint("pictures", __name__)


@pictures.get("/posts/<ref>/revisions/<int:number>/pictures/<int:position>")
@needs_on_post(Permission.READ)
def show(ref: str, number: int, position: int) -> ResponseReturnValue:
    """A picture of a revision that the person may see."""
    with current().database.reading() as session:
        post = readable(session, actor(), ref)
        revisions = revisions_for(actor(), post) if post else []
        found = next((row for row in revisions if row.number == number), None)
        picture = next((row for row in found.pictures if row.position == position), None) if found else None
        if picture is None:
            abort(404)
    return _response(picture)


@pictures.get("/pictures/<token>")
@needs()
def preview(token: str) -> ResponseReturnValue:
    """A picture that this very person uploaded; the token is in their form."""
    picture = picture_of(token)
    if picture is None:
        abort(404)
    return _response(picture)


def _response(picture: Picture | NewPicture) -> Response:
    response = Response(current().files.read(picture.sha256), content_type=picture.media_type)
    # Whatever a file may hold, opened on its own it loads and runs nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers.set("Content-Disposition", "inline", filename=picture.name)
    return response
