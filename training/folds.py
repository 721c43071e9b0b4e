"""Cross-validation: what networks say of rows that they did not train on, and the thresholds that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from training.rows import Row
from workflow.guide.clauses import CHECKED

FOLDS: Final = 4
#: Rows that stand together were written together, often as twins (a breach and its near-miss): one fold has them all.
TOGETHER: Final = 10


def folds(rows: Sequence[Row]) -> list[list[int]]:
    """For each fold the numbers of its rows."""
    parts: list[list[int]] = [[] for _ in range(FOLDS)]
    for number in range(len(rows)):
        parts[number // TOGETHER % FOLDS].append(number)
    return parts


def calibration(chances: np.ndarray, wanted: np.ndarray) -> dict[str, tuple[float, float]]:
    """Platt's slope and offset for each clause, from probabilities and labels, both (rows, clauses)."""
    return {clause: platt(chances[:, n], wanted[:, n]) for n, clause in enumerate(CHECKED)}


def platt(chance: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Slope and offset of sigmoid(slope * logit + offset), fitted by Newton's method with Platt's soft targets."""
    chance = np.clip(chance, 1e-6, 1 - 1e-6)
    x = np.log(chance / (1 - chance))
    yes, no = wanted.sum(), (~wanted).sum()
    goal = np.where(wanted, (yes + 1) / (yes + 2), 1 / (no + 2))
    slope, offset = 1.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-(slope * x + offset)))
        gradient = np.array([((p - goal) * x).sum(), (p - goal).sum()])
        w = p * (1 - p)
        hessian = np.array([[(w * x * x).sum() + 1e-6, (w * x).sum()], [(w * x).sum(), w.sum() + 1e-6]])
        step = np.linalg.solve(hessian, gradient)
        slope, offset = slope - step[0], offset - step[1]
        if np.abs(step).max() < 1e-7:
            break
    return float(slope), float(offset)
