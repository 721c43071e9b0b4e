"""What people's answers say of a clause's scores: Platt scaling, one for each clause.

A reader's score puts findings in order; how often findings of that score turn out right here, only answers can say.
From ENOUGH answers on, a score becomes sigmoid(slope * logit(score) + shift), fitted by logistic regression to pairs
(score, kept). A prior of the weight of a few answers pulls it towards leaving scores as they are, so that a clause
whose findings were all kept, or all dismissed, gets scores that are still probabilities.

Source: J. Platt, Probabilistic outputs for support vector machines (1999); H.-T. Lin, C.-J. Lin and R. C. Weng, A note
on Platt's probabilistic outputs (2007), for Newton's method with halved steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workflow.checks.finding import Finding

#: Fewer answers than that change no score.
ENOUGH: Final = 30
#: A higher score never counts for less than a lower one, whatever the answers were.
LEAST_SLOPE: Final = 0.1
#: The readers whose scores are a guess, by the `source` of their findings. What the others find is there, or is not.
GUESSING: Final = frozenset({"model", "phrases", "agency-phrases"})

_EDGE: Final = 0.001  # scores of 0 and 1 have no logit
_PRIOR: Final = 1.0  # how strongly slope and shift are held to 1 and 0
_STEPS: Final = 100
_SMALL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one clause's scores are read here. `answers`: how many it was made of, or how many there are so far."""

    answers: int = 0
    slope: float = 1.0
    shift: float = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether there are enough answers for it to change a score."""
        return self.answers >= ENOUGH

    def score(self, given: float) -> float:
        """The score that the reader gave, as it counts here: 0 to 1, in the same order."""
        return _sigmoid(self.slope * _logit(given) + self.shift) if self.has_begun else given


def calibrate(pairs: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration from (score, kept) pairs of one clause; one that leaves scores alone where they are too few."""
    if len(pairs) < ENOUGH:
        return Calibration(len(pairs))
    points = [(_logit(score), kept) for score, kept in pairs]
    slope, shift = _fitted(points, free_slope=True, slope=1.0)
    if slope < LEAST_SLOPE:  # the loss is convex: the best allowed one lies on the edge
        slope, shift = _fitted(points, free_slope=False, slope=LEAST_SLOPE)
    return Calibration(len(pairs), slope, shift)


def as_learned(found: Iterable[Finding], learned: Mapping[str, Calibration]) -> list[Finding]:
    """The findings with their scores as they count here, all of them and at their levels.

    `learned` holds a calibration for each clause; what no calibration or no guess is behind stays as it is.
    """
    return [
        replace(one, score=learned[one.clause].score(one.score))
        if one.source in GUESSING and one.clause in learned
        else one
        for one in found
    ]


def _fitted(points: Sequence[tuple[float, bool]], *, free_slope: bool, slope: float) -> tuple[float, float]:
    """Slope and shift of the least loss, by Newton's method; with `free_slope` off, the shift alone is moved."""
    shift, loss = 0.0, _loss(points, slope, 0.0)
    for _ in range(_STEPS):
        move_slope, move_shift = _newton_step(points, slope, shift, free_slope=free_slope)
        if abs(move_slope) + abs(move_shift) < _SMALL:
            break
        part = 1.0
        while (new := _loss(points, slope + part * move_slope, shift + part * move_shift)) > loss and part > _SMALL:
            part /= 2
        slope, shift, loss = slope + part * move_slope, shift + part * move_shift, min(new, loss)
    return slope, shift


def _newton_step(
    points: Sequence[tuple[float, bool]], slope: float, shift: float, *, free_slope: bool
) -> tuple[float, float]:
    down_slope, down_shift = _PRIOR * (slope - 1.0), _PRIOR * shift
    slope_slope = shift_shift = _PRIOR
    slope_shift = 0.0
    for x, kept in points:
        chance = _sigmoid(slope * x + shift)
        error, weight = chance - kept, chance * (1.0 - chance)
        down_slope += error * x
        down_shift += error
        slope_slope += weight * x * x
        slope_shift += weight * x
        shift_shift += weight
    if not free_slope:
        return 0.0, -down_shift / shift_shift
    # Positive: both priors make the matrix positive definite.
    determinant = slope_slope * shift_shift - slope_shift * slope_shift
    return (
        -(shift_shift * down_slope - slope_shift * down_shift) / determinant,
        -(slope_slope * down_shift - slope_shift * down_slope) / determinant,
    )


def _loss(points: Iterable[tuple[float, bool]], slope: float, shift: float) -> float:
    held = _PRIOR / 2 * ((slope - 1.0) ** 2 + shift**2)
    return held + math.fsum(_surprise((slope * x + shift) * (-1 if kept else 1)) for x, kept in points)


def _surprise(z: float) -> float:
    """log(1 + e^z), without overflow."""
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _logit(score: float) -> float:
    inside = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(inside / (1 - inside))
