"""The words of a revision or a proposal, part by part: what the check reads, and what is published of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from workflow.checks.finding import NOT_CHECKED, Finding

WHISTLEBLOWING = "whistleblowing"


class _PictureLike(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def alt_text(self) -> str: ...
    @property
    def decorative_because(self) -> str: ...


class WordsLike(Protocol):
    """What has words: a revision, or a proposal."""

    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def texts(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def pictures(self) -> Sequence[_PictureLike]: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102


def published_parts_of(words: WordsLike) -> list[tuple[str, str]]:
    """All words that would be published: (part, text)."""
    parts = [("text", words.text)]
    parts += [(f"text {channel}", str(text)) for channel, text in sorted(words.texts.items())]
    return parts + [(f"alt {number}", p.alt_text) for number, p in enumerate(words.pictures, 1) if p.alt_text]


def parts_of(words: WordsLike) -> list[tuple[str, str]]:
    """All words that somebody else may read, published or not: (part, text). Offsets of findings count in these.

    The note, the reason why a picture is decorative and the names of files reach reviewers: a concern stands there
    as well as in the text.
    """
    parts = published_parts_of(words)
    for number, picture in enumerate(words.pictures, 1):
        if picture.decorative_because:
            parts.append((f"decorative {number}", picture.decorative_because))
        parts.append((f"name {number}", words_of_name(picture.name)))
    return [*parts, ("note", words.note)] if words.note else parts


def words_of_name(name: str) -> str:
    """A file's name as words, as long as it was: people write_it-like-this.pdf."""
    return "".join(char if char.isalnum() or char in "'’" else " " for char in name)


def as_it_counts(found: Iterable[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """The findings, pairs (part, finding), as they count in their parts.

    What is not published is checked for a concern above all. What else is found in a note is advice, and in the name
    of a file nothing else is looked for: cameras number their pictures.
    """
    counted = []
    for part, finding in found:
        kind = part.partition(" ")[0]
        published_or_grave = kind in ("text", "alt") or finding.clause in (WHISTLEBLOWING, NOT_CHECKED)
        if published_or_grave:
            counted.append((part, finding))
        elif kind != "name":
            counted.append((part, replace(finding, level="advise")))
    return counted
