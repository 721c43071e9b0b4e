"""How hard a text is to read: very long sentences, and the age of readers it is written for.

The age is the Automated Readability Index (E. A. Smith and R. J. Senter, Automated Readability Index, AMRL-TR-66-220,
1967): 4.71 characters a word + 0.5 words a sentence - 21.43 gives a school grade, and five years more an age. It counts
letters and not syllables, so that it needs no dictionary. Both limits are far above what plain-English guides ask for
(25 words, a reading age of 9), because nobody heeds advice that comes with every post.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from workflow.checks.house.draft import Draft, Remark

LONG: Final = 35
#: Fewer words say nothing about a text.
LEAST_WORDS: Final = 50
HARD_AGE: Final = 16
YEARS_BEFORE_SCHOOL: Final = 5

_NO_WORDS: Final = re.compile(r"(?:https?://|www\.)\S+|[#@＃][\w.@-]+|\S{40,}")
# A line break ends a sentence (lists), and so does an emoji, as people write.
_END: Final = re.compile(
    r"\n|[.!?…]+[\"'”’)\]]{0,3}(?=\s|\Z)|[\u2022\u25aa\u25cf\u2600-\u27bf\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff]"
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(])(?:(?i:mr|mrs|ms|dr|st|rev|sgt|insp|cllr|prof|e\.g|i\.e|etc|approx|tel)|No|[A-Z])\.\Z"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's place in the text, without white space around it, and its words."""

    start: int
    end: int
    words: tuple[str, ...]

    @property
    def letters(self) -> int:
        """How many letters its words have."""
        return sum(map(len, self.words))


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text that have words. Addresses, hashtags and mentions are no words."""
    start = 0
    for end in _ends(text):
        piece = text[start:end]
        words = tuple(_WORD.findall(_NO_WORDS.sub(" ", piece)))
        if words:
            yield Sentence(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()), words)
        start = end


def _ends(text: str) -> Iterator[int]:
    for found in _END.finditer(text):
        if found[0] != "." or not _ABBREVIATION.search(text[max(0, found.end() - 12) : found.end()]):
            yield found.end()
    yield len(text)


def age(of: Sequence[Sentence]) -> int:
    """The age of the readers that the sentences are written for."""
    words = sum(len(sentence.words) for sentence in of)
    grade = 4.71 * sum(sentence.letters for sentence in of) / words + 0.5 * words / len(of) - 21.43
    return max(YEARS_BEFORE_SCHOOL, round(grade) + YEARS_BEFORE_SCHOOL)


def find_long(draft: Draft) -> Iterator[Remark]:
    """Each very long sentence."""
    for sentence in sentences(draft.text):
        if len(sentence.words) > LONG:
            why = f"This sentence has {len(sentence.words)} words. People lose the thread after about 25."
            yield Remark(sentence.start, sentence.end, why, "Make two or three of it.")


def find_hard(draft: Draft) -> Iterator[Remark]:
    """The hardest sentence of a text that is hard to read as a whole."""
    found = list(sentences(draft.text))
    if sum(len(sentence.words) for sentence in found) < LEAST_WORDS:
        return
    whole = age(found)
    if whole >= HARD_AGE:
        hardest = max(found, key=lambda sentence: (sentence.letters + len(sentence.words), -sentence.start))
        why = f"The text reads as if for people of {whole} and over; this sentence adds most to it."
        yield Remark(
            hardest.start,
            hardest.end,
            why,
            "Use shorter sentences and everyday words: many adults read like 9-year-olds.",
        )
