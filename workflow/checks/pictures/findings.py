"""What a picture means for the guide: findings on the words in it, the people in it, its file and its description.

Parts: "words 1" is what was read in the first picture, "rights 1" what its file says about rights, "picture 1" the
picture as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from workflow.checks.allowed import Allowed
from workflow.checks.finding import NOT_CHECKED, Finding, key_of
from workflow.checks.pictures.carried import Carried
from workflow.checks.pictures.seen import Seen
from workflow.checks.register import check_text
from workflow.guide.clauses import Guide, Level
from workflow.guide.loader import built_in

FILE, WORDS, PEOPLE, DESCRIPTION = "picture-file", "picture-words", "picture-people", "picture-description"

_WORD: Final = re.compile(r"\w{3,}")
_FEW_WORDS: Final = 4  # a picture with fewer words in it says little by them
_SAID: Final = 0.5
_DOING: Final = {
    "words": ("The words in picture {} could not be read", "read all words in it"),
    "people": ("Nobody looked for people in picture {}", "see whether people can be recognised in it"),
}
_CONSENT: Final = (
    "Say in your answer who agreed to what, until when, and where that is kept. Without consent, use another picture, "
    "or make the faces unrecognisable."
)
_PERMISSION: Final = (
    "Say in your answer that it is our own, or who gave permission and where that is kept. Else use another picture."
)


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A picture of a post. `number` counts from 1; `text` is the post's, which may say what the picture says."""

    number: int
    sha256: str
    carried: Carried = field(default_factory=Carried)
    alt_text: str = ""
    decorative_because: str = ""
    text: str = ""


def of_file(picture: CheckedPicture, guide: Guide, allow_list: Iterable[str] = ()) -> list[Finding]:
    """Findings on what the picture's file carried: needs no look at the picture, and is done in no time."""
    carried, found = picture.carried, []
    if carried.place or carried.details:
        found.append(_taken_out(picture))
    allowed = Allowed(allow_list)
    others = [value for _, value in carried.rights if not allowed.name(value)]
    if others:
        text = carried.rights_text
        why = f"The file of picture {picture.number} names somebody: “{_short(text)}”. May we publish it?"
        level = _level(guide, "copyright")
        part = f"picture {picture.number}"
        # Without a passage: the same name in another picture's file is another question.
        key = key_of("copyright", f"{picture.sha256} {text}")
        found.append(Finding("copyright", 0, 0, level, 0.8, FILE, why, _PERMISSION, part, key))
    if carried.unread:
        why = f"What the file of picture {picture.number} says about itself could not all be read."
        fix = "Ask where the picture comes from and whose it is, then say that you have."
        found.append(_not_checked(picture, FILE, why, fix))
    return found


def of_seen(picture: CheckedPicture, seen: Seen, guide: Guide, allow_list: Iterable[str] = ()) -> list[Finding]:
    """Findings on what was seen in the picture, and on what could not be looked at."""
    found = _of_words(picture, seen, guide, tuple(allow_list))
    found += _of_people(picture, seen, guide)
    found += _of_description(picture, seen)
    return found + [_fault(picture, reader, why) for reader, why in sorted(seen.faults.items())]


def _taken_out(picture: CheckedPicture) -> Finding:
    carried = picture.carried
    what = list(carried.details)
    if carried.place:
        latitude, longitude = carried.place
        what.insert(0, f"where it was taken ({latitude:.3f}, {longitude:.3f})")
    why = f"The file of picture {picture.number} carried {_and(what)}. All of it is taken out and not published."
    fix = "Nothing, unless the place or the people tell you that this picture should not be published."
    clause = "personal-information"
    key = key_of(clause, f"{picture.sha256} {why}")
    return Finding(clause, 0, 0, "advise", 1.0, FILE, why, fix, f"picture {picture.number}", key)


def _of_words(picture: CheckedPicture, seen: Seen, guide: Guide, allow_list: tuple[str, ...]) -> list[Finding]:
    return [
        replace(
            one,
            part=f"words {picture.number}",
            boxes=seen.boxes_of(one.start, one.end),
            why=f"{one.why} It stands in picture {picture.number}.",
        )
        for one in check_text(seen.text, guide, allow_list=allow_list)
        if seen.text
    ]


def _of_people(picture: CheckedPicture, seen: Seen, guide: Guide) -> list[Finding]:
    if not seen.faces:
        return []
    number = len(seen.faces)
    people = "One person" if number == 1 else f"{number} people"
    why = f"{people} can be recognised in picture {picture.number}: is there consent?"
    clause = "personal-information"
    return [
        Finding(
            clause,
            0,
            0,
            _level(guide, clause),
            max(face.score for face in seen.faces),
            PEOPLE,
            why,
            _CONSENT,
            f"picture {picture.number}",
            key_of(clause, f"people {picture.sha256}"),
            tuple(face.box for face in seen.faces),
        )
    ]


def _of_description(picture: CheckedPicture, seen: Seen) -> list[Finding]:
    """Advice where people who cannot see the picture would miss what it says, or who is in it."""
    words = {word.lower() for word in _WORD.findall(seen.text)}
    said = {word.lower() for word in _WORD.findall(f"{picture.alt_text} {picture.text}")}
    wordy = len(words) >= _FEW_WORDS
    if picture.decorative_because and (wordy or seen.faces):
        what = " and ".join([*(["words"] if wordy else []), *(["people"] if seen.faces else [])])
        why = f"Picture {picture.number} is called decorative, but there are {what} in it."
        fix = "Describe it for people who cannot see it."
    elif picture.alt_text and wordy and len(words & said) < _SAID * len(words):
        why = f"Picture {picture.number} says “{_short(seen.text)}”, and people who cannot see it are not told."
        fix = "Say what the words in the picture say, in its description or in the text."
    else:
        return []
    key = key_of("judgement", f"{picture.sha256} {why}")
    return [Finding("judgement", 0, 0, "advise", 0.6, DESCRIPTION, why, fix, f"picture {picture.number}", key)]


def _fault(picture: CheckedPicture, reader: str, why: str) -> Finding:
    what, instead = _DOING[reader]
    fix = f"Look at the picture yourself and {instead}, then say that you have."
    return _not_checked(picture, f"picture-{reader}", f"{what.format(picture.number)}: {why}.", fix)


def _not_checked(picture: CheckedPicture, source: str, why: str, fix: str) -> Finding:
    key = key_of(f"{NOT_CHECKED} {source}", picture.sha256)
    return Finding(NOT_CHECKED, 0, 0, "block", 1.0, source, why, fix, f"picture {picture.number}", key)


def _level(guide: Guide, clause: str) -> Level:
    # A guide that leaves a checked clause out does not switch its findings off.
    rule = guide.clause(clause) or built_in().clause(clause)
    return rule.level if rule else "answer"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _short(text: str) -> str:
    plain = " ".join(text.replace("\n", "; ").split())
    return plain if len(plain) <= 120 else f"{plain[:117]}..."


def parts_seen(seen_by_number: Mapping[int, Seen]) -> list[tuple[str, str]]:
    """The words that were read in pictures, as parts: (part, text)."""
    return [(f"words {number}", seen.text) for number, seen in sorted(seen_by_number.items()) if seen.text]
