"""The agency's own list of words and dates, written in TOML without code:

    [[words]]
    kind   = "embargo"                    # embargo, pre-election, mourning or words
    match  = ["annual report 2027"]       # patterns, as in the phrase lists (workflow/checks/phrases.py)
    unless = []                           # patterns that make the same sentence harmless
    from   = 2027-03-01                   # a day, or a day and a time, on the agency's clocks
    until  = 2027-03-16T09:30:00
    why    = "The report is published on 16 March at 9:30am."
    clause = "confidentiality"            # the guide's clause that it is about, if it is one

docs/house-checks.md tells people which kind needs what.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final, Literal

from workflow.checks.finding import NOT_CHECKED
from workflow.checks.house.draft import JUDGEMENT
from workflow.checks.phrases import Pattern, PhraseFault, compiled_pattern
from workflow.checks.view import View

Kind = Literal["embargo", "pre-election", "mourning", "words"]
KINDS: Final[tuple[Kind, ...]] = ("embargo", "pre-election", "mourning", "words")
LARGEST_FILE: Final = 200_000
LONGEST_WHY: Final = 300
#: A finding under it would hold the post for its author: that is no matter of a word list.
WHISTLEBLOWING: Final = "whistleblowing"

_FIELDS: Final = {"kind", "match", "unless", "from", "until", "why", "clause"}
_HEADER: Final = re.compile(r"\s*\[\[\s*[\"']?words[\"']?\s*\]\]")
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LAST_DAY: Final = date(9999, 12, 30)
_HOW_A_TIME_IS_WRITTEN: Final = "Write a day, as in 2027-03-16, or a day and a time, as in 2027-03-16T09:30:00"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list. `since` and `until` are times on the agency's clocks; `until` does not count itself."""

    kind: Kind
    match: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    since: datetime | None
    until: datetime | None
    why: str
    clause: str

    def counts(self, moment: datetime, zone: tzinfo) -> bool:
        """Whether the entry is in force at `moment`, where clocks are those of `zone`."""
        # In the hour that comes twice in autumn, an embargo ends with the second.
        begun = self.since is None or self.since.replace(tzinfo=zone) <= moment
        return begun and (self.until is None or moment < self.until.replace(tzinfo=zone, fold=1))

    def found(self, view: View) -> Iterator[tuple[int, int]]:
        """The places in the text behind the view where its words stand."""
        for pattern in self.match:
            for hit in pattern.found(view):
                if hit[0] and not self._excused(view, hit.start(), hit.end()):
                    yield view.original(hit.start(), hit.end())

    def _excused(self, view: View, start: int, end: int) -> bool:
        if not self.unless:
            return False
        before, after = view.around(start, end)
        return any(pattern.search.search(before + view.text[start:end] + after) for pattern in self.unless)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in the file. `line` counts from 1; None where it cannot be known."""

    line: int | None
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class WordsFault(Exception):
    """A list that cannot be used. `problems` says all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in problems[:3]))


def read_words(source: bytes) -> tuple[Entry, ...]:
    """The entries of a list. Raises WordsFault with all that is wrong with it."""
    entries, problems = _read(source)
    if problems:
        raise WordsFault(problems)
    return tuple(entries)


def lint(source: bytes) -> list[Problem]:
    """All that is wrong with a list, in the file's order; an empty list means that it can be used."""
    return _read(source)[1]


def _read(source: bytes) -> tuple[list[Entry], list[Problem]]:
    if len(source) > LARGEST_FILE:
        return [], [Problem(None, f"A list has at most {LARGEST_FILE:,} bytes. Is this the right file?")]
    try:
        text = source.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        at = source.count(b"\n", 0, fault.start) + 1
        return [], [Problem(at, "This is not UTF-8 text. Save the file again, with the encoding UTF-8.")]
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as fault:  # ValueError: 2027-02-30
        return [], [
            Problem(None, f"This is not valid TOML: {fault}. Look for a missing quotation mark or equals sign.")
        ]
    tables = document.get("words")
    if document.keys() - {"words"} or not isinstance(tables, list | None):
        return [], [Problem(None, "A list holds nothing but entries that begin with a line [[words]].")]
    headers = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    entries: list[Entry] = []
    problems: list[Problem] = []
    for position, table in enumerate(tables or []):
        line: int | None = headers[position] if position < len(headers) else None
        faults = list(_faults(table)) if isinstance(table, dict) else ["Begin each entry with a line [[words]]."]
        if faults:
            problems += [Problem(line, fault) for fault in faults]
            continue
        try:
            entries.append(_entry(table))
        except PhraseFault as fault:
            problems.append(Problem(line, str(fault)))
    return entries, problems


def _faults(table: dict[str, Any]) -> Iterator[str]:
    for field in sorted(table.keys() - _FIELDS):
        yield f"An entry has no field “{field}”. Take it out, or mend its spelling."
    kind = table.get("kind")
    if kind not in KINDS:
        yield f"Write kind as one of: {', '.join(KINDS)}."
    why = table.get("why")
    if not isinstance(why, str) or not why.strip():
        yield "Say why, as text in quotation marks: people read it beside the words."
    elif len(why) > LONGEST_WHY:
        yield f"The field why has {len(why)} characters. Keep it to {LONGEST_WHY}."
    for field in ("match", "unless"):
        value = table.get(field, [])
        if not isinstance(value, list) or not all(isinstance(line, str) and line.strip() for line in value):
            yield f'Write {field} as a list of texts, as in {field} = ["new tram line"].'
    if not table.get("match") and kind != "mourning":
        yield "The field match is missing: without words there is nothing to look for."
    yield from _faults_of_times(table, kind)
    yield from _faults_of_clause(table.get("clause", JUDGEMENT))


def _faults_of_times(table: dict[str, Any], kind: Any) -> Iterator[str]:
    for field in ("from", "until"):
        value = table.get(field)
        if isinstance(value, datetime) and value.tzinfo:
            yield f"{_HOW_A_TIME_IS_WRITTEN} in {field}, without a time zone: it is meant on the agency's clocks."
        elif not isinstance(value, date | None):
            yield f"{_HOW_A_TIME_IS_WRITTEN} in {field}, without quotation marks."
    needed = {"embargo": ("until",), "pre-election": ("from", "until"), "mourning": ("from", "until")}
    for field in needed.get(str(kind), ()):
        if field not in table:
            yield f"An entry of the kind {kind} needs the field {field}."
    since, until = _times(table)
    if since and until and since >= until:
        yield "This entry ends before it begins. Look at from and until."


def _faults_of_clause(clause: Any) -> Iterator[str]:
    if not isinstance(clause, str) or not _SLUG.fullmatch(clause):
        yield "Write clause as the id of a clause of the guide, as in “confidentiality”."
    elif clause in (WHISTLEBLOWING, NOT_CHECKED):
        yield f"A list of words cannot stand for the clause “{clause}”. Take another, or leave the field out."


def _times(table: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From and until as times. A day as `until` counts to its end."""
    return _time(table.get("from")), _time(table.get("until"), days=1)


def _time(value: Any, *, days: int = 0) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(min(value, _LAST_DAY) + timedelta(days), time())
    return None


def _entry(table: dict[str, Any]) -> Entry:
    since, until = _times(table)
    lines = {field: tuple(compiled_pattern(line) for line in table.get(field, [])) for field in ("match", "unless")}
    clause = table.get("clause", JUDGEMENT)
    return Entry(table["kind"], lines["match"], lines["unless"], since, until, table["why"].strip(), clause)
