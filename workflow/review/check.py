"""The check of a revision: what to read, and what follows from its findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import news
from workflow.checks.calibration import Calibration, as_learned
from workflow.checks.finding import Finding
from workflow.checks.pictures.seen import Seen
from workflow.guide.clauses import Guide
from workflow.models import Answer, FindingRow, Post, Revision
from workflow.review.answer import answers_of
from workflow.review.parts import WHISTLEBLOWING, as_it_counts, parts_of, words_in_pictures
from workflow.review.same_findings import with_earlier_keys
from workflow.roles import SYSTEM
from workflow.states import Action, State
from workflow.transition import apply

__all__ = ["WHISTLEBLOWING", "parts_of", "record_findings"]


def record_findings(
    session: Session,
    post: Post,
    number: int,
    found: Sequence[tuple[str, Finding]],
    guide: Guide,
    seen: Mapping[int, Seen] | None = None,
    learned: Mapping[str, Calibration] | None = None,
) -> State | None:
    """Stores the findings of revision `number` and moves the post on. None where a newer revision has come meanwhile.

    `found` are pairs (part, finding), `seen` is what was seen in the pictures, by their number, `learned` how the
    clauses' scores count here. A whistleblowing finding that its author has not answered holds the post.
    """
    if post.state != State.CHECKING or post.current != number:
        return None
    revision = post.revision
    for picture in revision.pictures:
        picture.seen = seen[picture.position].as_json() if seen and picture.position in seen else None
    texts = dict([*parts_of(revision), *words_in_pictures(revision)])
    revision.checked_at = datetime.now(UTC)
    revision.guide_version = guide.version
    settled = as_it_counts(with_earlier_keys(post, found))
    counted = as_learned([finding for _, finding in settled], learned or {})
    revision.findings = [
        FindingRow(
            number=position,
            key=finding.key,
            clause_id=finding.clause,
            guide_version=guide.version,
            part=part,
            start_at=finding.start,
            end_at=finding.end,
            passage=texts.get(part, "")[finding.start : finding.end],
            level=finding.level,
            score=here.score,
            reader_score=finding.score if here.score != finding.score else None,
            source=finding.source,
            why=finding.why,
            fix=finding.fix,
            boxes=[list(box) for box in finding.boxes] or None,
        )
        for position, ((part, finding), here) in enumerate(zip(settled, counted, strict=True), 1)
    ]
    session.flush()
    _note_what_is_fixed(session, post)
    if _must_be_held(session, post, revision):
        # The record says only that it was held.
        state = apply(session, SYSTEM, post, Action.HOLD)
        news.tell_author_held(session, post)
        return state
    counts: dict[str, int] = {}
    for row in revision.findings:
        counts[row.clause_id] = counts.get(row.clause_id, 0) + 1
    facts = {"revision": number, "findings": counts, "guide": guide.version}
    state = apply(session, SYSTEM, post, Action.PASS_CHECK, facts)
    news.tell_of_review(session, post)
    return state


def _must_be_held(session: Session, post: Post, revision: Revision) -> bool:
    answered = answers_of(session, post)
    return any(row.clause_id == WHISTLEBLOWING and row.key not in answered for row in revision.findings)


def _note_what_is_fixed(session: Session, post: Post) -> None:
    """A finding of the last checked revision that is gone from this one was fixed by its writer."""
    older = [revision for revision in post.revisions if revision.number < post.current and revision.checked_at]
    if not older:
        return
    now_keys = {row.key for row in post.revision.findings}
    answered = set(session.scalars(sa.select(Answer.key).where(Answer.post_id == post.id)))
    for row in older[-1].findings:
        if row.key not in now_keys and row.key not in answered and row.clause_id != WHISTLEBLOWING:
            session.add(
                Answer(
                    post_id=post.id,
                    finding_id=row.id,
                    key=row.key,
                    kind="fixed",
                    person_id=post.revision.written_by_id,
                    at=datetime.now(UTC),
                )
            )
