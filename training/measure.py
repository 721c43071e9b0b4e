"""What is measured of a reader's answers: by post, by passage, by clause. Definitions: LABELS.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.rows import Row
from workflow.checks.model.passages import passages
from workflow.checks.view import View
from workflow.guide.clauses import CHECKED

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Read:
    """What a network says of one window: each token's place in the view, probabilities of the window (clauses,) and of
    its tokens (tokens, clauses)."""

    places: Sequence[tuple[int, int]]
    row: np.ndarray
    tokens: np.ndarray


def found(row: Row, read: Sequence[Read], thresholds: Mapping[str, float]) -> list[Span]:
    """The passages that the reader marks in a row, from its probabilities and each clause's threshold."""
    view = View(row.text)
    return [
        (clause, *view.original(start, end))
        for window in read
        for n, clause in enumerate(CHECKED)
        if window.row[n] >= thresholds[clause]
        for start, end, _ in passages(window.tokens[:, n], window.places, view.text)
    ]


def highest(read: Sequence[Sequence[Read]]) -> np.ndarray:
    """For each row the highest probability of any of its windows, (rows, clauses)."""
    nothing = np.zeros(len(CHECKED))
    return np.array([np.max([window.row for window in row], axis=0) if row else nothing for row in read])


def labelled(rows: Sequence[Row]) -> np.ndarray:
    """Which clauses each row breaks, (rows, clauses) of bool."""
    return np.array([[any(c == clause for c, _, _ in row.labels) for clause in CHECKED] for row in rows])


def score(rows: Sequence[Row], answers: Sequence[Sequence[Span]]) -> dict[str, Any]:
    """macro_f1, span_f1, false_alarm, caught_any and by clause p, r, f1, n."""
    per = {c: dict(tp=0, fp=0, fn=0) for c in CHECKED}
    right = marked = hit = gold = alarms = clean = caught = 0
    for row, spans in zip(rows, answers, strict=True):
        wanted, got = {c for c, _, _ in row.labels}, {c for c, _, _ in spans}
        for clause in CHECKED:
            if clause in wanted or clause in got:
                kind = "tp" if clause in wanted and clause in got else "fn" if clause in wanted else "fp"
                per[clause][kind] += 1
        marked += len(spans)
        right += sum(any(_meet(s, g) for g in row.labels) for s in spans)
        gold += len(row.labels)
        hit += sum(any(_meet(s, g) for s in spans) for g in row.labels)
        if row.labels:
            caught += bool(spans)
        else:
            clean += 1
            alarms += bool(spans)
    clauses = {c: _f1(**n) for c, n in per.items()}
    precision, recall = right / max(1, marked), hit / max(1, gold)
    present = [c for c in CHECKED if per[c]["tp"] + per[c]["fn"]]
    return {
        "rows": len(rows),
        "clean": clean,
        "macro_f1": float(np.mean([clauses[c]["f1"] for c in present])) if present else 0.0,
        "span_f1": 2 * precision * recall / max(1e-9, precision + recall),
        "false_alarm": alarms / max(1, clean),
        "caught_any": caught / max(1, len(rows) - clean),
        "clauses": clauses,
    }


def _meet(one: Span, other: Span) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _f1(tp: int, fp: int, fn: int) -> dict[str, float]:
    p, r = tp / max(1, tp + fp), tp / max(1, tp + fn)
    return {"n": tp + fn, "p": p, "r": r, "f1": 2 * p * r / max(1e-9, p + r)}


def thresholds_for(most: np.ndarray, wanted: np.ndarray, budget: float) -> dict[str, float]:
    """A threshold for each clause that makes macro-F1 as large as can be, with at most `budget` of the clean rows
    marked. `most` (highest) must come from networks that did not train on the rows; `wanted` is `labelled`."""
    clean = ~wanted.any(1)
    dearest = 20.0
    low, high = 0.0, dearest
    best = _cheapest(most, wanted, clean, low)
    if _alarms(most, clean, best) > budget:
        for _ in range(20):  # what a marked clean row costs, until the budget is just kept
            price = (low + high) / 2
            best = _cheapest(most, wanted, clean, price)
            low, high = (price, high) if _alarms(most, clean, best) > budget else (low, price)
        best = _cheapest(most, wanted, clean, high)
    return dict(zip(CHECKED, map(float, best), strict=True))


def _cheapest(most: np.ndarray, wanted: np.ndarray, clean: np.ndarray, price: float) -> np.ndarray:
    grid = np.arange(0.06, 0.97, 0.01)
    chosen = []
    for n in range(len(CHECKED)):
        got = most[:, n, None] >= grid
        hit = (got & wanted[:, n, None]).sum(0)
        f1 = 2 * hit / np.maximum(1, got.sum(0) + wanted[:, n].sum())
        alarms = got[clean].mean(0)
        chosen.append(grid[int(np.argmax(_smooth(f1 - price * alarms)))])
    return np.array(chosen)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Means of five, so that a threshold is not chosen for one lucky row."""
    return np.convolve(np.pad(values, 2, mode="edge"), np.ones(5) / 5, mode="valid")


def _alarms(most: np.ndarray, clean: np.ndarray, thresholds: np.ndarray) -> float:
    return float((most[clean] >= thresholds).any(1).mean())


def line(result: Mapping[str, Any]) -> str:
    """The result in one line for people."""
    clauses = " ".join(f"{c[:9]} {v['f1']:.2f}" for c, v in result["clauses"].items())
    return (
        f"macro-F1 {result['macro_f1']:.3f} span-F1 {result['span_f1']:.3f} false alarms {result['false_alarm']:.3f} "
        f"caught {result['caught_any']:.3f} | {clauses}"
    )
