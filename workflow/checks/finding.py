"""What the check says of a passage."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from workflow.checks.view import View
from workflow.guide.clauses import Level

#: The clause id of a finding that says: this could not be checked.
NOT_CHECKED: Final = "not-checked"
LIKELY: Final = 0.7

#: A place in a picture: left, top, width and height, as shares of the picture's own.
Box = tuple[float, float, float, float]

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Finding:
    """One passage that touches one clause.

    `start` and `end` (exclusive) count code points of the checked part. `source` names the reader. `key` is the same
    for the same words under the same clause wherever they stand, so that an answer holds until the words change.
    """

    clause: str
    start: int
    end: int
    level: Level
    score: float
    source: str
    why: str
    fix: str
    part: str = "text"
    key: str = ""
    boxes: tuple[Box, ...] = ()  # where it stands, if it stands in a picture


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding with exactly the keys that `teabreak check --format jsonl` promises."""
    return {
        "clause": finding.clause,
        "start": finding.start,
        "end": finding.end,
        "level": finding.level,
        "score": float(finding.score),
        "source": finding.source,
        "why": finding.why,
        "fix": finding.fix,
    }


def band(score: float) -> Literal["likely", "please check"]:
    """How sure the check is, in words for people."""
    return "likely" if score >= LIKELY else "please check"


def key_of(clause: str, passage: str) -> str:
    """The identity of a finding: its clause and the words of its passage, whatever their case, spacing or signs."""
    plain = View(passage).lowered
    words = " ".join(_WORD.findall(plain)) or plain.strip() or repr(passage)
    return hashlib.sha256(f"{clause}\n{words}".encode("utf-8", "backslashreplace")).hexdigest()[:16]
