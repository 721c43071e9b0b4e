"""Rules that find private people by address or age (guide clause Never 3). Patterns are bounded: time is linear."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.allowed import OFFICES_AS_WRITTEN, Allowed
from workflow.checks.mark import Mark, words
from workflow.checks.view import View

_STREET: Final = (
    r"(?:Street|Road|Lane|Close|Avenue|Drive|Way|Court|Terrace|Crescent|Gardens|Place|Row|Grove|Square|Hill|Walk|Mews"
    r"|Rise|Parade|Green|Park|Crest|Garth|View|St|Rd|Ave|Dr|Ln|Cres|Ct)"
)
_ADDRESS: Final = re.compile(
    r"(?<![\w.£$-])(?:(?:Flat|Apartment|Apt|Unit) \d{1,4}[A-Za-z]?,? )?(?:[Nn]umber |[Nn]o\.? )?\d{1,4}[A-Za-z]?,? "
    rf"(?:[A-Z][a-z']{{1,20}} ){{1,3}}{_STREET}\b(?:,? (?:[A-Z][a-z]{{2,20}}, )?[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}\b)?"
)
_POSTCODE: Final = re.compile(r"(?<![\w-])[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPS-UW\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?![\w-])")
_TITLED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx)\b\.? (?:and|& )?(?:Mrs )?[A-Z]")
_LIVES: Final = re.compile(
    r"\b(?:lives?|lived|living|resident|residing|staying|at (?:my|his|her|their) (?:home|house|flat|place)"
    r"|(?:home|house) of|at home|at (?:hers|his|mine)|[Tt]enant|occupant|neighbour"
    r"|(?:lady|man|woman|widow|widower|pensioner|couple|family) (?:at|of|from)|[A-Z][a-z']+ family)\b[^.]{0,40}$"
)
_PERSON_OF: Final = re.compile(
    r"[A-Z][a-z'-]+ [A-Z][a-z'-]+,? (?:\(?(?:aged )?\d{1,3}\)?,? )?(?:of|from|at|who lives at|lives at)\s*$"
)
_PREMISES: Final = re.compile(
    r"\b(?:[Cc]entre|[Ll]ibrary|[Hh]all|[Ss]urgery|[Oo]ffices?|[Cc]hurch|[Ss]chool|[Cc]af[eé]|[Hh]otel|[Pp]ub|[Dd]epot|[Ss]tation|[Mm]useum"
    r"|[Hh]ub|[Cc]linic|[Pp]harmacy|[Cc]ourt [Hh]ouse|[Ss]hop|[Ll]icen[cs]e|[Pp]lanning|[Aa]pplication)\b"
)


def marks(view: View, allowed: Allowed) -> Iterator[Mark]:
    """Homes and ages that stand with a person, but for people on the agency's allow-list."""
    for mark in (*_homes(view), *_ages(view), *_missing(view)):
        before, after = view.around(mark.start, mark.end, 60)
        if not allowed.name(before + view.text[mark.start : mark.end] + after):
            yield mark


def _homes(view: View) -> Iterator[Mark]:
    for pattern, what in ((_ADDRESS, "a private address"), (_POSTCODE, "a postcode beside a person")):
        for match in pattern.finditer(view.text):
            before, _ = view.around(match.start(), match.end(), 80)
            near = before[-45:]
            lives = _LIVES.search(before) or _PERSON_OF.search(before)
            if lives or (_TITLED.search(near) and not _PREMISES.search(near)):
                yield Mark(match.start(), match.end(), 0.85, what)


_NAME: Final = r"(?:O'|Mc|Mac|D'|De |Le )?[A-Z][a-z]{1,20}(?:-[A-Z][a-z]{1,20})?"
_FULL_NAME: Final = rf"{_NAME}(?: {_NAME}){{1,2}}"
_AGE: Final = r"(?P<age>\d{1,3})"
_AGES: Final = (
    re.compile(rf"(?<![\w@#'-])(?P<name>{_FULL_NAME}),? aged? {_AGE}\b"),
    re.compile(rf"(?<![\w@#'-])(?P<name>{_FULL_NAME}), {_AGE}(?=[,.;:)]| (?:of|from|who)\b)"),
    re.compile(rf"(?<![\w@#'-])(?P<name>{_FULL_NAME}|{_NAME}) \({_AGE}\)"),
    re.compile(rf"(?<![\w@#'-])(?P<name>{_NAME}), (?:aged )?{_AGE}(?=,? (?:of|from|who|missing|lives|was last)\b)"),
    re.compile(
        r"(?<![\w-])(?P<age>\d{1,2}|[A-Za-z]{3,9})[- ]year[- ]old " + rf"(?P<name>{_NAME}(?: {_NAME})?)(?![\w'])"
    ),
)
_NOT_A_NAME: Final = words(
    """Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August
    September October November December Year Years Class Ward Room Route Routes Flat Unit Section Article Number Form
    Junction Platform Page Stage Phase Level Zone Part Chapter Court Lock Storm Grade Key Theatre Stop Stops Gate Bay
    Line Bus Tram Day Week Step Item Open Local British English Welsh Scottish Irish Street Road Lane Act The"""
)
#: Words of proceedings that are public: names and ages come with the outcome.
_PUBLIC_OUTCOME: Final = re.compile(
    r"(?i)\b(?:jailed|sentenced|convicted|conviction|pleaded|pled|guilty|charged|magistrates|crown court|common pleas"
    r"|banned|fined|inquests?|coroner|disqualified|inquiry)\b"
)


def _ages(view: View) -> Iterator[Mark]:
    for pattern in _AGES:
        for match in pattern.finditer(view.text):
            age = match["age"]
            if age.isdigit() and not 0 < int(age) < 112:
                continue
            if _NOT_A_NAME & set(match["name"].split()) or _of_an_office(view, match):
                continue
            window = view.text[max(0, match.start() - 300) : match.end() + 300]
            if not _PUBLIC_OUTCOME.search(window):
                yield Mark(match.start(), match.end(), 0.8, "a person's name with their age")


def _of_an_office(view: View, match: re.Match[str]) -> bool:
    """Whether the name follows, or begins with, the title of an office: its holder acts in public."""
    before = view.text[max(0, match.start("name") - 40) : match.start("name")]
    return bool(_OFFICE_BEFORE.search(before) or _OFFICE_FIRST.match(match["name"]))


_OFFICE_BEFORE: Final = re.compile(rf"{OFFICES_AS_WRITTEN}\.? (?:\d{{1,6}} )?$")
_OFFICE_FIRST: Final = re.compile(OFFICES_AS_WRITTEN)
_MISSING: Final = re.compile(
    r"(?:[Hh]ave you seen|[Ss]earching for|[Cc]oncerned for|whereabouts of) "
    rf"(?P<name>{_NAME}(?: {_NAME}){{0,2}})(?![\w'])"
)


def _missing(view: View) -> Iterator[Mark]:
    for match in _MISSING.finditer(view.text):
        after = view.text[match.end() : match.end() + 120]
        if not _NOT_A_NAME & set(match["name"].split()) and re.search(
            r"\b(?:missing|last seen|year-old|aged?|\d{2})\b", after
        ):
            yield Mark(match.start("name"), match.end("name"), 0.75, "a missing person's name")
