"""Rules that find numbers and addresses of people with certainty (guide clause Never 3).

Formats: Ofcom's numbering plan through `phonenumbers`, NHS numbers (modulus 11) through `python-stdnum`, HMRC's
National Insurance format (NIM39110), DVLA's registration marks (INF104). Repeats are bounded: time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import phonenumbers
from stdnum.gb import nhs

from workflow.checks.allowed import Allowed, bare_number
from workflow.checks.view import View

#: Nobody alive was born before; dates before are history.
_EARLIEST_BIRTH: Final = 1915


def words(text: str) -> frozenset[str]:
    """A set of words, written as text."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Mark:
    """A passage of the view, how sure the rule is, and what it is ("a mobile number")."""

    start: int
    end: int
    score: float
    what: str


def marks(view: View, allowed: Allowed) -> Iterator[Mark]:
    """Every number and address of a person in the view that is not on the agency's allow-list."""
    for rule in _RULES:
        yield from rule(view, allowed)


# Telephone numbers

_PHONE: Final = re.compile(r"(?<![\w/.@-])(?:\+44|0044|0)(?:[ ]?\(0\))?(?:[ ().-]{0,2}\d){8,13}(?![\w@])")
_OFCOM_DRAMA_MOBILE: Final = "07700900"
_OF_THE_AGENCY: Final = re.compile(r"(?i)\b(?:our|us|office|duty|team|desk|helpline|hotline|service|line)\b")
_OF_A_PERSON: Final = re.compile(
    r"(?i)\b(?:my|his|hers?|their) (?:own |home |private |personal |direct )?(?:number|phone|landline|mobile|tel\w*)\b"
    r"|\b(?:me|him|her|them|ring|call|phone) (?:\w+ )?at home\b"
    r"|\b(?:private|personal|home) (?:number|phone|landline|mobile)\b"
)


def _phones(view: View, allowed: Allowed) -> Iterator[Mark]:
    for match in _PHONE.finditer(view.text):
        number = _as_number(match[0])
        if number is None or allowed.number(number):
            continue
        start, end = match.start(), match.start() + len(number)
        before, _ = view.around(start, end, 60)
        if _is_mobile(number):
            yield Mark(start, end, 0.6 if _OF_THE_AGENCY.search(before) else 0.95, "a mobile number")
        elif _OF_A_PERSON.search(before) and not _OF_THE_AGENCY.search(before):
            yield Mark(start, end, 0.75, "a private telephone number")


def _as_number(found: str) -> str | None:
    """The part of `found` that is a possible UK number; digits of the next word may have come with it."""
    for part in (found, *(found[: space.start()] for space in reversed(list(re.finditer(" ", found))))):
        digits = bare_number(part)
        if len(digits) < 10 or not part[-1].isdigit():
            continue
        try:
            parsed = phonenumbers.parse(digits, "GB")
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed) or (len(digits) == 11 and digits.startswith(("07700900", "01632960"))):
            return part
    return None


def _is_mobile(number: str) -> bool:
    digits = bare_number(number)
    if digits.startswith(_OFCOM_DRAMA_MOBILE):
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(digits, "GB"))
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)


# Email addresses

_EMAIL: Final = re.compile(
    r"(?<![\w.%+@-])[A-Za-z0-9][\w.%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@-])"
)
_FREEMAIL: Final = words(
    """aol btinternet gmx hotmail icloud live me msn ntlworld outlook proton sky talktalk tiscali virginmedia yahoo"""
)
_MAIL_NAME: Final = re.compile(r"(?:[a-z]{1,12}mail|mail|mailbox)")
_PUBLIC_BODY: Final = re.compile(
    r"(?i)\.(?:gov\.(?:uk|ie|au|scot|wales)|gov|nhs\.uk|nhs\.net|police\.uk|ac\.uk|sch\.uk)$"
)
_NAME_LOCAL: Final = re.compile(r"(?i)[a-z][a-z']{0,20}[._-][a-z][a-z'-]{1,25}\d{0,4}")
_ROLE: Final = words(
    """accounts admin adult advice allotments benefits bookings building business cadets care careers centre children
    city clerk comms community complaints consultation consultations contact contracts control council county customer
    customers data desk development digital disclosures do editor education elections emergency enforcement engagement
    enquiries enquiry environment environmental estates events families feedback finance foi fostering fraud freedom
    general health hello help helpdesk highways hospital house housing hr info information it jobs leisure library
    licensing line local mail mailbox media members museum news no not office officer online open pals parking parks
    payments people planning plan police policy post press project protection public recruitment recycling registrar
    rents repairs reply report reports roads safeguarding safety sales school schools secretary service services
    social speakup sport support switchboard tax team tenancy tenants the town training transport travel trust vacancies
    volunteer volunteers ward waste webmaster welcome works young youth"""
)


def _emails(view: View, allowed: Allowed) -> Iterator[Mark]:
    for match in _EMAIL.finditer(view.text):
        address = match[0]
        local, _, domain = address.lower().rpartition("@")
        if allowed.address(address):
            continue
        of_a_role = bool(_ROLE & set(re.split(r"[._+-]", local)))
        if _is_freemail(domain):
            yield Mark(match.start(), match.end(), 0.6 if of_a_role else 0.9, "a personal email address")
        elif not of_a_role and _NAME_LOCAL.fullmatch(local):
            yield Mark(match.start(), match.end(), 0.65, "an email address with a person's name")


def _is_freemail(domain: str) -> bool:
    if _PUBLIC_BODY.search(domain):
        return False
    first = domain.partition(".")[0]
    return first in _FREEMAIL or bool(_MAIL_NAME.fullmatch(first))


