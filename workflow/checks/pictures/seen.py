"""What was seen in a picture: lines of words and faces, each with its place. Places are shares of width and height."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from workflow.checks.finding import Box

Point = tuple[float, float]

_NARROW: Final = frozenset("iljtfrI.,:;'!|()[]/- ")
_WIDE: Final = frozenset("mwMW@%")
_MARGIN: Final = 0.3  # of a letter: rather a little more than a little less


@dataclass(frozen=True, slots=True)
class Line:
    """One line of words. `corners`: top left, top right, bottom right, bottom left, as the words run."""

    text: str
    corners: tuple[Point, Point, Point, Point]

    def box_of(self, start: int, end: int) -> Box:
        """Where the characters [start, end) stand, by how wide letters mostly are."""
        top_left, top_right, bottom_right, bottom_left = self.corners
        whole = _width(self.text) or 1.0
        first = max(_width(self.text[:start]) - _MARGIN, 0) / whole
        last = min(_width(self.text[:end]) + _MARGIN, whole) / whole
        along = [
            _between(*side, share)
            for side in ((top_left, top_right), (bottom_left, bottom_right))
            for share in (first, last)
        ]
        # Words that run upwards or downwards are marked as a whole: in which direction is not known.
        return box_around(self.corners if self._is_upright else along)

    @property
    def _is_upright(self) -> bool:
        _, _, width, height = box_around(self.corners)
        return height > 1.5 * width


@dataclass(frozen=True, slots=True)
class Face:
    """One face, and how sure the reader is of it (0 to 1)."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen in one picture. None: that reader did not read it, and `faults` says why, by reader."""

    lines: tuple[Line, ...] | None = None
    faces: tuple[Face, ...] | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The words as they were read, a line each. Offsets of findings count in it."""
        return "\n".join(line.text for line in self.lines or ())

    def boxes_of(self, start: int, end: int) -> tuple[Box, ...]:
        """Where the passage [start, end) of `text` stands: one box for each line it touches."""
        boxes, offset = [], 0
        for line in self.lines or ():
            first, last = max(start - offset, 0), min(end - offset, len(line.text))
            if first < last:
                boxes.append(line.box_of(first, last))
            offset += len(line.text) + 1
        return tuple(boxes)

    def as_json(self) -> dict[str, Any]:
        """For keeping, and for the way from the worker; faults are not kept. `seen_of` reads it."""
        kept: dict[str, Any] = {}
        if self.lines is not None:
            kept["lines"] = [[line.text, [list(point) for point in line.corners]] for line in self.lines]
        if self.faces is not None:
            kept["faces"] = [[list(face.box), face.score] for face in self.faces]
        return kept


def seen_of(kept: Mapping[str, Any] | None) -> Seen:
    """What `as_json` gave; nothing for None."""
    kept = kept or {}
    lines = tuple(Line(str(text), _corners(points)) for text, points in kept["lines"]) if "lines" in kept else None
    faces = tuple(Face(box_of(box), float(score)) for box, score in kept["faces"]) if "faces" in kept else None
    return Seen(lines, faces)


def box_of(numbers: Sequence[float]) -> Box:
    """Left, top, width, height as a box."""
    left, top, width, height = (float(number) for number in numbers)
    return left, top, width, height


def box_around(points: Iterable[Point]) -> Box:
    """The smallest upright box that holds all points and stays in the picture."""
    xs, ys = zip(*points, strict=True)
    left, right = _inside(min(xs)), _inside(max(xs))
    top, bottom = _inside(min(ys)), _inside(max(ys))
    return round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4)


def _corners(points: Sequence[Sequence[float]]) -> tuple[Point, Point, Point, Point]:
    one, two, three, four = ((float(x), float(y)) for x, y in points)
    return one, two, three, four


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share


def _width(text: str) -> float:
    """About how wide the text is printed, in letters."""
    return sum(0.55 if c in _NARROW else 1.5 if c in _WIDE else 1.2 if c.isupper() else 1.0 for c in text)


def _inside(share: float) -> float:
    return min(max(float(share), 0.0), 1.0)
