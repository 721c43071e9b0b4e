"""Proposing a post, and changing one: one form, with the check's findings before anything is sent if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.models import Channel, Post
from workflow.review.channels import channels_to_propose_for
from workflow.review.proposal import Change, Invalid, Problem, Stale, difference, problems_of, proposal_of
from workflow.review.reading import readable, seen_before, seen_revision, to_change
from workflow.review.revise import revise
from workflow.review.sent_already import sent_already
from workflow.review.submit import propose as propose_post
from workflow.review.submit import submit
from workflow.roles import Permission, require
from workflow.states import Action, State, follow
from workflow.web.checking import for_the_page, found_in
from workflow.web.context import actor, current
from workflow.web.errors import error_page
from workflow.web.forms import Filled, filled
from workflow.web.forms.proposing import (
    AT_A_TIME,
    AT_ONCE,
    OWN,
    Offered,
    Typed,
    counts,
    for_words_without_channel,
    in_page_order,
    initial,
    offered,
    read,
)
from workflow.web.passages import Shown
from workflow.web.security import needs, needs_on_post

propose = Blueprint("propose", __name__)

SEND, SAVE, CHECK, ADD = "send", "save", "check", "add"
_HELD = (
    "This post is held, so its words cannot be changed. Open it and choose first what becomes of it: withdraw it, send "
    "it to the whistleblowing officer, or say that it is not whistleblowing."
)
_CHANGED = (
    "This post was changed after you opened it, and it cannot be read just now: its words are not checked yet, or they "
    "are with their author. Nothing of yours was saved; copy your words from below."
)


@dataclass(frozen=True, slots=True)
class _Changing:
    """What the page says of the post that is being changed."""

    ref: str
    author: str
    mine: bool
    is_draft: bool
    approved: bool
    text: str


@dataclass(slots=True)
class _Around:
    """What the page shows besides the form itself."""

    channels: Sequence[Offered]
    post: _Changing | None = None
    findings: list[Shown] | None = None  # None: the check was not asked
    changes: list[Change] = field(default_factory=list)
    stale: bool = False


@propose.get("/posts/new")
@needs(Permission.PROPOSE)
def form() -> ResponseReturnValue:
    """An empty form; filled where one was kept."""
    with current().database.reading() as session:
        channels = offered(channels_to_propose_for(session, actor()))
    typed = read(filled(initial=initial(None, channels)), channels)
    return _page(typed, _Around(channels), _of_pictures(typed))


@propose.post("/posts/new")
@needs(Permission.PROPOSE)
def send() -> ResponseReturnValue:
    """Sends a new post for review or saves it as a draft; checks it or takes pictures in, and changes nothing else."""
    given = filled()
    with current().database.reading() as session:
        around = _Around(offered(channels_to_propose_for(session, actor())))
    typed = read(given, around.channels)
    wish = _wish(given)
    if wish in (CHECK, ADD):
        return _looked_at(typed, around, wish)
    try:
        with current().database.writing() as session:
            _sound(session, typed, around, draft=wish == SAVE)
            first = sent_already(session, actor(), typed.proposal)
            if first is not None and not (first.state == State.DRAFT and wish == SEND):
                return _sent_already(first)
            if first is not None:  # saved a moment ago, and now sent
                post = submit(session, actor(), first)
            else:
                post = propose_post(session, actor(), typed.proposal, origin="web", save_only=wish == SAVE)
            ref = post.ref
    except Invalid as invalid:
        return _page(typed, around, invalid.problems), 422
    if wish == SAVE:
        flash(f"{ref} is saved as a draft. Nobody but you sees it until you send it.")
        return redirect(url_for("propose.edit", ref=ref), 303)
    flash(f"{ref} was sent. It is checked now, then a reviewer reads it.")
    return redirect(url_for("post.page", ref=ref), 303)


def _sent_already(first: Post) -> ResponseReturnValue:
    """To the post that was made of the same words a moment ago: they are not taken twice."""
    if first.state == State.DRAFT:
        flash(f"This was saved already, as {first.ref}. It was not saved a second time.")
        return redirect(url_for("propose.edit", ref=first.ref), 303)
    flash(f"This was sent already, as {first.ref}. It was not sent a second time.")
    return redirect(url_for("post.page", ref=first.ref), 303)


@propose.get("/posts/<ref>/edit")
@needs_on_post(Permission.REVISE)
def edit(ref: str) -> ResponseReturnValue:
    """The form, filled from the current revision."""
    with current().database.reading() as session:
        post = readable(session, actor(), ref) or abort(404)
        refused = _why_not(post)
        if refused:
            return refused
        around = _around(session, post)
        base = proposal_of(post.revision)
        typed = read(filled(initial=initial(base, around.channels, post.digest or "")), around.channels, base)
        return _page(typed, around, _of_pictures(typed))


@propose.post("/posts/<ref>/edit")
@needs_on_post(Permission.REVISE)
def save(ref: str) -> ResponseReturnValue:
    """A new revision; a draft is saved, or sent for review."""
    given = filled()
    with current().database.reading() as session:
        post = readable(session, actor(), ref)
        if post is None:
            return _cannot_be_read(session, ref, given)
        refused = _why_not(post)
        if refused:
            return refused
        around = _around(session, post)
        base = proposal_of(post.revision)
    typed = read(given, around.channels, base)
    wish = _wish(given)
    if wish in (CHECK, ADD):
        return _looked_at(typed, around, wish)
    try:
        with current().database.writing() as session:
            said, sent = _revised(session, ref, typed, around, send_draft=wish == SEND)
    except Invalid as invalid:
        return _page(typed, around, invalid.problems), 422
    except Stale:
        return _stale_page(ref, typed)
    flash(said)
    return redirect(url_for("post.page" if sent else "propose.edit", ref=ref), 303)


def _revised(session: Session, ref: str, typed: Typed, around: _Around, *, send_draft: bool) -> tuple[str, bool]:
    """Does it. (What to say, whether it is on its way)."""
    post = to_change(session, actor(), ref) or abort(404)
    is_draft = post.state == State.DRAFT
    approved = post.approved_digest is not None
    # Whether the person has seen what they change comes before what is wrong with their words.
    if typed.form.value("digest") != post.digest:
        raise Stale(post, typed.form.value("digest"))
    _sound(session, typed, around, draft=is_draft and not send_draft)
    changed = revise(session, actor(), post, typed.proposal, seen_digest=typed.form.value("digest"))
    if is_draft and send_draft:
        submit(session, actor(), post)
        return f"{post.ref} was sent. It is checked now, then a reviewer reads it.", True
    if not changed:
        return f"Nothing in {post.ref} changed, so nothing was saved.", not is_draft
    if is_draft:
        return f"{post.ref} is saved. Nobody but you sees it until you send it.", False
    dropped = " The approval is dropped." if approved else ""
    return f"{post.ref} was changed.{dropped} It is checked again, then a reviewer reads it.", True


def _wish(given: Filled) -> str:
    """Which button was pressed. What we do not know saves and sends nothing."""
    if given.value("remove"):
        return ADD
    return given.value("do") if given.value("do") in (SEND, SAVE, ADD) else CHECK


def _why_not(post: Post) -> ResponseReturnValue | None:
    """The page that says why the post's words cannot be changed now. Raises NotPermitted or NotPossible."""
    if post.state == State.HELD and actor().id == post.author_id:
        return error_page(409, _HELD)
    require(Permission.REVISE, actor(), post.facts())
    follow(State(post.state), Action.REVISE)
    return None


