"""What the context of a passage does to findings, on the training rows: `python -m training.measure_context`.

For each clause with a context rule: how many findings of the readers are right or wrong, and how many of each the rule
lowers; and in how many clean posts, and labelled passages, the context stands at all. docs/decisions has the figures.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from training.rows import Row, training_rows
from workflow.checks.context import CLAUSES, adjustment
from workflow.checks.register import AGENCY_PHRASES, READERS, Task
from workflow.checks.view import View
from workflow.guide.loader import built_in


@dataclass
class Figures:
    """Counts by clause."""

    right: Counter[str] = field(default_factory=Counter)
    right_lowered: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    wrong_lowered: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    labels_in_context: Counter[str] = field(default_factory=Counter)
    clean: int = 0
    clean_in_context: Counter[str] = field(default_factory=Counter)


def figures(rows: list[Row]) -> Figures:
    """Counts over these rows, with all readers but the identifier rules and an agency's own lists."""
    counted = Figures()
    for row in rows:
        view = View(row.text)
        _count_labels(counted, row, view)
        task = Task(view, built_in())
        for name, reader in READERS:
            if name in ("identifiers", AGENCY_PHRASES):
                continue
            for finding in reader(task):
                if finding.clause in CLAUSES:
                    true = any(c == finding.clause and s < finding.end and finding.start < e for c, s, e in row.labels)
                    lowered = _in_context(view, finding.clause, finding.start, finding.end)
                    (counted.right if true else counted.wrong)[finding.clause] += 1
                    (counted.right_lowered if true else counted.wrong_lowered)[finding.clause] += lowered
    return counted


def _count_labels(counted: Figures, row: Row, view: View) -> None:
    for clause, start, end in row.labels:
        if clause in CLAUSES:
            counted.labels[clause] += 1
            counted.labels_in_context[clause] += _in_context(view, clause, start, end)
    if not row.labels:
        counted.clean += 1
        for clause in CLAUSES:
            counted.clean_in_context[clause] += any(
                _in_context(view, clause, place, place + 1) for place in range(0, len(row.text), 25)
            )


def _in_context(view: View, clause: str, start: int, end: int) -> bool:
    return adjustment(view, clause, *view.place(start, end), 1.0) is not None


def main() -> None:
    """Prints one line a clause."""
    counted = figures(training_rows())
    for clause in CLAUSES:
        print(
            f"{clause:20} findings right {counted.right[clause]} (lowered {counted.right_lowered[clause]}),"
            f" wrong {counted.wrong[clause]} (lowered {counted.wrong_lowered[clause]});"
            f" labels {counted.labels[clause]} (in context {counted.labels_in_context[clause]});"
            f" clean posts {counted.clean} (with it somewhere {counted.clean_in_context[clause]})"
        )


if __name__ == "__main__":
    main()
