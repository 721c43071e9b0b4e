"""Phrase lists: words and patterns per clause, written in TOML without code (`phrases.toml` shows the format).

A pattern is words with single spaces between them:

    word          that word, in any case (an apostrophe may be left out)
    stem*         any word that begins so
    one|other     either; an underscore stands for a space within one: fed_up|tired
    word?         may be left out
    ..            up to six words of the same sentence
    <name>        a word with a capital letter          <person>  a titled or full name
    <number>      a number, with its sign or unit       <word>    any word

Every repeat is bounded, so that no pattern and no text makes the search slow.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from workflow.checks.view import View

LONGEST_PATTERN: Final = 24
_GAP_SIGN: Final = ".."
_SEPARATOR: Final = r"[\"',:;)(*_-]{0,2}[ ][\"'(*_-]{0,2}"
_GAP: Final = r"(?:[ ][^ \n.!?]{1,30}){0,6}?"
_CLASSES: Final = {
    "<name>": r"(?-i:[A-Z][\w'-]{1,20})",
    "<person>": (
        r"(?-i:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Cllr|Councillor)\.?(?:[ ][A-Z][\w'-]{0,20}){1,3}"
        r"|[A-Z][a-z'-]{1,20}[ ][A-Z][\w'-]{1,20})"
    ),
    "<number>": r"[£$€]?\d[\d,.]{0,12}(?:%|k|m|bn)?",
    "<word>": r"[\w'-]{1,30}",
}
_PLAIN_WORD: Final = re.compile(r"[^\s|?<>_*]+(?:_[^\s|?<>_*]+)*\*?")
_FIELDS: Final = {"clause", "score", "because", "match", "unless"}


class PhraseFault(Exception):
    """A phrase list that cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled line of a list. `needs`: one of these must occur in a text before the search is worth its time."""

    search: re.Pattern[str]
    needs: tuple[str, ...]

    def found(self, view: View) -> Iterator[re.Match[str]]:
        """Every place in the view where the pattern fits."""
        if not self.needs or any(word in view.lowered for word in self.needs):
            yield from self.search.finditer(view.text)


@dataclass(frozen=True, slots=True)
class Phrases:
    """One entry of a list: patterns that touch a clause, unless another pattern stands in the same sentence."""

    clause: str
    score: float
    because: str
    match: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()

    def found(self, view: View) -> Iterator[tuple[int, int]]:
        """Passages of the view."""
        for pattern in self.match:
            for hit in pattern.found(view):
                if not self._excused(view, hit):
                    yield hit.start(), hit.end()

    def _excused(self, view: View, hit: re.Match[str]) -> bool:
        if not self.unless:
            return False
        before, after = view.around(hit.start(), hit.end())
        sentence = before + hit[0] + after
        return any(pattern.search.search(sentence) for pattern in self.unless)


def read_phrases(source: str | bytes) -> tuple[Phrases, ...]:
    """The list in `source` (TOML). Raises PhraseFault for anything that is not one."""
    try:
        text = source.decode("utf-8") if isinstance(source, bytes) else source
        document = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise PhraseFault(f"This phrase list is not TOML in UTF-8: {fault}. Mend the line named.") from fault
    entries = document.get("phrases", [])
    if document.keys() - {"phrases"} or not isinstance(entries, list):
        raise PhraseFault("A phrase list holds nothing but entries that begin with [[phrases]].")
    return tuple(_entry(entry, number) for number, entry in enumerate(entries, 1))


@lru_cache(maxsize=1)
def built_in_phrases() -> tuple[Phrases, ...]:
    """The lists that come with the product."""
    return read_phrases(files("workflow.checks").joinpath("phrases.toml").read_bytes())


def _entry(entry: Any, number: int) -> Phrases:
    where = f"Entry {number} of the phrase list"
    if not isinstance(entry, dict) or entry.keys() - _FIELDS:
        raise PhraseFault(f"{where} has other fields than {', '.join(sorted(_FIELDS))}. Take them out.")
    clause, because, score = (
        entry.get("clause"),
        entry.get("because", "are on the phrase list"),
        entry.get("score", 0.6),
    )
    if not isinstance(clause, str) or not clause or not isinstance(because, str):
        raise PhraseFault(f"{where} needs a clause, written as text in quotation marks.")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= 1:
        raise PhraseFault(f"{where}: write the score as a number above 0 and up to 1.")
    lines = {field: entry.get(field, []) for field in ("match", "unless")}
    for field, value in lines.items():
        if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
            raise PhraseFault(f"{where}: write {field} as a list of texts.")
    if not lines["match"]:
        raise PhraseFault(f"{where} has no pattern to match. Add one.")
    compiled = {field: tuple(compiled_pattern(line) for line in value) for field, value in lines.items()}
    return Phrases(clause, float(score), because, compiled["match"], compiled["unless"])


def compiled_pattern(line: str) -> Pattern:
    """One pattern of the format above. Raises PhraseFault where it is too long or lacks its first or last word."""
    tokens = line.split()
    if not tokens or len(tokens) > LONGEST_PATTERN:
        raise PhraseFault(f"The pattern “{line}” has {len(tokens)} words. Write 1 to {LONGEST_PATTERN}.")
    for token in (tokens[0], tokens[-1]):
        if token == _GAP_SIGN or token.endswith("?"):
            raise PhraseFault(f"The pattern “{line}” must begin and end with a word that has to be there.")
    if tokens.count(_GAP_SIGN) > 2:
        raise PhraseFault(f"The pattern “{line}” has more than two gaps (..). Split it in two.")
    parts = [_word(tokens[0], line)]
    for token in tokens[1:]:
        if token == _GAP_SIGN:
            parts.append(_GAP)
        elif token.endswith("?"):
            parts.append(f"(?:{_SEPARATOR}{_word(token[:-1], line)})?")
        else:
            parts.append(f"{_SEPARATOR}{_word(token, line)}")
    return Pattern(re.compile(rf"(?<!\w)(?:{''.join(parts)})(?!\w)", re.IGNORECASE), _needs(tokens))


def _word(token: str, line: str) -> str:
    return "(?:" + "|".join(_CLASSES.get(part) or _alternative(part, line) for part in token.split("|")) + ")"


def _alternative(part: str, line: str) -> str:
    if not _PLAIN_WORD.fullmatch(part):
        raise PhraseFault(f"“{part}” in the pattern “{line}” is no word. workflow/checks/phrases.py has the format.")
    stem = part.removesuffix("*")
    written = _SEPARATOR.join(re.escape(word).replace("'", "'?") for word in stem.split("_"))
    return written + (r"[\w'-]{0,20}" if part.endswith("*") else "")


def _needs(tokens: Iterable[str]) -> tuple[str, ...]:
    """The longest fixed choice of words: a text with none of them cannot match."""
    fixed = [token.lower().split("|") for token in tokens if token != _GAP_SIGN and not token.endswith("?")]
    choices = [tuple(map(_longest_run, parts)) for parts in fixed if not any(part in _CLASSES for part in parts)]
    return max(choices, key=lambda words: min(map(len, words)), default=())


def _longest_run(part: str) -> str:
    return max(re.split(r"[_'*]", part), key=len)
