"""Rules for dates of birth, in the forms that people write them in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from workflow.checks.allowed import Allowed
from workflow.checks.mark import Mark, any_of
from workflow.checks.view import View

#: Nobody alive was born before; dates before are history.
_EARLIEST: Final = 1915
#: A year of two digits below belongs to this century.
_CENTURY: Final = 15

_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY_NAME: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? (?:the )?)?"
_DATE: Final = (
    rf"{_DAY_NAME}(?:(?P<d1>\d{{1,2}}) ?(?P<s>[./ -]) ?(?P<m1>\d{{1,2}}) ?(?P=s) ?(?P<y1>\d{{4}}|\d{{2}})"
    r"|(?P<y2>\d{4})(?P<t>[./-])(?P<m2>\d{1,2})(?P=t)(?P<d2>\d{1,2})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?[ -]?(?:day )?(?:of )?(?P<m3>{_MONTH})[ ,.-]{{0,2}}(?P<y3>\d{{4}}|'?\d{{2}})"
    rf"|(?P<m4>{_MONTH})\.? (?:the )?(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>\d{{4}})"
)
_NO_SIGNS: Final = r"|(?P<d5>\d{2})(?P<m5>\d{2})(?P<y5>\d{4}|\d{2})"
_END: Final = r")(?![\d:]|[./-]\d)"
_NAMED: Final = re.compile(
    r"(?i)(?<![\w/?&=])(?:d\.? ?o\.? ?b\b\.?|dates? of birth|birth ?dates?)(?:[^\d\n.!?]{0,30}?[^\w\n]|[.])"
    rf"(?:the )?{_DATE}{_NO_SIGNS}{_END}"
)
_BIRTHDAY: Final = re.compile(rf"(?i)(?<![\w/])birthday(?: is| was)?(?: on)?[ :=(,-]{{1,4}}(?:the )?{_DATE}{_END}")
_BORN: Final = re.compile(
    rf"(?i)(?<![\w/-])(?:born[ :,(]|b\. ?)(?:[^\d\n.!?]{{0,40}}? )?(?:on )?(?:the )?{_DATE}{_END}"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: The birth of something else than a person: what comes straight before "born".
_NO_PERSON: Final = re.compile(
    r"(?i)\b(?:(?:NHS|service|club|charity|library|museum|council|college|university|movement|project|festival|idea|brand"
    r"|band|team|union|town|village|park|league|company|trust|hospital|website|campaign|tradition|scheme"
    r"|borough|city|county|district|parish|region|nation|country|state|force|brigade|service|business|shop|programme)"
    r" (?:itself )?(?:was|is|were|being|that was|first)? ?(?:first |officially )?"
    r"|(?:it|which) (?:was|is) (?:first |officially )?"
    r"|(?:lambs?|calf|calves|kittens?|pupp(?:y|ies)|pups?|foals?|giraffes?|penguins?|chicks?|cubs?|piglets?|lions?|tigers?"
    r"|seals?|otters?|elephants?|gorillas?|zoo|farm)\b[^.!?\n]{0,40})$"
)
_OUT_OF: Final = re.compile(
    r"(?i)^born (?:on or )?(?:out of|from|of an?|again|before|after|between|since|by|until|up to|in or)\b"
)
#: Words of history: whoever is remembered so is no private person.
_HISTORY: Final = re.compile(
    any_of(
        """on_this_day otd onthisday plaque anniversary centenary bicentenary heritage history historic
        historian archives? years_ago composer poet novelist author playwright painter sculptor architect
        inventor scientist chemist physicist mathematician codebreaker suffragette suffragist explorer
        astronaut broadcaster king queen prince princess duke prime_minister president emperor saint sir
        dame lord lady statue famous black_?history_?month"""
    ),
    re.IGNORECASE,
)


def dates_of_birth(view: View, _: Allowed) -> Iterator[Mark]:
    """Dates that are called so, and dates that a living private person may be born on."""
    for pattern, score in ((_NAMED, 0.95), (_BIRTHDAY, 0.7), (_BORN, 0.65)):
        for match in pattern.finditer(view.text):
            if _is_a_birth(match) and (pattern is _NAMED or _of_a_private_person(view, match)):
                yield Mark(match.start(), match.end(), score, "a date of birth")


def _of_a_private_person(view: View, match: re.Match[str]) -> bool:
    before, after = view.text[max(0, match.start() - 100) : match.start()], view.text[match.end() : match.end() + 100]
    if _NO_PERSON.search(before) or _OUT_OF.search(match[0]):
        return False
    return not _HISTORY.search(before + match[0] + after)


def _is_a_birth(match: re.Match[str]) -> bool:
    forms = match.groupdict()
    day, month, year = next(
        (forms[f"d{form}"], forms[f"m{form}"], forms[f"y{form}"]) for form in "12345" if forms.get(f"d{form}")
    )
    months = [int(month)] if month.isdigit() else [_MONTHS.index(month[:3].lower()) + 1]
    days = [int(day)]
    if month.isdigit():  # day and month may stand the American way round
        months, days = [months[0], days[0]], [days[0], months[0]]
    whole = int(year.lstrip("'"))
    if whole < 100:
        whole += 2000 if whole < _CENTURY else 1900
    return whole >= _EARLIEST and any(map(_is_date, [whole] * len(days), months, days))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