# Official numbers

_NHS: Final = re.compile(r"(?<![\w+(/.-])\d{3}([ -]?)\d{3}\1\d{4}(?![\w-])")
_NHS_NAMED: Final = re.compile(
    r"(?i)\bNHS(?: no| number| num|:| #|\b)[^.\n]{0,12}$|\bpatient (?:no|number|id)\b[^.\n]{0,8}$"
)
_CALL: Final = re.compile(r"(?i)\b(?:call|ring|phone|tel|text|fax|dial|telephone|on|at)\W{0,3}$")
_NATIONAL_INSURANCE: Final = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ .-]?)\d{2}\1\d{2}\1\d{2}\1[A-D](?!\w)"
    r"|(?<!\w)(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z]\d{6}[a-d](?!\w)"
)


def _nhs_numbers(view: View, _: Allowed) -> Iterator[Mark]:
    for match in _NHS.finditer(view.text):
        if not nhs.is_valid(match[0]):
            continue
        before, _after = view.around(match.start(), match.end(), 30)
        if _NHS_NAMED.search(before):
            yield Mark(match.start(), match.end(), 0.99, "an NHS number")
        elif match[1] == " " and match[0][0] in "345679" and not _CALL.search(before):
            yield Mark(match.start(), match.end(), 0.7, "what reads as an NHS number")


def _national_insurance_numbers(view: View, _: Allowed) -> Iterator[Mark]:
    for match in _NATIONAL_INSURANCE.finditer(view.text):
        yield Mark(match.start(), match.end(), 0.98, "a National Insurance number")


# Number plates

_PLATE: Final = re.compile(r"(?<![\w/@#.-])[A-HJ-PR-Y][A-HJ-PR-Y](\d{2})[ ]?[A-HJ-Z]{3}(?![\w@-])")
_OLD_PLATE: Final = re.compile(
    r"(?<![\w/@#.-])"
    r"(?:[A-HJ-NPR-TV-Y]\d{1,3}[ ]?[A-HJ-PR-Y]{3}|[A-Z]{3}[ ]?\d{1,3}[A-HJ-NPR-TV-Y]|[A-Z]{3}[ ]\d{3,4})(?![\w@-])"
)
_VEHICLE: Final = re.compile(
    r"(?i)\b(?:cars?|vans?|lorry|truck|motor(?:bike|cycle)|bike|moped|scooter|vehicles?|taxi|drivers?|drives?|driving|park\w*"
    r"|reg\w*|plates?|saloon|hatchback|4x4|pick-?up|audi|bmw|corsa|fiat|fiesta|focus|ford|golf|honda|hyundai|kia"
    r"|mercedes|mini|nissan|peugeot|polo|prius|renault|rover|skoda|tesla|toyota|transit|vauxhall|vivaro|volvo|vw|volkswagen)\b"
)
_REGISTRATION: Final = re.compile(
    r"(?i)\b(?:reg|registration|registered|number plates?|licen[cs]e plates?|plates?|tags?)\b"
)


def _plates(view: View, _: Allowed) -> Iterator[Mark]:
    for match in _PLATE.finditer(view.text):
        if 2 <= int(match[1]) % 50 <= 30 or match[1] == "51":
            around = " ".join(view.around(match.start(), match.end(), 80))
            yield Mark(match.start(), match.end(), 0.9 if _VEHICLE.search(around) else 0.6, "a number plate")
    for match in _OLD_PLATE.finditer(view.text):
        before, _after = view.around(match.start(), match.end(), 30)
        if _REGISTRATION.search(before):
            yield Mark(match.start(), match.end(), 0.75, "a number plate")


# Dates of birth

_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE: Final = (
    r"(?:(?P<d1>\d{1,2})(?P<s>[./ -])(?P<m1>\d{1,2})(?P=s)(?P<y1>\d{4}|\d{2})"
    r"|(?P<y2>\d{4})-(?P<m2>\d{1,2})-(?P<d2>\d{1,2})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<m3>{_MONTH}),? (?P<y3>\d{{4}})"
    rf"|(?P<m4>{_MONTH}) (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>\d{{4}}))(?!\d)"
)
_BIRTH: Final = re.compile(
    r"(?i)(?<!\w)(?:(?P<named>d\.?o\.?b\.?|date of birth|birth ?date)(?: is| was)?[ :=(,-]{0,4}"
    rf"|born(?: on)?(?: the)? ){_DATE}"
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _births(view: View, _: Allowed) -> Iterator[Mark]:
    for match in _BIRTH.finditer(view.text):
        if _is_a_birth(match):
            yield Mark(match.start(), match.end(), 0.95 if match["named"] else 0.65, "a date of birth")


def _is_a_birth(match: re.Match[str]) -> bool:
    day, month, year = next(
        (match[f"d{form}"], match[f"m{form}"], match[f"y{form}"]) for form in "1234" if match[f"d{form}"]
    )
    months = [int(month)] if month.isdigit() else [_MONTHS.index(month[:3].lower()) + 1]
    days = [int(day)]
    if month.isdigit():  # day and month may stand the American way round
        months, days = [months[0], days[0]], [days[0], months[0]]
    whole = int(year) + (1900 if len(year) == 2 else 0)
    return whole >= _EARLIEST_BIRTH and any(map(_is_date, [whole] * len(days), months, days))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_RULES: Final[tuple[Callable[[View, Allowed], Iterator[Mark]], ...]] = (
    _phones,
    _emails,
    _nhs_numbers,
    _national_insurance_numbers,
    _plates,
    _births,
)
