"""Findings as pages show them: passages underlined and numbered in the text, and each finding with its clause.

Shared by the post's page (findings that are stored) and by "check it first" (findings of this moment).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from flask import url_for
from markupsafe import Markup, escape

from workflow.checks.finding import NOT_CHECKED, Box, Finding, band
from workflow.checks.house.table import named
from workflow.checks.pictures.seen import box_of
from workflow.guide.clauses import Guide
from workflow.models import FindingRow

_LINK = '<a class="passage__number" href="#finding-{0}">[<span class="govuk-visually-hidden">finding </span>{0}]</a>'


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding for a page. `number` is unique on it; offsets count code points of the text of `part`."""

    number: int
    part: str
    start: int
    end: int
    passage: str
    clause_id: str
    title: str  # "Never 3: Personal information"; of a house check "Always 2: Shortened link"
    href: str  # the clause in its guide version; empty where it is no clause
    band: str  # "likely", "please check"; "advice" of a house check
    why: str
    fix: str
    question: str
    level: str
    boxes: tuple[Box, ...] = ()  # where it stands in a picture

    @property
    def picture(self) -> int:
        """The number of the picture it is about as a whole or by a place in it; 0: none."""
        kind, _, number = self.part.partition(" ")
        return int(number) if kind in ("picture", "words") else 0

    @property
    def where(self) -> str:
        """Its places in the picture, in words: "top left and bottom right"."""
        places = list(dict.fromkeys(_place(box) for box in self.boxes))
        return " and ".join(filter(None, [", ".join(places[:-1]), *places[-1:]]))

    @property
    def not_checked(self) -> bool:
        """Whether it says that the check could not read this."""
        return self.clause_id == NOT_CHECKED

    @property
    def has_passage(self) -> bool:
        """Whether there are words to underline. "Not checked" is about all of them."""
        return self.end > self.start and not self.not_checked


def shown(found: Iterable[tuple[str, Finding]], texts: Mapping[str, str], guide: Guide) -> list[Shown]:
    """Findings of this moment, as pairs (part, finding), numbered from 1. `texts` are the checked parts."""
    return [
        _shown(number, part, one.start, one.end, texts.get(part, "")[one.start : one.end], one, one.clause, guide)
        for number, (part, one) in enumerate(found, 1)
    ]


def shown_rows(rows: Iterable[FindingRow], guide_of: Callable[[str], Guide | None]) -> list[Shown]:
    """Stored findings, each with its clause as it stood in the guide version it was made under."""
    guide_of = cache(guide_of)
    return [
        _shown(
            row.number, row.part, row.start_at, row.end_at, row.passage, row, row.clause_id, guide_of(row.guide_version)
        )
        for row in rows
    ]


def names_of_other_parts(pictures: int) -> dict[str, str]:
    """What people call the parts of a post besides its texts, where it has so many pictures."""
    names = {"note": "the note for the reviewer"}
    for number in range(1, pictures + 1):
        names[f"alt {number}"] = f"the description of picture {number}"
        names[f"decorative {number}"] = f"why picture {number} is decorative"
        names[f"name {number}"] = f"the file name of picture {number}"
        names[f"rights {number}"] = f"what the file of picture {number} says about rights"
        names[f"words {number}"] = f"the words in picture {number}"
        names[f"picture {number}"] = f"picture {number}"
    return names


def _shown(
    number: int,
    part: str,
    start: int,
    end: int,
    passage: str,
    one: Finding | FindingRow,
    clause_id: str,
    guide: Guide | None,
) -> Shown:
    clause = guide.clause(clause_id) if guide else None
    house = named(one.source) if clause_id != NOT_CHECKED else None
    if clause and guide:
        title = f"{clause.label}: {house.name if house else clause.name}"
        href = url_for("guide.at", version=guide.version, _anchor=clause.id)
    else:
        named_so = house.name if house else clause_id
        title, href = ("Not checked" if clause_id == NOT_CHECKED else named_so), ""
    # The question is about the clause, and would be odd beside a hashtag.
    question = clause.question if clause and not house else ""
    return Shown(
        number,
        part,
        start,
        end,
        passage,
        clause_id,
        title,
        href,
        "advice" if house else band(one.score),
        one.why,
        one.fix,
        question,
        one.level,
        tuple(box_of(box) for box in one.boxes or ()),
    )


def _place(box: Box) -> str:
    left, top, width, height = box
    row = ("top", "middle", "bottom")[min(int((top + height / 2) * 3), 2)]
    column = ("left", "middle", "right")[min(int((left + width / 2) * 3), 2)]
    return row if row == column else f"{row} {column}"


def marked(text: str, findings: Sequence[Shown]) -> Markup:
    """`text` as HTML with the findings' passages underlined, each followed by its number, a link to the finding.

    Passages may overlap or stand in each other: the text is cut at every border. Put it into an element that keeps
    white space (`class="typed"`). Give it only the findings of this text's part.
    """
    inside = [one for one in findings if one.has_passage and 0 <= one.start < one.end <= len(text)]
    begins, ends = defaultdict(list), defaultdict(list)
    for one in inside:
        begins[one.start].append(one)
        ends[one.end].append(one)
    borders = sorted({0, len(text), *begins, *ends})
    open_now: dict[int, Shown] = {}
    html: list[str] = []
    for begin, end in pairwise(borders):
        for one in begins[begin]:
            open_now[one.number] = one
            html.append(f'<span id="passage-{one.number}"></span>')
        piece = escape(text[begin:end])
        html.append(f'<mark class="{_classes(open_now.values())}">{piece}</mark>' if open_now else str(piece))
        for one in ends[end]:
            open_now.pop(one.number, None)
            html.append(_LINK.format(one.number))
    return Markup("".join(html))  # noqa: S704 - the text is escaped, all else is of our own


def _classes(covering: Iterable[Shown]) -> str:
    likely = any(one.band == "likely" for one in covering)
    return "passage passage--likely" if likely else "passage"
