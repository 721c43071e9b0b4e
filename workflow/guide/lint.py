"""Says what is wrong with a guide file, where, and what to do about it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workflow.guide.clauses import BUILT_IN, CHECKED, LEVELS

ADDS_TO_BUILT_IN: Final = "built-in"
TEXT_FIELDS: Final = (
    "id",
    "label",
    "name",
    "text",
    "looks_for",
    "level",
    "advice",
    "question",
    "example_breaks",
    "example_fine",
)
LONGEST_NAME: Final = 40
LARGEST_FILE: Final = 1_000_000

_FIELDS: Final = {*TEXT_FIELDS, "checked"}
_TOP_FIELDS: Final = {"title", "adds_to", "clause"}
_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)")
_CLAUSE_HEADER: Final = re.compile(r"\s*\[\[\s*clause\s*\]\]")


@dataclass(frozen=True, slots=True)
class GuideProblem:
    """One thing to mend. `line` counts from 1, None where it cannot be known; a warning does not stop its use."""

    line: int | None
    field: str
    message: str
    is_error: bool = True

    def __str__(self) -> str:
        place = f"line {self.line}, " if self.line else ""
        kind = "" if self.is_error else "warning: "
        return f"{place}{self.field}: {kind}{self.message}"


class GuideFault(Exception):
    """A guide file that cannot be used. `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[GuideProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def decoded(source: str | bytes) -> str:
    """The file's text, without a byte order mark. Raises UnicodeDecodeError where it is not UTF-8."""
    text = source.decode("utf-8") if isinstance(source, bytes) else source
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def lint(source: str | bytes, *, addition: bool = False) -> list[GuideProblem]:
    """All problems of a guide file, in the file's order; an empty list means that it can be used.

    With `addition` the file need not be a whole guide: it holds clauses to stand beside another one's.
    """
    if len(source) > LARGEST_FILE:
        return [GuideProblem(None, "file", f"A guide has at most {LARGEST_FILE:,} characters. Is this the right file?")]
    try:
        text = decoded(source)
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        return [GuideProblem(line, "file", "This is not UTF-8 text. Save the file again, with the encoding UTF-8.")]
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return [_broken_toml(str(fault), text)]
    except RecursionError:
        return [GuideProblem(None, "file", "The lists in this file are nested too deeply. A guide has no such lists.")]
    places = _Places(text)
    addition = addition or document.get("adds_to") == ADDS_TO_BUILT_IN
    problems = list(_problems_of_file(document, places, addition=addition))
    clauses = document.get("clause", [])
    if isinstance(clauses, list):
        problems += _problems_of_clauses(clauses, places)
        problems += _clashes(clauses, places, addition=addition)
        if not addition:
            problems += _left_out(clauses)
    return sorted(problems, key=lambda problem: (problem.line is None, problem.line or 0))


class _Places:
    """Line numbers of clauses and their fields; tomllib does not keep them."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._headers = [number for number, line in enumerate(self._lines, 1) if _CLAUSE_HEADER.match(line)]

    def top(self, field: str) -> int | None:
        return self._find(field, 1, self._headers[0] if self._headers else len(self._lines) + 1)

    def clause(self, position: int, field: str = "") -> int | None:
        if position >= len(self._headers):
            return None
        start = self._headers[position]
        stop = self._headers[position + 1] if position + 1 < len(self._headers) else len(self._lines) + 1
        return (self._find(field, start, stop) if field else None) or start

    def _find(self, field: str, start: int, stop: int) -> int | None:
        key = re.compile(rf"\s*[\"']?{re.escape(field)}[\"']?\s*[=.]")
        return next((number for number in range(start, stop) if key.match(self._lines[number - 1])), None)


def _broken_toml(said: str, text: str) -> GuideProblem:
    place = _PLACE.search(said)
    line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
    reason = _PLACE.sub("", said).replace("(at end of document)", "at the end of the file").strip()
    message = (
        f"This is not valid TOML: {reason}, near column {column}. Look for a missing quotation mark or equals sign."
    )
    return GuideProblem(line, "file", message)


def _problems_of_file(document: dict[str, Any], places: _Places, *, addition: bool) -> Iterator[GuideProblem]:
    for field in document.keys() - _TOP_FIELDS:
        yield GuideProblem(places.top(field), field, "A guide has no such field. Take it out, or mend its spelling.")
    title = document.get("title")
    if "title" in document and not isinstance(title, str):
        yield GuideProblem(places.top("title"), "title", "Write the title as text in quotation marks.")
    elif not (title or "").strip() and ("title" in document or not addition):
        message = (
            'Give the guide a title, or write adds_to = "built-in" if these clauses stand beside the built-in ones.'
        )
        yield GuideProblem(places.top("title"), "title", message)
    if document.get("adds_to", ADDS_TO_BUILT_IN) != ADDS_TO_BUILT_IN:
        yield GuideProblem(places.top("adds_to"), "adds_to", 'Write adds_to = "built-in", or take the line out.')
    clauses = document.get("clause", [])
    if not isinstance(clauses, list):
        yield GuideProblem(places.top("clause"), "clause", "Begin each clause with [[clause]], in double brackets.")
    elif not clauses:
        yield GuideProblem(None, "clause", "There is no clause. Begin one with a line [[clause]].")


def _problems_of_clauses(clauses: list[Any], places: _Places) -> Iterator[GuideProblem]:
    for position, table in enumerate(clauses):
        if not isinstance(table, dict):
            yield GuideProblem(
                places.clause(position), "clause", "Begin each clause with [[clause]], in double brackets."
            )
            continue
        for field, message in _faults_of(table):
            yield GuideProblem(places.clause(position, field), _named(table, field), message)


def _named(table: dict[str, Any], field: str) -> str:
    name = table.get("id")
    return f"clause “{name}”, {field}" if isinstance(name, str) and name else f"clause, {field}"


def _faults_of(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field in TEXT_FIELDS:
        if field not in table:
            yield field, "This field is missing. Add it."
        elif not isinstance(table[field], str):
            yield field, "Write it as text in quotation marks."
        elif not table[field].strip():
            yield field, "This field is empty. Fill it in."
    for field in table.keys() - _FIELDS:
        yield field, "A clause has no such field. Take it out, or mend its spelling."
    if not isinstance(table.get("checked", False), bool):
        yield "checked", "Write true or false, without quotation marks."
    texts = {field: table[field].strip() for field in TEXT_FIELDS if isinstance(table.get(field), str)}
    yield from _faults_of_texts({field: words for field, words in texts.items() if words})


def _faults_of_texts(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    if "id" in texts and not _SLUG.fullmatch(texts["id"]):
        yield "id", "Use small letters, digits and single hyphens, beginning with a letter, as in “house-style”."
    if "level" in texts and texts["level"] not in LEVELS:
        yield "level", f"“{texts['level']}” is no level. Write one of: {', '.join(LEVELS)}."
    if len(texts.get("name", "")) > LONGEST_NAME:
        yield "name", f"The name has {len(texts['name'])} characters. Keep it to {LONGEST_NAME}."
    if "example_fine" in texts and texts["example_fine"] == texts.get("example_breaks"):
        yield "example_fine", "Both examples are the same. Write one that breaks the clause and one that is fine."


def _clashes(clauses: list[Any], places: _Places, *, addition: bool) -> Iterator[GuideProblem]:
    """Ids and labels used twice; in an addition, also ids of the built-in guide."""
    for field in ("id", "label"):
        first: dict[str, int] = {}
        for position, table in enumerate(clauses):
            value = table.get(field) if isinstance(table, dict) else None
            if not isinstance(value, str) or not value.strip():
                continue
            value = value.strip()
            if value in first:
                where = places.clause(first[value], field)
                message = f"“{value}” is used already (line {where}). Give each clause its own {field}."
                yield GuideProblem(places.clause(position, field), _named(table, field), message)
            elif addition and field == "id" and value in BUILT_IN:
                message = f"“{value}” is a clause of the built-in guide. Give yours another id."
                yield GuideProblem(places.clause(position, field), _named(table, field), message)
            first.setdefault(value, position)


def _left_out(clauses: list[Any]) -> Iterator[GuideProblem]:
    present = {table.get("id") for table in clauses if isinstance(table, dict)}
    for name in CHECKED:
        if name not in present:
            message = (
                f"The automatic check reads for “{name}”, which this guide leaves out. Findings on it will still come, "
                "and have to be answered; add the clause so that people can read what it asks."
            )
            yield GuideProblem(None, "clause", message, is_error=False)
