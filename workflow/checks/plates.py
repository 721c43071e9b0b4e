"""Rules for number plates (DVLA's INF104 and the formats before 2001; Northern Ireland's)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.checks.allowed import Allowed
from workflow.checks.mark import Mark, any_of, words
from workflow.checks.view import View

_FREE: Final = r"(?<![\w/@#.=-])"
_END: Final = r"(?![\w@/-])"
_LETTERS: Final = "[A-HJ-PR-Y]"
#: Since September 2001: two letters, the half-year, three letters.
_CURRENT: Final = re.compile(rf"(?i){_FREE}{_LETTERS}{{2}}( ?)(\d{{2}})[ -]?[A-HJ-PR-Z]{{3}}{_END}")
#: A year letter before or behind; letters and digits with none; Northern Ireland's.
_OLDER: Final = re.compile(
    rf"(?i){_FREE}(?:[A-HJ-NPR-TV-Y] ?\d{{1,3}}[ -]?{_LETTERS}{{3}}|[A-Z]{{3}}[ -]?\d{{1,3}}[A-HJ-NPR-TV-Y]"
    rf"|[A-Z]{{1,3}} ?\d{{1,4}}|\d{{1,4}} ?[A-Z]{{1,3}}){_END}"
)
_SPACED: Final = re.compile(r"[A-Z]{3} ?\d{1,3}[A-Z]?|[A-Z] ?\d{1,3} ?[A-Z]{3}|[A-Z]{2,3} \d{3,4}")
_WITH_A_YEAR: Final = re.compile(r"(?i)[A-Z] ?\d{1,3}[ -]?[A-Z]{3}|[A-Z]{3}[ -]?\d{1,3}[A-Z]")
_NOT_LETTERS: Final = re.compile(r"(?i)\d+ ?(?:am|pm|st|nd|rd|th|km|kg|mb|gb|ft|m|s|k|h|hrs?|min|mph|cc|bhp|fm)")

_WORDS: Final = words(
    """AM AN AS AT BE BY DO GO HE IF IN IS IT ME MY NO OF ON OR SO TO UP US WE AND ANY ARE ALL BUT DAY FOR
        GET NEW OFF OUR OUT PER THE TOP VIA WAS YOU JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC MON TUE
        WED THU FRI SAT SUN"""
)
#: Kinds of vehicle whose name is no everyday word.
_MAKES: Final = """cars? vans? lorry lorries motorbike motorcycle moped saloon hatchback audi bmw corsa fiat fiesta
        honda hyundai jaguar kia land_rover mercedes mini morris nissan peugeot renault rover skoda toyota
        transit vauxhall volvo vw volkswagen"""
_VEHICLE: Final = re.compile(
    any_of(
        f"""{_MAKES} truck bike scooter vehicles? taxis? minicab tractor trailer caravan drivers? drives?
        driving park\\w* reg\\w* plates? estate_car 4x4 pick-?up focus ford golf polo prius tesla vivaro"""
    ),
    re.IGNORECASE,
)
#: Words that stand straight before a plate of any age. In these words small letters are a plate, too.
_CALLED: Final = re.compile(
    r"(?i)\b(?:reg(?:istration|'n)?|number ?plates?|licen[cs]e plates?|plates?|index|VRM|tag)\b\.?"
    r"(?: (?:no|number|mark|num)\b\.?)?(?: [a-z]{1,10}){0,3}[ :,(\"'#-]{1,4}$"
)
_CALLED_AFTER: Final = re.compile(r"(?i)^[ ,)\"']{1,3}(?:reg|registration|number plate|plate)\b")
#: Words before a number of something that has no plate.
_OF_A_THING: Final = re.compile(
    any_of("models? serial batch lot part product item unit room class code ref reference form order version type")
    + r"(?: no\.?| number)?[ :,(\"'#-]{1,3}$",
    re.IGNORECASE,
)
_BEHIND_A_MAKE: Final = re.compile(any_of(_MAKES) + r"[ ,:(\"'-]{1,3}$", re.IGNORECASE)


def number_plates(view: View, _: Allowed) -> Iterator[Mark]:
    """Plates of today's format; older ones where something calls them so."""
    taken = 0
    for match in _CURRENT.finditer(view.text):
        score = _of_today(view, match)
        if score:
            taken = match.end()
            yield Mark(match.start(), match.end(), score, "a number plate")
    for match in _OLDER.finditer(view.text):
        if match.start() >= taken and _of_old(view, match):
            yield Mark(match.start(), match.end(), 0.75, "a number plate")


def _of_today(view: View, match: re.Match[str]) -> float:
    """How sure it is that this is a plate; 0: it is none."""
    half_year = int(match[2])
    if not (2 <= half_year % 50 <= 30 or half_year == 51):
        return 0.0
    if match[1] and _WORDS & set(match[0].upper().split()):
        return 0.0  # "ON 24 MAY"
    if _called(view, match):
        return 0.9
    if _OF_A_THING.search(view.text[max(0, match.start() - 25) : match.start()]):
        return 0.0
    near = _VEHICLE.search(" ".join(view.around(match.start(), match.end(), 80))) is not None
    if match[1]:
        return 0.75 if near and match[0].isupper() else 0.0
    if match[0].isupper():
        return 0.9 if near else 0.6
    return 0.75 if near and match[0].islower() else 0.0


def _of_old(view: View, match: re.Match[str]) -> bool:
    found = match[0]
    if _NOT_LETTERS.fullmatch(found) or (found.upper() != found and not _WITH_A_YEAR.fullmatch(found)):
        return False
    if _called(view, match):
        return True
    before = view.text[max(0, match.start() - 40) : match.start()]
    return _SPACED.fullmatch(found) is not None and _BEHIND_A_MAKE.search(before) is not None


def _called(view: View, match: re.Match[str]) -> bool:
    before = view.text[max(0, match.start() - 40) : match.start()]
    after = view.text[match.end() : match.end() + 20]
    return _CALLED.search(before) is not None or _CALLED_AFTER.search(after) is not None
