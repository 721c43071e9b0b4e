"""What a house check is given, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final

from workflow.checks.view import View

if TYPE_CHECKING:
    from workflow.checks.house.agency_words import Entry

#: The clause that house checks are about, where the agency's list names no other.
JUDGEMENT: Final = "judgement"


@dataclass(frozen=True, slots=True)
class Recent:
    """A post that stands on the same channel, or will. `ref`: empty where not every reader may see that post."""

    text: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a text alone does not tell. `out_at`: when it would go out; None: nobody knows, and dates say nothing."""

    out_at: datetime | None = None
    zone: tzinfo = UTC
    words: Sequence[Entry] = ()
    recent: Sequence[Recent] = ()


@dataclass(frozen=True)
class Draft:
    """One text to look at, with its context."""

    text: str
    view: View
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check says of the text's passage [start, end): why, and what to do."""

    start: int
    end: int
    why: str
    fix: str
    clause: str = JUDGEMENT


def quoted(words: str) -> str:
    """The words in quotation marks, on one line and cut short, to stand in a sentence."""
    words = " ".join(words.split())
    return f"“{words if len(words) <= 80 else words[:77] + '...'}”"
