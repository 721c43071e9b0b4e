"""What stands on a sample channel, as a network would show it; so that the demo shows where an approved post ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.models import Channel, Post, Publication
from workflow.models import Picture as PictureRow
from workflow.publishing.sample import SampleChannel, shown
from workflow.states import State
from workflow.web.context import current
from workflow.web.security import needs

sample = Blueprint("sample", __name__)


@sample.get("/channels/<channel_id>/sample")
@needs()
def page(channel_id: str) -> ResponseReturnValue:
    """Everything that stands there, newest first."""
    with current().database.reading() as session:
        channel = _channel(session, channel_id)
        return render_template("pages/sample/page.html", channel=channel, posts=_standing(session, channel))


@sample.get("/channels/<channel_id>/sample/pictures/<sha256>")
@needs()
def picture(channel_id: str, sha256: str) -> ResponseReturnValue:
    """A picture of a post that stands there; any other is not found."""
    with current().database.reading() as session:
        channel = _channel(session, channel_id)
        if not any(given["sha256"] == sha256 for post in _standing(session, channel) for given in post["pictures"]):
            abort(404)
        kind = session.scalars(sa.select(PictureRow.media_type).where(PictureRow.sha256 == sha256).limit(1)).first()
    return Response(current().files.read(sha256), mimetype=kind or "application/octet-stream")


def _channel(session: Session, channel_id: str) -> Channel:
    channel = session.get(Channel, channel_id)
    if channel is None or channel.network != SampleChannel.network:
        abort(404)
    return channel


def _standing(session: Session, channel: Channel) -> list[dict[str, Any]]:
    """What was published on the channel and not taken down."""
    gone = set(
        session.scalars(
            sa.select(Publication.key)
            .join(Post, Post.id == Publication.post_id)
            .where(Publication.channel_id == channel.id, Post.state == State.TAKEN_DOWN.value)
        )
    )
    posts = [post for post in reversed(shown(channel.service_url)) if post["key"] not in gone]
    return [post | {"created_at": datetime.fromisoformat(post["created_at"])} for post in posts]