def _around(session: Session, post: Post) -> _Around:
    """With the channels on which the person may propose, and those that the post has already."""
    rows = channels_to_propose_for(session, actor())
    known = {row.id for row in rows}
    others = [session.get(Channel, id_) for id_ in post.revision.channels if id_ not in known]
    rows += [row for row in others if row is not None and row.retired_at is None]
    changing = _Changing(
        ref=post.ref,
        author=post.author.name,
        mine=post.author_id == actor().id,
        is_draft=post.state == State.DRAFT,
        approved=post.approved_digest is not None,
        text=post.revision.text,
    )
    return _Around(offered(rows), changing)


def _sound(session: Session, typed: Typed, around: _Around, *, draft: bool) -> None:
    """Raises Invalid with all that is wrong, the form's own view and the use case's in one."""
    more = problems_of(session, typed.proposal, datetime.now(UTC), draft=draft)
    if not draft:
        more += for_words_without_channel(typed, around.channels)
    problems = typed.problems_with(more)
    if problems:
        raise Invalid(problems)


def _looked_at(typed: Typed, around: _Around, wish: str) -> ResponseReturnValue:
    """The form again, with new pictures in it, or with what the check finds. Nothing is saved."""
    if wish == ADD:
        problems = _of_pictures(typed)
        return _page(typed, around, problems), 422 if problems else 200
    with current().database.reading() as session:
        try:
            _sound(session, typed, around, draft=False)
            problems = []
        except Invalid as invalid:
            problems = invalid.problems
    around.findings = found_in(typed)
    return _page(typed, around, problems), 422 if problems else 200


def _of_pictures(typed: Typed) -> list[Problem]:
    """What is wrong before anybody has asked to send: pictures that were refused, or could not be taken over."""
    return [problem for problem in typed.problems if problem.field == "pictures"]


def _cannot_be_read(session: Session, ref: str, given: Filled) -> ResponseReturnValue:
    """Changed meanwhile and not checked yet: only who has seen it before is told that it is there."""
    if not seen_before(session, ref, given.value("digest")):
        abort(404)
    return error_page(409, _CHANGED)


def _stale_page(ref: str, typed: Typed) -> ResponseReturnValue:
    """What changed meanwhile, and the form with what the person typed, now over the revision that stands there."""
    with current().database.reading() as session:
        post = readable(session, actor(), ref) or abort(404)
        around = _around(session, post)
        around.stale = True
        seen = seen_revision(actor(), post, typed.form.value("digest"))
        around.changes = difference(seen, post.revision) if seen else []
        typed.form.values["digest"] = post.digest or ""
        return _page(typed, around), 409


def _page(typed: Typed, around: _Around, problems: Sequence[Problem] = ()) -> str:
    post, channels = around.post, around.channels
    networks = {channel.id: channel.network for channel in channels}
    return render_template(
        "pages/propose/form.html",
        form=typed.form.with_problems(in_page_order(problems)),
        post=post,
        is_draft=post is None or post.is_draft,
        action=url_for("propose.save", ref=post.ref) if post else url_for("propose.send"),
        channels=channels,
        counts=counts(typed.form.value("text"), networks.values()),
        own_counts={id_: counts(typed.form.value(OWN + id_), [network]) for id_, network in networks.items()},
        own_open=any(typed.form.value(OWN + id_) for id_ in networks),
        twice=_twice(typed.twice),
        at_once=AT_ONCE,
        at_a_time=AT_A_TIME,
        current_section="propose" if post is None else "",
        stale=around.stale,
        changes=around.changes,
        **for_the_page(typed, around.channels, around.findings),
    )


def _twice(moments: Sequence[datetime]) -> list[dict[str, Any]]:
    local = [moment.astimezone(current().settings.zone) for moment in moments]
    return [
        {"value": value, "text": f"The {value} time ({moment:%Z}, UTC{moment.isoformat()[-6:]})"}
        for value, moment in zip(("first", "second"), local, strict=False)
    ]
