"""Runs every reader over a text and puts their findings in order.

A reader that cannot read never stops the others: it becomes a finding of its own ("not checked") that a person has to
take over. The table READERS is the place of the trained model: one more line, after the phrase lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any, Final

from workflow.checks import identifiers, people
from workflow.checks.allowed import Allowed
from workflow.checks.context import in_context
from workflow.checks.finding import NOT_CHECKED, Finding, key_of
from workflow.checks.in_time import ReaderFault, in_time
from workflow.checks.phrases import Phrases, built_in_phrases
from workflow.checks.view import View
from workflow.guide.clauses import Clause, Guide, Level
from workflow.guide.loader import built_in

#: A longer text is refused: no network takes a post of that length.
LONGEST_TEXT: Final = 100_000
#: Plug-ins that have not answered by then are left behind. The built-in readers need no limit: their time is linear.
PLUG_IN_SECONDS: Final = 10.0
PLUG_IN_GROUP: Final = "teabreak.checks"
AGENCY_PHRASES: Final = "agency-phrases"

_PERSONAL: Final = "personal-information"


@dataclass(frozen=True)
class Task:
    """What a reader is given: the view of the text, the guide, the agency's allow-list and its own phrases."""

    view: View
    guide: Guide
    allowed: Allowed = field(default_factory=Allowed)
    phrases: Sequence[Phrases] = ()


def read_identifiers(task: Task) -> list[Finding]:
    """Numbers, addresses and ages of people."""
    found = (*identifiers.marks(task.view, task.allowed), *people.marks(task.view, task.allowed))
    return [
        _finding(task, _PERSONAL, m.start, m.end, m.score, "identifiers", f"This looks like {m.what}") for m in found
    ]


def read_phrases(task: Task) -> list[Finding]:
    """The phrase lists that come with the product."""
    return _by_phrases(task, built_in_phrases(), "phrases")


def read_agency_phrases(task: Task) -> list[Finding]:
    """The agency's own phrase lists."""
    return _by_phrases(task, task.phrases, AGENCY_PHRASES)


#: Name and reader, in their order. The trained model's reader goes here, after the phrase lists.
READERS: Final[tuple[tuple[str, Callable[[Task], list[Finding]]], ...]] = (
    ("identifiers", read_identifiers),
    ("phrases", read_phrases),
    (AGENCY_PHRASES, read_agency_phrases),
)


def check_text(
    text: str,
    guide: Guide | None = None,
    *,
    allow_list: Iterable[str] = (),
    phrases: Sequence[Phrases] | None = None,
    off: Iterable[str] = (),
) -> list[Finding]:
    """All findings of `text` under `guide` (the built-in one without), ordered by place; never raises for a text.

    `allow_list`: public contacts and office-holders (see Allowed). `phrases`: the agency's own lists (read_phrases of
    checks.phrases reads them). `off`: names of readers that the agency has switched off. A finding whose clause is
    "not-checked" says that the text, or one reader's share of it, has to be read by a person.
    """
    guide = guide or built_in()
    if len(text) > LONGEST_TEXT:
        why = f"The text has {len(text):,} characters; the check reads up to {LONGEST_TEXT:,}."
        return [_not_checked(text, "register", why, "Shorten the text, or have a person read all of it.")]
    found: list[Finding] = []
    switched_off = set(off)
    task = Task(View(text), guide, Allowed(allow_list), phrases or ())
    for name, reader in READERS:
        if name not in switched_off:
            found += _read(name, lambda reader=reader: reader(task), text)  # type: ignore[misc]  # the default binds it
    for name, load in _plug_ins():
        if name not in switched_off:
            found += _read(name, lambda name=name, load=load: _in_time(name, load, text), text)  # type: ignore[misc]  # so
    return _in_order(in_context(task.view, found), text, guide)


def _read(name: str, read: Callable[[], Any], text: str) -> list[Finding]:
    try:
        return [_accepted(name, finding, text) for finding in read()]
    except ReaderFault as fault:
        why = f"The reader “{name}” {fault}, so its share of the check is missing."
    except Exception as fault:  # any fault of a reader is told to a person; see the module's head
        why = f"The reader “{name}” failed ({type(fault).__name__}), so its share of the check is missing."
    return [_not_checked(text, name, why, "Read the whole text against the guide yourself, then say that you have.")]


