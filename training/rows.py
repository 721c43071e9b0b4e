"""The labelled rows, and the text that the model reads of each.

A file `rows/NAME.jsonl` has one draft post a line; see LABELS.md. Files whose name begins with "test-" are the
project's own test split: training never reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROWS: Final = Path(__file__).parent / "rows"
TEST: Final = "test-"


@dataclass(frozen=True)
class Row:
    """One draft post; `labels` are (clause, start, end) with code-point offsets, end exclusive."""

    id: str
    text: str
    labels: tuple[tuple[str, int, int], ...]
    hard: bool


def read_rows(path: Path) -> list[Row]:
    """The rows of one file, in its order."""
    return [_row(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _row(made: dict) -> Row:
    labels = tuple((label["clause"], label["start"], label["end"]) for label in made["labels"])
    return Row(made["id"], made["text"], labels, bool(made.get("hard")))


def files(*, test: bool) -> Iterator[Path]:
    """The files of the test split, or all others, in the order of their names."""
    yield from sorted(path for path in ROWS.glob("*.jsonl") if path.name.startswith(TEST) is test)


def training_rows() -> list[Row]:
    """All rows that may be trained on."""
    return [row for path in files(test=False) for row in read_rows(path)]


def rows_held_back() -> list[Row]:
    """The rows that training never sees."""
    return [row for path in files(test=True) for row in read_rows(path)]
