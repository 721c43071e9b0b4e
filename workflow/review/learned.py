"""What the check learns from people's answers: how scores count here, and the counts that a page shows. No names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.checks.calibration import GUESSING, Calibration, calibrate
from workflow.checks.finding import band
from workflow.guide.clauses import Guide
from workflow.guide.loader import built_in
from workflow.models import Answer, Decision
from workflow.review.guide_in_use import guide_at, guide_in_use
from workflow.review.outcomes import LOOKS_BACK, End, Outcome, Return, outcomes, returns
from workflow.review.parts import WHISTLEBLOWING
from workflow.roles import Actor, Permission, require

NOISY_ANSWERS = 10
NOISY_SHARE = 0.7
CHANGES, REJECTED = "ask for changes", "reject"


# What was learned last, by database: the check asks while somebody types, and answers come a few times a day.
_kept: WeakKeyDictionary[object, tuple[object, dict[str, Calibration]]] = WeakKeyDictionary()


def calibrations(session: Session) -> dict[str, Calibration]:
    """How each clause's scores count here, from the answers of the last year. Learned anew when there are new ones."""
    now, database = datetime.now(UTC), session.get_bind()
    newest = (
        now.date(),
        session.scalar(sa.select(sa.func.max(Answer.id))),
        session.scalar(sa.select(sa.func.max(Decision.id))),
    )
    kept = _kept.get(database)
    if kept is None or kept[0] != newest:
        kept = newest, _calibrations(outcomes(session, now - LOOKS_BACK))
        _kept[database] = kept
    return kept[1]


@dataclass(frozen=True, slots=True)
class Bands:
    """How many findings stand in each band."""

    likely: int
    please_check: int


@dataclass(frozen=True, slots=True)
class Month:
    """How often a clause sent a post back in one month (its first day, in the agency's time zone)."""

    first: datetime
    changes: int
    rejected: int


@dataclass(frozen=True, slots=True)
class OfClause:
    """What became of one clause's findings. `ends` and `reasons` are (words, how often), the most frequent first."""

    id: str
    title: str
    in_use: bool
    found: int
    answered: int
    dismissed: int
    ends: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    calibration: Calibration
    before: Bands
    after: Bands
    months: tuple[Month, ...]

    @property
    def share(self) -> int:
        """How many of a hundred answered findings were dismissed."""
        return round(100 * self.dismissed / self.answered) if self.answered else 0

    @property
    def changes(self) -> int:
        """Posts for which changes were asked, citing it."""
        return sum(month.changes for month in self.months)

    @property
    def rejected(self) -> int:
        """Posts that were rejected, citing it."""
        return sum(month.rejected for month in self.months)


@dataclass(frozen=True, slots=True)
class Noisy:
    """A rule, that is a reader and a clause, whose findings are mostly dismissed."""

    source: str
    clause: str
    title: str
    answered: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Learned:
    """All that the page shows: clauses of which there is something to say, the others, noisy rules."""

    clauses: tuple[OfClause, ...]
    silent: tuple[str, ...]
    noisy: tuple[Noisy, ...]

    @property
    def sent_back(self) -> list[OfClause]:
        """The clauses that sent posts back, the one that did most first."""
        cited = [one for one in self.clauses if one.months]
        return sorted(cited, key=lambda one: -(one.changes + one.rejected))


def what_was_learned(session: Session, actor: Actor, zone: ZoneInfo) -> Learned:
    """The counts of the last year, for who may read them. Raises NotPermitted."""
    require(Permission.READ_LEARNED, actor)
    since = datetime.now(UTC) - LOOKS_BACK
    found, sent_back = outcomes(session, since), returns(session, since)
    guide = guide_in_use(session)
    titles = _titles(session, guide, found, sent_back)
    learned = _calibrations(found)
    by_clause: dict[str, list[Outcome]] = defaultdict(list)
    for one in found:
        by_clause[one.clause].append(one)
    months = {clause: _months(rows, zone) for clause, rows in _by_clause(sent_back).items()}
    told = tuple(
        _of_clause(clause, title, guide, by_clause[clause], learned, months.get(clause, ()))
        for clause, title in titles.items()
        if by_clause[clause] or clause in months
    )
    silent = tuple(title for clause, title in titles.items() if not by_clause[clause] and clause not in months)
    return Learned(told, silent, noisy_rules(found, titles))


