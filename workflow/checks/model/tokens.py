"""From a text to what the encoder reads, and the way back to the places in the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tokenizers import Tokenizer

from workflow.checks.view import View

#: Tokens of one pass, the two that open and close it included. A longer text is read in several.
LONGEST: Final = 256
#: Tokens that a window shares with the one before it, so that a sentence on the edge is read whole once.
SHARED: Final = 48

_NAMED: Final = frozenset({"So", "Sk"})


@dataclass(frozen=True, slots=True)
class Window:
    """`ids`: what the encoder reads, opened and closed. `places`: start and end of each token in the view's text;
    those that open and close have none (0, 0)."""

    ids: list[int]
    places: list[tuple[int, int]]


def spoken(text: str) -> tuple[str, list[int]]:
    """The text with emoji as their Unicode names, and for each character of it the place in `text`.

    An emoji is often all that tells mockery from news, and the encoder's vocabulary has hardly any.
    """
    if text.isascii():
        return text, list(range(len(text)))
    said: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        word = character
        if unicodedata.category(character) in _NAMED:
            word = f" {unicodedata.name(character, 'sign').lower()} "
        said.append(word)
        places.extend([place] * len(word))
    return "".join(said), places


def windows(tokenizer: Tokenizer, view: View) -> Iterator[Window]:
    """What the encoder reads of a view, in passes of at most LONGEST tokens; nothing for an empty one."""
    text, places = spoken(view.text)
    encoding = tokenizer.encode(text, add_special_tokens=False)
    opening, closing = ends(tokenizer)
    step = LONGEST - 2
    first = 0
    while first < len(encoding.ids):
        last = min(first + step, len(encoding.ids))
        spans = [(places[a], places[b - 1] + 1) for a, b in encoding.offsets[first:last]]
        yield Window([opening, *encoding.ids[first:last], closing], [(0, 0), *spans, (0, 0)])
        if last == len(encoding.ids):
            break
        first = last - SHARED


def ends(tokenizer: Tokenizer) -> tuple[int, int]:
    """The tokens that open and close a text for this encoder (BERT's or RoBERTa's names of them)."""
    pairs = (("<s>", "</s>"), ("[CLS]", "[SEP]"))
    for opening, closing in pairs:
        found = tokenizer.token_to_id(opening), tokenizer.token_to_id(closing)
        if found[0] is not None and found[1] is not None:
            return found[0], found[1]
    raise ValueError("This tokenizer has no tokens that open and close a text.")
