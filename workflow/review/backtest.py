"""What a changed guide or phrase list would have said of past posts, before it is used. Reads only, writes nothing.

Past posts are those that others than their authors could read and that the whistleblowing rule never held. The words
that were read in their pictures are kept, so no picture is read again; the agency's language model is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.checks.finding import NOT_CHECKED, Finding
from workflow.checks.identity import Earlier, settle
from workflow.checks.phrases import Phrases
from workflow.checks.pictures.findings import CheckedPicture, of_file, of_seen
from workflow.checks.pictures.seen import Seen, seen_of
from workflow.checks.register import check_text
from workflow.guide.clauses import Guide
from workflow.models import Post, Revision
from workflow.review.allow_list import allowed_now
from workflow.review.answer import answers_of
from workflow.review.outcomes import open_to_others
from workflow.review.parts import WHISTLEBLOWING, as_it_counts, parts_of, pictures_to_check, words_in_pictures
from workflow.services import Services

EXAMPLES = 5
_AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Rules:
    """What the check goes by: the guide, and the agency's own phrase lists."""

    guide: Guide
    phrases: tuple[Phrases, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One passage whose finding would be new, gone, or treated otherwise."""

    what: str
    ref: str
    passage: str


@dataclass(slots=True)
class Change:
    """What would change for one clause. Each passage counts once a post, however many revisions it stood in."""

    now: int = 0
    then: int = 0
    new: int = 0
    gone: int = 0
    other_level: int = 0
    newly_asked: int = 0  # posts that would need an answer, and do not now
    held: int = 0  # posts that would have been held for their authors
    examples: list[Example] = field(default_factory=list)

    @property
    def is_one(self) -> bool:
        """Whether anything would be otherwise."""
        return bool(self.new or self.gone or self.other_level)


@dataclass(slots=True)
class Backtest:
    """What was read, and what would change, by clause."""

    posts: int = 0
    revisions: int = 0
    newly_asked: int = 0
    clauses: dict[str, Change] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether anything would be otherwise."""
        return any(change.is_one for change in self.clauses.values())


@dataclass(frozen=True, slots=True)
class _PastRevision:
    parts: list[tuple[str, str]]
    in_pictures: dict[str, str]  # the words that were read in them, by part
    pictures: list[tuple[CheckedPicture, Seen]]


@dataclass(frozen=True, slots=True)
class _PastPost:
    ref: str
    answered: frozenset[str]
    revisions: list[_PastRevision]


@dataclass(frozen=True, slots=True)
class _Found:
    clause: str
    passage: str
    level: str


def count_posts(session: Session) -> int:
    """How many posts a backtest would read."""
    return session.scalar(sa.select(sa.func.count()).select_from(_past().subquery())) or 0


def backtest(services: Services, now: Rules, then: Rules, told: Callable[[], None] = lambda: None) -> Backtest:
    """Checks every past post under both rules. `told` is called after each post.

    No transaction is open while the check works.
    """
    with services.database.reading() as session:
        allowed = tuple(allowed_now(session, services.settings))
    result = Backtest()
    for post in _past_posts(services):
        found_now: dict[str, _Found] = {}
        found_then: dict[str, _Found] = {}
        for revision in post.revisions:
            before = _check(revision, now, allowed)
            after = _as_before(revision, _check(revision, then, allowed), before)
            found_now |= _by_key(revision, before)
            found_then |= _by_key(revision, after)
            result.revisions += 1
        result.posts += 1
        _compare(result, post, found_now, found_then)
        told()
    return result


def _past() -> sa.Select[int]:
    checked = (
        sa.exists()
        .where(Revision.post_id == Post.id, Revision.number <= Post.current, Revision.checked_at.is_not(None))
        .correlate(Post)
    )
    return sa.select(Post.id).where(open_to_others(), checked)


def _past_posts(services: Services) -> Iterator[_PastPost]:
    after = 0
    while True:
        with services.database.reading() as session:
            ids = session.scalars(_past().where(Post.id > after).order_by(Post.id).limit(_AT_A_TIME)).all()
            posts = [_past_post(session, session.get_one(Post, post_id)) for post_id in ids]
        yield from posts
        if not ids:
            return
        after = ids[-1]


def _past_post(session: Session, post: Post) -> _PastPost:
    return _PastPost(
        post.ref,
        frozenset(answers_of(session, post)),
        [
            _PastRevision(
                parts_of(row),
                dict(words_in_pictures(row)),
                [
                    (picture, seen_of(kept.seen))
                    for picture, kept in zip(pictures_to_check(row), row.pictures, strict=True)
                    if kept.seen
                ],
            )
            for row in post.revisions
            if post.has_shared(row)
        ],
    )


def _check(revision: _PastRevision, rules: Rules, allowed: Sequence[str]) -> list[tuple[str, Finding]]:
    found = [
        (part, one)
        for part, text in revision.parts
        for one in check_text(text, rules.guide, allow_list=allowed, phrases=rules.phrases)
    ]
    for picture, seen in revision.pictures:
        in_it = (*of_file(picture, rules.guide, allowed), *of_seen(picture, seen, rules.guide, allowed))
        found += [(one.part, one) for one in in_it]
    return [(part, one) for part, one in as_it_counts(found) if one.clause != NOT_CHECKED]


def _as_before(
    revision: _PastRevision, after: list[tuple[str, Finding]], before: list[tuple[str, Finding]]
) -> list[tuple[str, Finding]]:
    """Passages whose edges alone would stand elsewhere are the same passages."""
    settled: list[tuple[str, Finding]] = []
    for part, text in _texts(revision).items():
        earlier = [Earlier(one.key, one.clause, text, one.start, one.end) for at, one in before if at == part]
        settled += [(part, one) for one in settle([one for at, one in after if at == part], text, earlier)]
    return settled + [(part, one) for part, one in after if part not in _texts(revision)]


def _texts(revision: _PastRevision) -> dict[str, str]:
    return dict(revision.parts) | revision.in_pictures


def _by_key(revision: _PastRevision, found: Sequence[tuple[str, Finding]]) -> dict[str, _Found]:
    texts = _texts(revision)
    return {
        one.key: _Found(one.clause, texts.get(part, "")[one.start : one.end] or one.why, one.level)
        for part, one in found
    }


def _compare(result: Backtest, post: _PastPost, now: dict[str, _Found], then: dict[str, _Found]) -> None:
    asked: set[str] = set()
    held = False
    for key in now.keys() | then.keys():
        old, new = now.get(key), then.get(key)
        clause = (new or old).clause  # type: ignore[union-attr]  # one of both has the key
        change = result.clauses.setdefault(clause, Change())
        change.now += old is not None
        change.then += new is not None
        what = _what(old, new)
        change.new += what == "new"
        change.gone += what == "gone"
        change.other_level += bool(what) and old is not None and new is not None
        if new and what and _asks(new) and not (old and _asks(old)) and key not in post.answered:
            asked.add(clause)
        held = held or (what == "new" and clause == WHISTLEBLOWING)
        if what and clause != WHISTLEBLOWING:
            change.examples.append(Example(what, post.ref, (new or old).passage))  # type: ignore[union-attr]
            change.examples.sort(key=lambda one: one.what == "gone")
            del change.examples[EXAMPLES:]
    for clause in asked:
        result.clauses[clause].newly_asked += 1
    result.newly_asked += bool(asked)
    if held:
        result.clauses[WHISTLEBLOWING].held += 1


def _what(old: _Found | None, new: _Found | None) -> str:
    if old is None or new is None:
        return "gone" if new is None else "new"
    return "" if old.level == new.level else f"{old.level} to {new.level}"


def _asks(found: _Found) -> bool:
    return found.level != "advise"
