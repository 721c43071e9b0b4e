"""Reads guides from TOML and writes them."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from workflow.guide.clauses import BUILT_IN, Clause, Guide
from workflow.guide.lint import ADDS_TO_BUILT_IN, TEXT_FIELDS, GuideFault, GuideProblem, decoded, lint

__all__ = ["GuideFault", "GuideProblem", "built_in", "dump", "lint", "load", "with_agency_clauses"]


def load(source: str | bytes) -> Guide:
    """The guide in `source` (TOML). With `adds_to = "built-in"`: the built-in guide, then the file's clauses.

    Raises GuideFault, with every problem, where lint() finds an error.
    """
    document = _document(source)
    if document.get("adds_to") == ADDS_TO_BUILT_IN:
        return _extended(built_in(), document)
    return Guide(document["title"].strip(), _clauses(document))


@lru_cache(maxsize=1)
def built_in() -> Guide:
    """The guide that comes with the product."""
    return load(files("workflow.guide").joinpath("builtin.toml").read_bytes())


def with_agency_clauses(guide: Guide, toml_text: str | bytes) -> Guide:
    """`guide` with the clauses of `toml_text` after its own. Raises GuideFault: a faulty file, or an id used twice."""
    return _extended(guide, _document(toml_text, addition=True))


def dump(guide: Guide) -> str:
    """The guide as TOML; load() of it gives the same version."""
    lines = [f"title = {_quoted(guide.title)}"]
    for clause in guide.clauses:
        lines += ["", "[[clause]]"]
        lines += [f"{field} = {_quoted(getattr(clause, field))}" for field in TEXT_FIELDS]
        lines.append(f"checked = {'true' if clause.checked else 'false'}")
    return "\n".join(lines) + "\n"


def _document(source: str | bytes, *, addition: bool = False) -> dict[str, Any]:
    errors = [problem for problem in lint(source, addition=addition) if problem.is_error]
    if errors:
        raise GuideFault(errors)
    return tomllib.loads(decoded(source))


def _clauses(document: dict[str, Any]) -> tuple[Clause, ...]:
    return tuple(_clause(table) for table in document.get("clause", ()))


def _clause(table: dict[str, Any]) -> Clause:
    values = {field: table[field].strip() for field in TEXT_FIELDS}
    origin = "built-in" if values["id"] in BUILT_IN else "agency"
    return Clause(**values, checked=table.get("checked", False), origin=origin)  # type: ignore[arg-type]  # lint() saw the level


def _extended(guide: Guide, document: dict[str, Any]) -> Guide:
    added = _clauses(document)
    taken = {clause.id for clause in guide.clauses}
    twice = [clause.id for clause in added if clause.id in taken]
    if twice:
        raise GuideFault(
            [
                GuideProblem(None, "id", f"The guide already has a clause “{name}”. Give yours another id.")
                for name in twice
            ]
        )
    return Guide(document.get("title", guide.title).strip(), (*guide.clauses, *added))


def _quoted(words: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
