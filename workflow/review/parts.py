"""The words of a revision or a proposal, part by part: what the check reads, and what is published of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from workflow.checks.finding import NOT_CHECKED, Finding
from workflow.checks.pictures.carried import carried_of
from workflow.checks.pictures.findings import FILE, CheckedPicture, parts_seen
from workflow.checks.pictures.seen import seen_of
from workflow.models import Revision

WHISTLEBLOWING = "whistleblowing"
_PUBLISHED = ("text", "alt", "words", "picture")


class _PictureLike(Protocol):
    @property
    def sha256(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def alt_text(self) -> str: ...
    @property
    def decorative_because(self) -> str: ...
    @property
    def carried(self) -> Mapping[str, Any] | None: ...


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

    The note, the reason why a picture is decorative, the names of files and what they say about rights reach reviewers:
    a concern stands there as well as in the text.
    """
    parts = published_parts_of(words)
    for number, picture in enumerate(words.pictures, 1):
        if picture.decorative_because:
            parts.append((f"decorative {number}", picture.decorative_because))
        parts.append((f"name {number}", words_of_name(picture.name)))
        rights = carried_of(picture.carried).rights_text
        if rights:
            parts.append((f"rights {number}", rights))
    return [*parts, ("note", words.note)] if words.note else parts


def words_in_pictures(revision: Revision) -> list[tuple[str, str]]:
    """What the check read in the pictures, as parts: (part, text)."""
    return parts_seen({picture.position: seen_of(picture.seen) for picture in revision.pictures})


def pictures_to_check(words: WordsLike) -> list[CheckedPicture]:
    """The pictures with all that their check needs besides the file itself."""
    return [
        CheckedPicture(
            number, p.sha256, carried_of(p.carried), p.alt_text.strip(), p.decorative_because.strip(), words.text
        )
        for number, p in enumerate(words.pictures, 1)
    ]


def words_of_name(name: str) -> str:
    """A file's name as words, as long as it was: people write_it-like-this.pdf."""
    return "".join(char if char.isalnum() or char in "'’" else " " for char in name)


def as_it_counts(found: Iterable[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """The findings, pairs (part, finding), as they count in their parts.

    What is not published is checked for a concern above all. What else is found in a note is advice, and in the name
    of a file nothing else is looked for: cameras number their pictures. What a file says about rights names people on
    purpose: that is one finding of its own.
    """
    counted = []
    for part, finding in found:
        kind = part.partition(" ")[0]
        published_or_grave = kind in _PUBLISHED or finding.clause in (WHISTLEBLOWING, NOT_CHECKED)
        if published_or_grave or finding.source == FILE:
            counted.append((part, finding))
        elif kind not in ("name", "rights"):
            counted.append((part, replace(finding, level="advise")))
    return counted
