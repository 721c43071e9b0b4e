"""What somebody proposes, before it is a revision: its rules, and how two versions differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import regex
import sqlalchemy as sa
from diff_match_patch import diff_match_patch
from sqlalchemy.orm import Session

from workflow.models import Channel, Post, Revision
from workflow.publishing.base import Outgoing
from workflow.publishing.base import Picture as OutgoingPicture
from workflow.publishing.register import publisher_for
from workflow.review.wall_time import said

MAX_TEXT = 100_000  # code points; far above any network's limit, low enough to keep every page and mail sound
MAX_NOTE = 10_000
MAX_PICTURES = 20
MAX_ALT = 2_000
_WORDS = regex.compile(r"[\w\p{M}\u200c\u200d]+|\s|\X")
_FIRST_SIGN = 0xE000  # above the surrogates; 200,000 different words fit
_ALT_FORBIDDEN = ("image of", "picture of", "photo of", "photograph of", "a photo of", "an image of", "a picture of")


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A picture that is safe in the file store, with what the author says about it."""

    sha256: str
    name: str
    media_type: str
    size: int
    width: int
    height: int
    alt_text: str = ""
    decorative_because: str = ""
    carried: Mapping[str, Any] | None = None  # what its file said about itself; see workflow.checks.pictures.carried


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything a revision holds. `note` is for the reviewer and never published."""

    text: str
    channels: tuple[str, ...] = ()
    texts: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[NewPicture, ...] = ()
    publish_at: datetime | None = None
    publish_wall: str = ""
    publish_zone: str = ""
    link_card: Mapping[str, Any] | None = None
    language: str = "en"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, in a sentence that says what to do."""

    field: str
    message: str


class Invalid(Exception):
    """What was given cannot be taken; nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(problem.message for problem in problems))


class Stale(Exception):
    """The revision changed since the person looked at it; nothing was changed."""

    def __init__(self, post: Post, seen_digest: str) -> None:
        self.post, self.seen_digest = post, seen_digest
        super().__init__(f"{post.ref} was changed since you opened it. Look at the change, then decide again.")


def proposal_of(revision: Revision) -> Proposal:
    """A revision as a proposal, to fill the form with."""
    return Proposal(
        text=revision.text,
        channels=tuple(revision.channels),
        texts=dict(revision.texts),
        pictures=tuple(
            NewPicture(
                p.sha256, p.name, p.media_type, p.size, p.width, p.height, p.alt_text, p.decorative_because, p.carried
            )
            for p in revision.pictures
        ),
        publish_at=revision.publish_at,
        publish_wall=revision.publish_wall,
        publish_zone=revision.publish_zone,
        link_card=revision.link_card,
        language=revision.language,
        note=revision.note,
    )


def problems_of(session: Session, proposal: Proposal, now: datetime, *, draft: bool = False) -> list[Problem]:
    """All that is wrong with a proposal; a draft may be unfinished, but not unstorable."""
    problems = _text_problems(proposal)
    if draft:
        return problems
    if not proposal.text.strip() and not problems:
        problems.append(Problem("text", "Enter the text of the post."))
    channels, missing = channels_of(session, proposal.channels)
    problems += [
        Problem("channels", f"There is no channel called “{name}” any more. Choose another one.") for name in missing
    ]
    if not proposal.channels:
        problems.append(Problem("channels", "Choose at least one channel."))
    if proposal.publish_at is not None and proposal.publish_at < now - timedelta(minutes=1):
        problems.append(
            Problem(
                "publish_at",
                "The time to publish has passed. Enter a later one, or choose “as soon as it is approved”.",
            )
        )
    problems += _picture_problems(proposal)
    for channel in channels:
        problems += _network_problems(proposal, channel)
    return problems


def channels_of(session: Session, ids: Sequence[str]) -> tuple[list[Channel], list[str]]:
    """The channels behind `ids` in their order, and the ids that name none in use."""
    found = {
        channel.id: channel
        for channel in session.scalars(sa.select(Channel).where(Channel.id.in_(ids), Channel.retired_at.is_(None)))
    }
    return [found[name] for name in ids if name in found], [name for name in ids if name not in found]


def _text_problems(proposal: Proposal) -> list[Problem]:
    problems = []
    words = [("text", proposal.text, MAX_TEXT), ("note", proposal.note, MAX_NOTE)]
    words += [(f"own-text-{channel}", str(text), MAX_TEXT) for channel, text in sorted(proposal.texts.items())]
    for name, text, limit in words:
        if len(text) > limit:
            problems.append(
                Problem(name, f"This is {len(text):,} characters long; the most that can be taken is {limit:,}.")
            )
        unsafe = next((at for at, char in enumerate(text) if _is_unstorable(char)), None)
        if unsafe is not None:
            message = f"Character {unsafe + 1} cannot be published (it is broken or invisible control data). Remove it."
            problems.append(Problem(name, message))
    return problems


def _is_unstorable(char: str) -> bool:
    return "\ud800" <= char <= "\udfff" or (char < " " and char not in "\n\t") or char == "\x7f"


def _picture_problems(proposal: Proposal) -> list[Problem]:
    problems = []
    if len(proposal.pictures) > MAX_PICTURES:
        problems.append(
            Problem("pictures", f"There are {len(proposal.pictures)} pictures; the most is {MAX_PICTURES}.")
        )
    for number, picture in enumerate(proposal.pictures, 1):
        problem = alt_text_problem(picture)
        if problem:
            problems.append(Problem(f"picture-{number}-alt", f"Picture {number}: {problem}"))
    return problems


def alt_text_problem(picture: NewPicture) -> str | None:
    """What is wrong with a picture's alternative text, or None (features 74)."""
    alt = picture.alt_text.strip()
    if picture.decorative_because.strip():
        return "it cannot have a description and be decorative. Choose one." if alt else None
    if not alt:
        return "describe it for people who cannot see it, or say why it is only decorative."
    if alt.lower() == picture.name.lower() or alt.lower() == picture.name.rpartition(".")[0].lower():
        return "its file name is no description. Say what it shows."
    if alt.lower().startswith(_ALT_FORBIDDEN):
        return "leave out “image of” or “photo of”: screen readers say that already."
    if len(alt) > MAX_ALT:
        return f"its description is {len(alt):,} characters long; the most is {MAX_ALT:,}."
    return None


