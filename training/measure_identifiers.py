"""How well the identifier rules find what they say they find: `python -m training.measure_identifiers`.

`identifiers.jsonl` has one post a line, in the format of the other rows, with a `kind` for every label and its `round`.
Numbers of people are of ranges that nobody has (Ofcom's drama numbers, NHS numbers from 999) or made up; addresses at
real domains have "sample" in them; the public numbers among the near misses are real.

Each round was written before anybody looked at how the rules do on it. Then its figures were taken, and only then were
the rules mended on it, so that the first figures tell what to expect of posts that nobody has seen:

    round   posts   recall   precision
    1       220     0.790    0.965       the rules as they were before this set
    2       130     0.932    0.959
    3       133     0.931    0.986
    4        79     0.979    0.977       without four NHS numbers that turned out to be none
    5       105     1.000    0.968
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workflow.checks.allowed import Allowed
from workflow.checks.identifiers import marks
from workflow.checks.mark import Mark
from workflow.checks.view import View

ROWS: Final = Path(__file__).with_name("identifiers.jsonl")
#: What a mark is, by a word of its name.
KINDS: Final = {
    "mobile": "phone",
    "telephone": "phone",
    "email": "email",
    "NHS": "nhs",
    "National Insurance": "ni",
    "plate": "plate",
    "birth": "birth",
}


@dataclass(frozen=True, slots=True)
class Label:
    """A passage that a reviewer should look at, and what it is."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Post:
    """One post of the set."""

    id: str
    text: str
    labels: tuple[Label, ...]
    round: int


@dataclass(slots=True)
class Score:
    """Counts by kind, and what went wrong, for people to read."""

    found: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def recall(self, *kinds: str) -> float:
        """The share of labels that a mark overlaps, of these kinds or of all."""
        return _share(self.found, self.labels, kinds)

    def precision(self, *kinds: str) -> float:
        """The share of marks that overlap a label, of these kinds or of all."""
        return _share(self.right, self.marks, kinds)


def posts() -> list[Post]:
    """All posts of the set, in their order."""
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    return [
        Post(row["id"], row["text"], tuple(Label(x["kind"], x["start"], x["end"]) for x in row["labels"]), row["round"])
        for row in rows
    ]


def kind_of(mark: Mark) -> str:
    """The kind of label that a mark answers to."""
    return next(kind for word, kind in KINDS.items() if word in mark.what)


def measure(some: Iterable[Post]) -> Score:
    """Counts for these posts. A mark and a label of the same kind that overlap count for each other."""
    score = Score()
    for post in some:
        view = View(post.text)
        marked = [Label(kind_of(m), *view.original(m.start, m.end)) for m in marks(view, Allowed())]
        for label in post.labels:
            score.labels[label.kind] += 1
            if _meets(label, marked):
                score.found[label.kind] += 1
            else:
                score.faults.append(f"{post.id} missed {label.kind}: {post.text[label.start : label.end]}")
        for mark in marked:
            score.marks[mark.kind] += 1
            if _meets(mark, post.labels):
                score.right[mark.kind] += 1
            else:
                score.faults.append(f"{post.id} wrong {mark.kind}: {post.text[mark.start : mark.end]}")
    return score


def _meets(one: Label, others: Iterable[Label]) -> bool:
    return any(one.kind == other.kind and one.start < other.end and other.start < one.end for other in others)


def _share(part: Counter[str], whole: Counter[str], kinds: tuple[str, ...]) -> float:
    chosen = kinds or tuple(whole)
    total = sum(whole[kind] for kind in chosen)
    return sum(part[kind] for kind in chosen) / total if total else 1.0


def _table(title: str, score: Score) -> str:
    lines = [f"{title}: recall {score.recall():.3f}, precision {score.precision():.3f}"]
    lines += [
        f"  {kind:6} {score.labels[kind]:4} labels  recall {score.recall(kind):.3f}"
        f"  precision {score.precision(kind):.3f}"
        for kind in sorted(score.labels)
    ]
    return "\n".join(lines)


def main() -> None:
    """Prints the figures; with --faults, what was missed or wrongly marked."""
    everything = posts()
    for number in sorted({post.round for post in everything}):
        print(_table(f"Round {number}", measure(post for post in everything if post.round == number)))
    score = measure(everything)
    print(_table("All rounds", score))
    if "--faults" in sys.argv:
        print("\n".join(score.faults))


if __name__ == "__main__":
    main()
