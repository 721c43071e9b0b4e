"""Answers to findings, and decisions."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.models import Post
from workflow.review.answer import answer as keep_answer
from workflow.review.decide import decide
from workflow.review.guide_in_use import guide_at
from workflow.review.proposal import Invalid, Stale, difference
from workflow.review.reading import readable, seen_before, seen_revision, to_change
from workflow.roles import Permission
from workflow.states import NotPossible, State
from workflow.web.context import actor, current
from workflow.web.display import when
from workflow.web.errors import error_page
from workflow.web.forms import Filled, filled
from workflow.web.passages import shown_rows
from workflow.web.post import decision_part, show_again, what_they_can
from workflow.web.security import needs_on_post

deciding = Blueprint("deciding", __name__)

_DONE = {"approve": "approved", "ask for changes": "sent back for changes", "reject": "rejected"}
_CHANGED = (
    "This post was changed after you opened it, and it cannot be read just now: its words are not checked yet, or they "
    "are with their author. Nothing was decided. Look for it in the queue in a minute."
)


@deciding.post("/posts/<ref>/findings/<int:number>/answer")
@needs_on_post(Permission.ANSWER)
def answer(ref: str, number: int) -> ResponseReturnValue:
    """Keeps an answer to a finding of the current revision."""
    form = filled(f"answer-{number}")
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref) or abort(404)
            row = next((row for row in post.revision.findings if row.number == number), None) or abort(404)
            if form.value("digest") != post.digest:
                raise Stale(post, form.value("digest"))
            keep_answer(session, actor(), post, row, form.value("kind"), form.value("reason"))
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    flash(f"Your answer to finding {number} is kept.")
    return redirect(url_for("post.page", ref=ref, _anchor=f"finding-{number}"), 303)


@deciding.post("/posts/<ref>/decision")
@needs_on_post(Permission.DECIDE)
def decision(ref: str) -> ResponseReturnValue:
    """Carries out a decision on the revision that the reviewer saw, or says why not, with everything typed."""
    form = filled("decision")
    chosen = form.value("decision")
    clauses = [(clause, form.value(f"clause-{clause}")) for clause in form.all("clauses")]
    try:
        with current().database.writing() as session:
            post = to_change(session, actor(), ref)
            if post is None:
                return _cannot_be_read(session, ref, form)
            decide(
                session,
                actor(),
                post,
                chosen,
                digest=form.value("digest"),
                revision=int(form.value("revision")) if form.value("revision").isdecimal() else None,
                clauses=clauses,
                note=form.value("note"),
            )
            said = f"{post.ref} was {_DONE[chosen]}."
            if chosen == "approve" and post.state == State.APPROVED:
                said += " Its time has passed, so it waits: publish it now, choose a new time, or drop it."
    except Invalid as invalid:
        return show_again(ref, form, invalid)
    except Stale:
        with current().database.reading() as session:
            return _stale_page(session, _again(session, ref), form), 409
    except NotPossible as fault:
        with current().database.reading() as session:
            return _decided_page(_again(session, ref), form, str(fault)), 409
    flash(said)
    return redirect(url_for("post.page", ref=ref), 303)


def _again(session: Session, ref: str) -> Post:
    return readable(session, actor(), ref) or abort(404)


def _cannot_be_read(session: Session, ref: str, form: Filled) -> ResponseReturnValue:
    """Changed meanwhile and not checked yet, perhaps held: only who has seen it before is told that it is there."""
    if not seen_before(session, ref, form.value("digest")):
        abort(404)
    return error_page(409, _CHANGED)


def _stale_page(session: Session, post: Post, form: Filled) -> str:
    """What changed since, and the decision again: the words are kept, the choice is to be made anew."""
    seen = seen_revision(actor(), post, form.value("digest"), form.value("revision"))
    values = form.values.copy()
    values.setlist("digest", [post.digest or ""])
    values.setlist("revision", [str(post.current)])
    values.setlist("decision", [])
    again = Filled(values, name=form.name)
    findings = shown_rows(post.revision.findings, lambda version: guide_at(session, version))
    return render_template(
        "pages/post/stale.html",
        post=post,
        revision=post.revision,
        seen=seen,
        changes=difference(seen, post.revision) if seen else [],
        can=what_they_can(actor(), post),
        **decision_part(session, post, findings, {"decision": again}),
    )


def _decided_page(post: Post, form: Filled, sentence: str) -> str:
    """Somebody was quicker: who, and when; what was typed, to copy."""
    last = post.decisions[-1] if post.decisions else None
    if last is not None:
        did = {"approve": "approved", "ask for changes": "asked for changes to", "reject": "rejected"}[last.decision]
        sentence = f"{post.ref} was already decided by {last.reviewer.name}, who {did} it on {when(last.at)}."
    typed = [form.value("note"), *(form.value(f"clause-{clause}") for clause in form.all("clauses"))]
    return render_template(
        "pages/post/decided.html", post=post, sentence=sentence, typed=[text for text in typed if text.strip()]
    )