def noisy_rules(found: Iterable[Outcome], titles: Mapping[str, str]) -> tuple[Noisy, ...]:
    """The rules with enough answers of which most were dismissals, those with most dismissals first."""
    answered: Counter[tuple[str, str]] = Counter()
    dismissed: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.end is not None:
            answered[one.source, one.clause] += 1
            dismissed[one.source, one.clause] += one.end is End.DISMISSED
    return tuple(
        Noisy(source, clause, titles.get(clause, clause), answered[source, clause], count)
        for (source, clause), count in dismissed.most_common()
        if answered[source, clause] >= NOISY_ANSWERS and count >= NOISY_SHARE * answered[source, clause]
    )


def _calibrations(found: Iterable[Outcome]) -> dict[str, Calibration]:
    pairs: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for one in found:
        if one.source in GUESSING and one.end is not None:
            pairs[one.clause].append((one.score, one.kept))
    return {clause: calibrate(of_clause) for clause, of_clause in pairs.items()}


def _of_clause(
    clause: str,
    title: str,
    guide: Guide,
    found: Sequence[Outcome],
    learned: Mapping[str, Calibration],
    months: tuple[Month, ...],
) -> OfClause:
    calibration = learned.get(clause, Calibration())
    guesses = [one.score for one in found if one.source in GUESSING]
    ends = Counter(one.end.value for one in found if one.kept and one.end)
    reasons = Counter(one.reason for one in found if one.end is End.DISMISSED)
    return OfClause(
        id=clause,
        title=title,
        in_use=guide.clause(clause) is not None,
        found=len(found),
        answered=ends.total() + reasons.total(),
        dismissed=reasons.total(),
        ends=tuple(ends.most_common()),
        reasons=tuple(reasons.most_common()),
        calibration=calibration,
        before=_bands(guesses),
        after=_bands(calibration.score(score) for score in guesses),
        months=months,
    )


def _bands(scores: Iterable[float]) -> Bands:
    counted = Counter(band(score) for score in scores)
    return Bands(counted["likely"], counted["please check"])


def _by_clause(sent_back: Iterable[Return]) -> dict[str, list[Return]]:
    found: dict[str, list[Return]] = defaultdict(list)
    for one in sent_back:
        found[one.clause].append(one)
    return found


def _months(rows: Iterable[Return], zone: ZoneInfo) -> tuple[Month, ...]:
    counts: dict[datetime, Counter[str]] = defaultdict(Counter)
    for row in rows:
        local = row.at.astimezone(zone)
        counts[datetime(local.year, local.month, 1, tzinfo=zone)][row.decision] += 1
    return tuple(
        Month(first, counts[first][CHANGES], counts[first][REJECTED]) for first in sorted(counts, reverse=True)
    )


def _titles(session: Session, guide: Guide, found: Iterable[Outcome], sent_back: Iterable[Return]) -> dict[str, str]:
    """Every clause that is in use or was spoken of, in the guide's order, and what people call it.

    Whistleblowing is left out: nothing is counted there.
    """
    titles = {clause.id: f"{clause.label}: {clause.name}" for clause in guide.clauses if clause.id != WHISTLEBLOWING}
    for one in sent_back:
        older = guide_at(session, one.guide_version) if one.clause not in titles else None
        clause = older.clause(one.clause) if older else None
        if clause:
            titles[one.clause] = f"{clause.label}: {clause.name}"
    for outcome in found:
        clause = built_in().clause(outcome.clause)
        titles.setdefault(outcome.clause, f"{clause.label}: {clause.name}" if clause else outcome.clause)
    return titles