def _network_problems(proposal: Proposal, channel: Channel) -> list[Problem]:
    outgoing = Outgoing(
        text=str(proposal.texts.get(channel.id, proposal.text)),
        language=proposal.language,
        pictures=tuple(
            OutgoingPicture(p.sha256, p.media_type, p.width, p.height, p.alt_text, p.size) for p in proposal.pictures
        ),
    )
    place = f"own-text-{channel.id}" if channel.id in proposal.texts else "text"
    return [
        Problem(place, f"{channel.name}: {sentence}") for sentence in publisher_for(channel.network).problems(outgoing)
    ]


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a revision that differs. `pieces` are ("same" | "added" | "removed", text), by words."""

    part: str
    label: str
    pieces: list[tuple[str, str]]


def difference(old: Revision, new: Revision) -> list[Change]:
    """Which parts changed between two revisions, and how."""
    parts = [("text", "Text", old.text, new.text)]
    for channel in sorted(set(old.texts) | set(new.texts)):
        parts.append((f"text {channel}", f"Text for {channel}", old.text_for(channel), new.text_for(channel)))
    parts.append(("channels", "Channels", ", ".join(sorted(old.channels)), ", ".join(sorted(new.channels))))
    parts.append(("publish time", "Time to publish", _when(old), _when(new)))
    for number in range(max(len(old.pictures), len(new.pictures))):
        before = old.pictures[number] if number < len(old.pictures) else None
        after = new.pictures[number] if number < len(new.pictures) else None
        shown = [f"{p.name} ({p.sha256[:8]})" if p else "" for p in (before, after)]
        parts.append((f"picture {number + 1}", f"Picture {number + 1}", shown[0], shown[1]))
        alts = [(p.alt_text or f"decorative: {p.decorative_because}") if p else "" for p in (before, after)]
        parts.append((f"alt {number + 1}", f"Description of picture {number + 1}", alts[0], alts[1]))
    parts.append(("note", "Note for the reviewer", old.note, new.note))
    return [Change(part, label, pieces(a, b)) for part, label, a, b in parts if a != b]


def _when(revision: Revision) -> str:
    if revision.publish_at is None:
        return "as soon as it is approved"
    wall = revision.publish_wall
    return said(datetime.fromisoformat(wall)) if wall else revision.publish_at.isoformat()


def pieces(old: str, new: str) -> list[tuple[str, str]]:
    """A difference that people can read: by whole words, and cleaned up to whole thoughts."""
    words: list[str] = []
    numbers: dict[str, int] = {}

    def as_signs(text: str) -> str:
        """One sign a word, so that the comparison never cuts one."""
        signs = []
        for word in _WORDS.findall(text):
            if numbers.setdefault(word, len(words)) == len(words):
                words.append(word)
            signs.append(chr(_FIRST_SIGN + numbers[word]))
        return "".join(signs)

    engine = diff_match_patch()
    engine.Diff_Timeout = 1.0
    found = engine.diff_main(as_signs(old), as_signs(new))
    engine.diff_cleanupSemantic(found)
    names = {0: "same", 1: "added", -1: "removed"}
    return [(names[op], "".join(words[ord(sign) - _FIRST_SIGN] for sign in signs)) for op, signs in found]