def _accepted(name: str, finding: Any, text: str) -> Finding:
    """The finding as it is, where it can be shown. Plug-ins are written by others."""
    if not isinstance(finding, Finding):
        raise ReaderFault("gave something that is no finding")
    if not (isinstance(finding.start, int) and isinstance(finding.end, int)):
        raise ReaderFault("named a passage by something that is no whole number")
    if not 0 <= finding.start < finding.end <= len(text):
        raise ReaderFault("named a passage outside the text")
    if not 0 <= finding.score <= 1:
        raise ReaderFault("gave a score that is not between 0 and 1")
    words = (finding.clause, finding.source, finding.why, finding.fix)
    if not all(isinstance(each, str) for each in words):
        raise ReaderFault("gave a finding without its words")
    clause, source, why, fix = (each.replace("\0", "") for each in words)  # no database keeps a NUL
    # What a finding is known by, and where it stands besides the text, is ours to say.
    shown = replace(finding, clause=clause, source=source or name, score=float(finding.score), why=why, fix=fix)
    return replace(shown, key="", part="text", boxes=())


def _not_checked(text: str, name: str, why: str, fix: str) -> Finding:
    # The whole text is the passage, so that a changed text asks again.
    key = key_of(f"{NOT_CHECKED} {name}", text)
    return Finding(NOT_CHECKED, 0, len(text), "block", 1.0, name, why, fix, key=key)


def _in_time(name: str, load: Callable[[], Any], text: str) -> list[Any]:
    """What a plug-in says of the text. Loading it counts as well."""
    return in_time(name, lambda: list(load()(text)), PLUG_IN_SECONDS)


@lru_cache(maxsize=1)
def _plug_ins() -> tuple[tuple[str, Callable[[], Any]], ...]:
    return tuple((entry.name, entry.load) for entry in sorted(entry_points(group=PLUG_IN_GROUP), key=lambda e: e.name))


def _by_phrases(task: Task, lists: Iterable[Phrases], source: str) -> list[Finding]:
    return [
        _finding(task, entry.clause, start, end, entry.score, source, entry.because)
        for entry in lists
        for start, end in entry.found(task.view)
        if not (entry.clause == _PERSONAL and task.allowed.name(task.view.text[start:end]))
    ]


def _finding(task: Task, clause: str, start: int, end: int, score: float, source: str, because: str) -> Finding:
    first, last = task.view.original(start, end)
    quoted = task.view.text[start:end].strip()
    quoted = quoted if len(quoted) <= 80 else f"{quoted[:77]}..."
    why = f"{because}: “{quoted}”." if source == "identifiers" else f"The words “{quoted}” {because}."
    rule = _clause(task.guide, clause)
    return Finding(clause, first, last, "answer", score, source, why, rule.advice if rule else "Ask the reviewer.")


def _clause(guide: Guide, clause: str) -> Clause | None:
    # A guide that leaves a checked clause out does not switch its findings off.
    return guide.clause(clause) or built_in().clause(clause)


def _level(guide: Guide, finding: Finding) -> Level:
    if finding.clause == NOT_CHECKED:
        return "block"
    if finding.source == AGENCY_PHRASES:
        return "advise"  # a house list is a hint; a finding of the other readers in the same place counts as theirs
    rule = _clause(guide, finding.clause)
    return rule.level if rule else "answer"


def _in_order(found: list[Finding], text: str, guide: Guide) -> list[Finding]:
    by_clause: dict[str, list[Finding]] = {}
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        merged = by_clause.setdefault(finding.clause, [])
        if merged and finding.clause != NOT_CHECKED and finding.start < merged[-1].end:
            merged[-1] = _merged(merged[-1], finding)
        else:
            merged.append(finding)
    whole = [
        replace(f, level=_level(guide, f), key=f.key or key_of(f.clause, text[f.start : f.end]))
        for merged in by_clause.values()
        for f in merged
    ]
    return sorted(whole, key=lambda f: (f.start, f.end, f.clause, f.source))


def _merged(one: Finding, other: Finding) -> Finding:
    """Both passages as one, in the words of the surer finding; a house list never outweighs another reader."""
    rank = {id(f): (f.source != AGENCY_PHRASES, f.score) for f in (one, other)}
    best = other if rank[id(other)] > rank[id(one)] else one
    return replace(best, start=one.start, end=max(one.end, other.end))
