"""People answer findings."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import record
from workflow.models import ANSWERS, Answer, FindingRow, Post, Revision
from workflow.review.proposal import Invalid, Problem
from workflow.roles import Actor, NotPermitted, Permission, has_not_written, require
from workflow.states import State

NOT_CHECKED = "not-checked"
TAKEN_OVER = "taken over"
_OPEN = (State.IN_REVIEW, State.CHANGES_ASKED)


def answer(session: Session, actor: Actor, post: Post, finding: FindingRow, kind: str, reason: str) -> Answer:
    """Keeps what a person says to a finding; it holds for later revisions until the marked words change.

    `kind` is one of ANSWERS but "fixed" (which is answered by changing the words). "taken over" means that a reviewer
    read the post themself because the check could not. Raises Invalid or NotPermitted.
    """
    require(Permission.ANSWER, actor, post.facts())
    reason = reason.strip()
    problems = []
    if State(post.state) not in _OPEN:
        problems.append(Problem("kind", f"This post is “{post.state}”, so its findings can no longer be answered."))
    if kind not in ANSWERS or kind == "fixed":
        problems.append(Problem("kind", "Choose an answer."))
    if kind == TAKEN_OVER and not reason:
        reason = "Read in full by a person."
    if not reason:
        problems.append(Problem("reason", "Say why, in a few words."))
    if len(reason) > 2000:
        problems.append(Problem("reason", "Keep the reason under 2,000 characters."))
    if finding.revision_id != post.revision.id:
        problems.append(Problem("kind", "This finding belongs to an earlier version. Look at the post again."))
    if (finding.clause_id == NOT_CHECKED) != (kind == TAKEN_OVER) and not problems:
        problems.append(Problem("kind", "Choose an answer that fits this finding."))
    if problems:
        raise Invalid(problems)
    if (kind == TAKEN_OVER or finding.level == "block") and not has_not_written(actor, post.facts()):
        raise NotPermitted(Permission.ANSWER, "Somebody who did not write this post has to answer this.")
    given = Answer(
        post_id=post.id,
        finding_id=finding.id,
        key=finding.key,
        kind=kind,
        reason=reason,
        person_id=actor.id,
        at=datetime.now(UTC),
    )
    session.add(given)
    facts = {"finding": finding.number, "clause": finding.clause_id, "answer": kind, "revision": post.current}
    record.append(session, actor, "answered", post.ref, facts)
    return given


def answers_of(session: Session, post: Post) -> dict[str, Answer]:
    """The latest answer to each finding's key. "Fixed" answers do not count: words that come back are found again."""
    rows = session.scalars(
        sa.select(Answer).where(Answer.post_id == post.id, Answer.kind != "fixed").order_by(Answer.id)
    )
    return {row.key: row for row in rows}


def unanswered(session: Session, revision: Revision) -> list[FindingRow]:
    """The findings that still stand in the way of an approval, in their order."""
    given = answers_of(session, revision.post)
    return [row for row in revision.findings if row.level != "advise" and row.key not in given]
