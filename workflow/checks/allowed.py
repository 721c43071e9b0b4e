"""The agency's own allow-list: public contacts, office-holders and staff who speak for it, whom the check lets be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from workflow.checks.mark import any_of, words
from workflow.checks.view import View

_NOT_DIGITS = re.compile(r"\D")
_FROM_ABROAD = re.compile(r" *\(?\+ ?44")
_NUMBER = re.compile(r"\+?[\d ().\-/]{3,}")

_OFFICE_WORDS: Final = any_of(
    """cllr coun councillor alderman lord_mayor mayor police_and_crime_commissioner commissioner minister sgt sergeant
    insp inspector chief_inspector supt superintendent chief_superintendent chief_constable constable firefighter
    watch_manager station_manager crew_manager chief_fire_officer judge coroner headteacher head_teacher
    chief_executive"""
)
_OFFICE_SIGNS: Final = "mp msp pcc pc ps pcso dc ds di dci dcs wpc acc dcc"
#: Titles of an office, whose holder stands in a public role; the second pattern knows "DI" from "Di".
OFFICES: Final = rf"(?:{_OFFICE_WORDS}|{any_of(_OFFICE_SIGNS)})"
OFFICES_AS_WRITTEN: Final = rf"(?:(?i:{_OFFICE_WORDS})|{any_of(_OFFICE_SIGNS.upper())})"
_OFFICE: Final = re.compile(rf"{OFFICES}\.?")
_COURTESY: Final = re.compile(r"(?:mr|mrs|ms|miss|mx)\.?")
_AFTER_A_NAME: Final = words("mp msp ms am obe cbe mbe qpm qfsm jp phd")

_FREEMAIL: Final = words(
    """aol blueyonder btinternet btopenworld duck freeserve gmx hey hotmail icloud live mac me msn ntlworld outlook pm
    plusnet proton sky talktalk tiscali tutanota tuta virgin virginmedia yahoo yandex zoho"""
)
_MAIL_NAME: Final = re.compile(r"(?:[a-z]{1,12}mail|mail|mailbox)")
_PUBLIC_BODY: Final = re.compile(
    r"(?i)\.(?:gov\.(?:uk|ie|au|scot|wales)|gov|nhs\.uk|nhs\.net|police\.uk|ac\.uk|sch\.uk)$"
)


def bare_number(number: str) -> str:
    """The digits of a telephone number as dialled within the UK: "+44 (0)20 7946 0123" gives "02079460123"."""
    digits = _NOT_DIGITS.sub("", number)
    if _FROM_ABROAD.match(number) or digits.startswith("0044"):
        return "0" + digits.removeprefix("00").removeprefix("44").removeprefix("0")
    return digits


def is_freemail(domain: str) -> bool:
    """Whether a domain gives addresses to private people."""
    if _PUBLIC_BODY.search(domain):
        return False
    first = domain.partition(".")[0]
    return first in _FREEMAIL or bool(_MAIL_NAME.fullmatch(first))


def names_somebody(name: str) -> bool:
    """Whether a name is one person's, and not a word that many share: two words, or a title and more."""
    return sum(any(letter.isalnum() for letter in word) for word in name.split()) > 1


class Allowed:
    """Entries are addresses, domains ("agency.example" or "@agency.example"), telephone numbers and names.

    A name also lets through its bearer under an office: "Sam Example" is "Cllr Example" and "PC 1234 S Example" too.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._addresses: set[str] = set()
        self._domains: set[str] = set()
        self._numbers: set[str] = set()
        self._names: list[str] = []
        for entry in entries:
            plain = View(entry).lowered.strip()
            if _NUMBER.fullmatch(plain):
                self._numbers.add(bare_number(plain))
            elif "@" in plain[1:]:
                self._addresses.add(plain)
            elif "." in plain and " " not in plain:
                self._domains.add(plain.removeprefix("@"))
            elif plain:
                self._names.append(plain)

    def address(self, address: str) -> bool:
        """Whether an email address is one of the public contacts, or at one of the agency's domains or below."""
        address = address.lower()
        domain = address.rpartition("@")[2]
        parents = {domain[position + 1 :] for position, letter in enumerate(domain) if letter == "."}
        return address in self._addresses or bool(self._domains & {domain, *parents})

    def number(self, number: str) -> bool:
        """Whether a telephone number is one of the public contacts, however it is written."""
        return bare_number(number) in self._numbers

    def name(self, words: str) -> bool:
        """Whether the words name somebody on the list."""
        return self._names_pattern is not None and self._names_pattern.search(words.lower()) is not None

    @cached_property
    def _names_pattern(self) -> re.Pattern[str] | None:
        forms = dict.fromkeys(form for name in self._names for form in _forms(name))
        return re.compile(rf"(?<![\w'])(?:{'|'.join(forms)})(?!\w)") if forms else None


def _forms(name: str) -> Iterator[str]:
    """Patterns for the ways in which a name is written."""
    yield re.escape(name)
    bare = name
    titled = False
    while title := _OFFICE.match(bare):
        titled, bare = True, bare[title.end() :].strip()
    if _COURTESY.match(bare.partition(" ")[0]):
        return
    parts = [part for part in bare.replace(",", " ").split() if part not in _AFTER_A_NAME and not part.isdigit()]
    if not parts or (len(parts) == 1 and not titled):
        return
    first, last = parts[0], re.escape(parts[-1])
    given = rf"(?:{re.escape(first)} |{re.escape(first[0])}\.? )?" if len(parts) > 1 else ""
    yield rf"{OFFICES}\.? (?:\d{{1,6}} )?{given}{last}"
    if len(parts) > 1:
        yield " ".join(map(re.escape, parts))
        yield rf"{re.escape(first[0])}\.? {last}"
