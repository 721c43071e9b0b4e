"""What the check says of words that stand in the form: when somebody asks for it, and while they type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from workflow.checks.calibration import as_learned
from workflow.checks.pictures.findings import of_file
from workflow.checks.register import check_text
from workflow.models import Channel
from workflow.review.allow_list import allowed_now
from workflow.review.guide_in_use import guide_in_use
from workflow.review.house import OnChannels, house_findings
from workflow.review.learned import calibrations
from workflow.review.parts import as_it_counts, parts_of, pictures_to_check, published_parts_of
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.forms import Filled, filled
from workflow.web.forms.proposing import OWN, Offered, Typed, offered, read
from workflow.web.passages import Shown, names_of_other_parts, shown
from workflow.web.security import limiter, needs

checking = Blueprint("checking", __name__)

LONGEST_REQUEST = 1_000_000  # bytes: two texts of the length that the check still reads
# Nobody types so: the page waits 600 ms after each change.
TIMES_A_PERSON = "120 per minute"


@checking.post("/check")
@needs(Permission.PROPOSE, at_most=LONGEST_REQUEST)
@limiter.limit(lambda: TIMES_A_PERSON, key_func=lambda: f"person {actor().id}")
def while_typing() -> ResponseReturnValue:
    """The words of the form and what the check finds in them, as a piece of the page. Stores nothing, logs nothing."""
    if request.files:
        abort(400)  # files are stored when they are added, not here
    form = filled()
    channels = _named_in(form)
    typed = read(form, channels)
    return render_template("pages/propose/found.html", live=True, **for_the_page(typed, channels, found_in(typed)))


def found_in(typed: Typed) -> list[Shown]:
    """What the check finds in what was typed, without looking into the pictures themselves."""
    with current().database.reading() as session:
        guide = guide_in_use(session)
        allowed = allowed_now(session, current().settings)
        learned = calibrations(session)
    parts = parts_of(typed.proposal)
    found = [
        (part, one) for part, text in parts for one in as_learned(check_text(text, guide, allow_list=allowed), learned)
    ]
    found += [
        (one.part, one) for picture in pictures_to_check(typed.proposal) for one in of_file(picture, guide, allowed)
    ]
    # Without the recent posts on its channels: that is looked at once it is sent.
    where = OnChannels(typed.proposal.channels, typed.proposal.publish_at)
    found += house_findings(current().settings, published_parts_of(typed.proposal), where, guide)
    return shown(as_it_counts(found), dict(parts), guide)


def for_the_page(typed: Typed, channels: Sequence[Offered], findings: list[Shown] | None) -> dict[str, Any]:
    """What pages/propose/found.html needs. `findings`: None where the check was not asked."""
    part_names = {f"text {channel.id}": f"the words for {channel.name}" for channel in channels}
    part_names |= names_of_other_parts(len(typed.pictures))
    return {
        "findings": findings,
        "parts": parts_of(typed.proposal),
        "part_names": part_names,
        "pictures": typed.pictures,
    }


def _named_in(form: Filled) -> list[Offered]:
    """The channels for which the form holds words of their own."""
    ids = [name.removeprefix(OWN) for name in form.values if name.startswith(OWN) and "\0" not in name]
    with current().database.reading() as session:
        return offered(session.scalars(sa.select(Channel).where(Channel.id.in_(ids), Channel.retired_at.is_(None))))
