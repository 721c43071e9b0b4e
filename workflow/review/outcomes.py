"""What became of the check's findings: what people answered, and which clauses sent posts back.

Read for what the check learns and for the page about it. Nothing is read of posts that others may not see, nor of those
that the whistleblowing rule ever held: what their authors chose is theirs alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.checks.finding import NOT_CHECKED
from workflow.checks.reasons import kind_of
from workflow.models import Answer, CitedClause, Decision, FindingRow, Post, Revision
from workflow.review.parts import WHISTLEBLOWING
from workflow.states import PRIVATE

APPROVE = "approve"
#: What is older is about other people, other rules and another check; more posts would teach nothing new.
LOOKS_BACK = timedelta(days=365)
LATEST_POSTS = 3000


class End(StrEnum):
    """How a finding ended. The values are words for people."""

    FIXED = "the words were changed"
    CITED = "the post was sent back, citing the clause"
    CONSENT = "consent was recorded"
    PUBLIC = "a public source was named"
    PERMISSION = "permission was recorded"
    DISMISSED = "dismissed"


_BY_ANSWER = {
    "fixed": End.FIXED,
    "consent": End.CONSENT,
    "public": End.PUBLIC,
    "permission": End.PERMISSION,
    "dismissed": End.DISMISSED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finding of one post, however many revisions it stood in. `score` is what its reader gave.

    `end` is None where nobody who counts has said anything yet; `reason` is the kind of reason of a dismissal.
    """

    clause: str
    source: str
    score: float
    end: End | None = None
    reason: str = ""

    @property
    def kept(self) -> bool:
        """Whether the finding was right, or at least worth an answer."""
        return self.end is not None and self.end is not End.DISMISSED


@dataclass(frozen=True, slots=True)
class Return:
    """One decision that sent a post back, for one of the clauses that it cites."""

    clause: str
    decision: str
    at: datetime
    guide_version: str


@dataclass(frozen=True, slots=True)
class Said:
    """The latest answer to a finding. `by_writer`: somebody who wrote the post gave it."""

    kind: str
    reason: str
    at: datetime
    by_writer: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on a revision that holds the finding."""

    decision: str
    at: datetime
    cites_it: bool


def open_to_others() -> sa.ColumnElement[bool]:
    """The posts that more people than their authors may see and that the whistleblowing rule never held."""
    held = (
        sa.exists()
        .where(FindingRow.revision_id == Revision.id, Revision.post_id == Post.id)
        .where(FindingRow.clause_id == WHISTLEBLOWING)
        .correlate(Post)
    )
    return sa.and_(
        Post.hidden.is_(sa.false()),
        Post.sent_to_officer_at.is_(None),
        Post.state.not_in([state.value for state in PRIVATE]),
        ~held,
    )


def outcomes(session: Session, since: datetime) -> list[Outcome]:
    """What became of every finding of the revisions that were checked since, each post's passages once.

    At most of the LATEST_POSTS.
    """
    before = session.scalar(sa.select(Post.id).order_by(Post.id.desc()).offset(LATEST_POSTS).limit(1)) or 0
    rows = session.execute(
        sa.select(
            FindingRow.key,
            FindingRow.clause_id,
            FindingRow.source,
            sa.func.coalesce(FindingRow.reader_score, FindingRow.score).label("score"),
            Revision.post_id,
            Revision.id.label("revision_id"),
        )
        .join(Revision, Revision.id == FindingRow.revision_id)
        .join(Post, Post.id == Revision.post_id)
        .where(Revision.checked_at >= since, Revision.number <= Post.current, FindingRow.clause_id != NOT_CHECKED)
        .where(open_to_others(), Post.id > before)
        .order_by(FindingRow.id)
    ).all()
    last = {(row.post_id, row.key): row for row in rows}
    held_by: dict[tuple[int, str], set[int]] = defaultdict(set)
    for row in rows:
        held_by[row.post_id, row.key].add(row.revision_id)
    said, decided = _answers(session, since, before), _decisions(session, since, before)
    found = []
    for place, row in last.items():
        decisions = [one for revision_id in held_by[place] for one in decided.get(revision_id, ())]
        answered = said.get(place)
        end = how_it_ended(
            answered, [Decided(decision, at, row.clause_id in cited) for decision, at, cited in decisions]
        )
        reason = kind_of(answered.reason) if answered and end is End.DISMISSED else ""
        found.append(Outcome(row.clause_id, row.source, row.score, end, reason))
    return found


def how_it_ended(answered: Said | None, decisions: Iterable[Decided]) -> End | None:
    """How a finding ended; None where that is open.

    A decision that sends the post back for its clause outweighs the answers before it. What a writer of the post
    dismissed counts once a reviewer has decided on the post and let that stand.
    """
    after = [one for one in decisions if answered is None or one.at >= answered.at]
    if any(one.cites_it and one.decision != APPROVE for one in after):
        return End.CITED
    if answered is None or (answered.kind == "dismissed" and answered.by_writer and not after):
        return None
    return _BY_ANSWER.get(answered.kind)


def returns(session: Session, since: datetime) -> list[Return]:
    """Every clause that a decision cited to send a post back, since then, the oldest first."""
    rows = session.execute(
        sa.select(CitedClause.clause_id, Decision.decision, Decision.at, Decision.guide_version)
        .join(Decision, Decision.id == CitedClause.decision_id)
        .join(Post, Post.id == Decision.post_id)
        .where(Decision.decision != APPROVE, Decision.at >= since, CitedClause.clause_id != WHISTLEBLOWING)
        .where(open_to_others())
        .order_by(Decision.id, CitedClause.position)
    )
    return [Return(*row) for row in rows]


def _answers(session: Session, since: datetime, before: int) -> Mapping[tuple[int, str], Said]:
    wrote = (
        sa.exists()
        .where(Revision.post_id == Answer.post_id, Revision.written_by_id == Answer.person_id)
        .correlate(Answer)
        .label("by_writer")
    )
    rows = session.execute(
        sa.select(Answer.post_id, Answer.key, Answer.kind, Answer.reason, Answer.at, wrote)
        .where(Answer.at >= since, Answer.post_id > before)
        .order_by(Answer.id)
    )
    return {(row.post_id, row.key): Said(row.kind, row.reason, row.at, bool(row.by_writer)) for row in rows}


def _decisions(
    session: Session, since: datetime, before: int
) -> Mapping[int, Sequence[tuple[str, datetime, set[str]]]]:
    """By revision: (decision, when, the clauses that it cites)."""
    rows = session.execute(
        sa.select(Decision.id, Decision.revision_id, Decision.decision, Decision.at, CitedClause.clause_id)
        .outerjoin(CitedClause, CitedClause.decision_id == Decision.id)
        .where(Decision.at >= since, Decision.post_id > before)
        .order_by(Decision.id)
    )
    by_id: dict[int, tuple[int, str, datetime, set[str]]] = {}
    for row in rows:
        kept = by_id.setdefault(row.id, (row.revision_id, row.decision, row.at, set()))
        if row.clause_id is not None:
            kept[3].add(row.clause_id)
    by_revision: dict[int, list[tuple[str, datetime, set[str]]]] = defaultdict(list)
    for revision_id, decision, at, cited in by_id.values():
        by_revision[revision_id].append((decision, at, cited))
    return by_revision
