"""Rules for the numbers by which offices know a person: NHS numbers (modulus 11, `python-stdnum`) and National
Insurance numbers (HMRC's NIM39110)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stdnum.gb import nhs

from workflow.checks.allowed import Allowed
from workflow.checks.mark import Mark
from workflow.checks.view import View

#: How far before a number the word that names it may begin.
_NAMED_WITHIN: Final = 45

_NHS: Final = re.compile(r"(?<![\w+/.-])\(?\d{3}([ .-]?)\d{3}\1\d{4}(?![\w-]|\.\d)")
# The same number is called so in Scotland (CHI) and in Northern Ireland (health and care).
_NHS_NAMED: Final = re.compile(
    r"(?i)\b(?:(?:NHS|CHI|H ?& ?C|HCN|health (?:and|&) care)\b(?: (?:no|num|number|id|ref)\b)?"
    r"|patient (?:no|num|number|id)\b)[^\d\n]{0,12}$"
)
_NHS_AFTER: Final = re.compile(r"\W{1,3}(?:NHS|CHI)\b")
_CALL: Final = re.compile(r"(?i)\b(?:call|ring|phone|tel|text|fax|dial|telephone|on|at)\W{0,3}$")

_PREFIX: Final = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_NOT_IN_A_LINK: Final = r"(?<![\w/=&#@])"
_NI: Final = re.compile(
    rf"{_NOT_IN_A_LINK}{_PREFIX}(?:([ .-]?)\d{{2}}\1\d{{2}}\1\d{{2}}\1|[ .-]?\d{{6}}[ .-]?)[A-D](?!\w)"
)
_NI_ANY_CASE: Final = re.compile(_NI.pattern, re.IGNORECASE)
_NI_SMALL: Final = re.compile(rf"{_NOT_IN_A_LINK}{_PREFIX.lower()}\d{{6}}[a-d](?!\w)".replace("(?!BG", "(?!bg"))
_NI_WITHOUT_SUFFIX: Final = re.compile(rf"{_NOT_IN_A_LINK}{_PREFIX}([ .-]?)\d{{2}}\1\d{{2}}\1\d{{2}}(?![\w-])")
_NI_NAMED: Final = re.compile(r"(?i)\b(?:NI|N\.I\.?|NINO|nat(?:ional|\.)? ins(?:urance|\.)?)(?!\w)[^\n]{0,25}$")


def nhs_numbers(view: View, _: Allowed) -> Iterator[Mark]:
    """NHS numbers that pass their check digit, where something calls them so or they are written as such."""
    for match in _NHS.finditer(view.text):
        number = match[0].lstrip("(")
        if not nhs.is_valid(number.replace(".", "")):
            continue
        start = match.end() - len(number)
        before = view.text[max(0, start - _NAMED_WITHIN) : start]
        named = _NHS_NAMED.search(before) or _NHS_AFTER.match(view.text, match.end())
        if named and not _CALL.search(before):
            yield Mark(start, match.end(), 0.99, "an NHS number")
        elif match[1] == " " and number[0] in "345679" and not _CALL.search(before):
            yield Mark(start, match.end(), 0.7, "what reads as an NHS number")


def national_insurance_numbers(view: View, _: Allowed) -> Iterator[Mark]:
    """National Insurance numbers with a prefix that exists; in small letters or cut short where they are called so."""
    last = 0
    for match in _NI_ANY_CASE.finditer(view.text):
        if _NI.fullmatch(match[0]) or _NI_SMALL.fullmatch(match[0]) or _called_so(view, match.start()):
            yield Mark(match.start(), match.end(), 0.98, "a National Insurance number")
            last = match.end()
    for match in _NI_WITHOUT_SUFFIX.finditer(view.text):
        if match.start() >= last and _called_so(view, match.start()):
            yield Mark(match.start(), match.end(), 0.8, "a National Insurance number")


def _called_so(view: View, start: int) -> bool:
    return _NI_NAMED.search(view.text[max(0, start - _NAMED_WITHIN) : start]) is not None
