"""A reviewer decides: approve, ask for changes, or reject, citing clauses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from workflow import news
from workflow.guide.clauses import Guide
from workflow.models import CitedClause, Decision, Post
from workflow.models.decision import DECISIONS
from workflow.publishing.plan import plan_publications
from workflow.review.answer import unanswered
from workflow.review.guide_in_use import ensure_guide
from workflow.review.proposal import Invalid, Problem, Stale
from workflow.roles import SYSTEM, Actor, Permission, require
from workflow.states import Action, State, follow
from workflow.transition import apply

ACTIONS = {"approve": Action.APPROVE, "ask for changes": Action.ASK_FOR_CHANGES, "reject": Action.REJECT}
# An approval this long after the slot still counts as in time: the reviewer pressed while it came.
GRACE = timedelta(minutes=1)
_NAMED = 20  # open findings that a refused approval names


def decide(
    session: Session,
    actor: Actor,
    post: Post,
    decision: str,
    *,
    digest: str,
    revision: int | None = None,
    clauses: Sequence[tuple[str, str]] = (),
    note: str = "",
) -> Decision:
    """Decides on the revision whose `digest` the reviewer saw. `clauses` are pairs (clause id, sentence or "").

    With `revision`, the number seen, a new note or reason alone counts as a change too: both leave the digest as it is.

    An approval in time plans the publications; one after its time leaves the post approved and asks (rule 9).
    Raises NotPermitted (rule 2), NotPossible (decided already), Stale (rule 3) or Invalid (rule 5).
    """
    require(Permission.DECIDE, actor, post.facts())
    if decision not in DECISIONS:
        raise Invalid([Problem("decision", "Choose whether to approve, ask for changes or reject.")])
    follow(State(post.state), ACTIONS[decision])
    if digest != post.digest or revision not in (None, post.current):
        raise Stale(post, digest)
    if post.revision.checked_at is None:  # fail closed, whatever brought it here
        raise Invalid([Problem("decision", "This version is not checked yet. Look at the post again in a minute.")])
    guide = ensure_guide(session)
    clauses = list(dict(clauses).items())
    problems = _problems(session, post, decision, clauses, note, guide)
    if problems:
        raise Invalid(problems)
    row = _keep(session, actor, post, decision, clauses, note, guide)
    if decision == "approve":
        post.approver_id = actor.id
        post.approved_digest = post.digest
    facts = {
        "decision": row.id,
        "revision": post.current,
        "digest": row.digest,
        "clauses": [clause for clause, _ in clauses],
        "guide": guide.version,
    }
    with session.no_autoflush:
        apply(session, actor, post, ACTIONS[decision], facts)
    if decision == "approve" and not is_late(post):
        plan_publications(session, post, row, SYSTEM)
    news.tell_of_decision(session, post, row)
    return row


def is_late(post: Post) -> bool:
    """Whether the time to publish has passed."""
    slot = post.revision.publish_at
    return slot is not None and slot < datetime.now(UTC) - GRACE


def _keep(
    session: Session,
    actor: Actor,
    post: Post,
    decision: str,
    clauses: Sequence[tuple[str, str]],
    note: str,
    guide: Guide,
) -> Decision:
    row = Decision(
        post_id=post.id,
        revision_id=post.revision.id,
        digest=post.revision.digest,
        decision=decision,
        author_id=post.author_id,
        reviewer_id=actor.id,
        note=note.strip(),
        guide_version=guide.version,
        at=datetime.now(UTC),
    )
    row.clauses = [
        CitedClause(clause_id=clause, position=position, note=sentence.strip())
        for position, (clause, sentence) in enumerate(clauses, 1)
    ]
    session.add(row)
    session.flush()
    return row


def _problems(
    session: Session, post: Post, decision: str, clauses: Sequence[tuple[str, str]], note: str, guide: Guide
) -> list[Problem]:
    problems = []
    known = {clause.id for clause in guide.clauses}
    for clause, _ in clauses:
        if clause not in known:
            problems.append(Problem("clauses", f"The guide has no clause “{clause}”. Choose from the list."))
    if decision == "approve":
        open_findings = unanswered(session, post.revision)
        if open_findings:
            numbers = ", ".join(str(row.number) for row in open_findings[:_NAMED])
            if len(open_findings) > _NAMED:
                numbers += f", and {len(open_findings) - _NAMED} more"
            problems.append(Problem("findings", f"Answer these findings before you approve: {numbers}."))
    else:
        if not clauses:
            problems.append(Problem("clauses", "Choose at least one clause of the guide."))
        if not note.strip():
            problems.append(Problem("note", "Write a sentence for the author: what is wrong, and what to do."))
    if len(note) > 10_000:
        problems.append(Problem("note", "Keep the note under 10,000 characters."))
    return problems
