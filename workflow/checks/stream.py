"""Checks many texts, one JSON object a line: what `teabreak check --format jsonl` does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from workflow.checks.finding import as_json
from workflow.checks.phrases import Phrases
from workflow.checks.register import check_text
from workflow.guide.clauses import Guide


class BadLine(Exception):
    """A line that is not {"id": text, "text": text}. `number` counts from 1."""

    def __init__(self, number: int, what: str) -> None:
        self.number = number
        super().__init__(f'Line {number} {what}. Write {{"id": "...", "text": "..."}} on one line.')


def check_lines(
    lines: Iterable[str],
    guide: Guide | None = None,
    *,
    allow_list: Iterable[str] = (),
    phrases: Sequence[Phrases] | None = None,
) -> Iterator[str]:
    """For each line {"id", "text"} one line {"id", "findings"}, in the same order, as soon as it is read.

    Lines come out without their line break; empty ones are passed over. Raises BadLine at the first faulty line.
    """
    allowed = tuple(allow_list)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, text = _asked(number, line)
        found = [as_json(finding) for finding in check_text(text, guide, allow_list=allowed, phrases=phrases)]
        # ASCII, so that a lone surrogate in an id or a passage can be written anywhere.
        yield json.dumps({"id": name, "findings": found})


def _asked(number: int, line: str) -> tuple[str, str]:
    try:
        asked = json.loads(line.removeprefix("\ufeff") if number == 1 else line)
    except ValueError as fault:
        raise BadLine(number, "is not JSON") from fault
    except RecursionError as fault:
        raise BadLine(number, "is nested too deeply") from fault
    if not isinstance(asked, dict):
        raise BadLine(number, "is not a JSON object")
    for field in ("id", "text"):
        if not isinstance(asked.get(field), str):
            raise BadLine(number, f"has no “{field}” that is a text")
    return asked["id"], asked["text"]
