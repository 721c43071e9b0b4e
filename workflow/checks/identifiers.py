"""Rules that find numbers and addresses of people with certainty (guide clause Never 3): telephones and email here,
the others in the modules beside this one.

Telephones follow Ofcom's numbering plan through `phonenumbers`. Repeats are bounded: time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import phonenumbers

from workflow.checks.allowed import Allowed, bare_number, is_freemail
from workflow.checks.births import dates_of_birth
from workflow.checks.mark import Mark, words
from workflow.checks.official_numbers import national_insurance_numbers, nhs_numbers
from workflow.checks.plates import number_plates
from workflow.checks.view import View


def marks(view: View, allowed: Allowed) -> Iterator[Mark]:
    """Every number and address of a person in the view that is not on the agency's allow-list."""
    for rule in _RULES:
        yield from rule(view, allowed)


# Telephone numbers

_PHONE: Final = re.compile(
    r"(?<![\w/.@=&-])(?:\(?\+ ?44\)?|0044|\(?0)(?:[ ]?\(0\))?(?:[ ().-]{0,3}\d){8,13}(?![\w@])"
    r"|(?<![\w/.@=&-])07\d{3}[/*_:][ ]?\d{3}[/*_: ]?\d{3}(?!\w)"
)
#: Typed with the letter for the nought, as on old typewriters.
_LETTER_FOR_NOUGHT: Final = re.compile(r"(?<![\w/.@#=&-])[Oo0][ ]?7(?:[ .-]?[\dOo]){9}(?!\w)")
_OFCOM_DRAMA_MOBILE: Final = "07700900"
#: Numbers that Ofcom keeps free for drama: written in samples, and some of them in no range of `phonenumbers`.
_OFCOM_DRAMA: Final = re.compile(
    r"07700900\d{3}|01632960\d{3}|0(?:11[3-8]|1[2-6]1)4960\d{3}|01914980\d{3}|02079460\d{3}|02896496\d{3}|02920180\d{3}"
)
_OF_THE_AGENCY: Final = re.compile(
    r"(?i)\b(?:our|us|offices?|duty|team|desk|helpline|hotline|service|line|switchboard|reception|surgery|school)\b"
)
_AT_WORK: Final = re.compile(
    r"(?i)\b(?:offices?|duty|desk|helpline|hotline|switchboard|reception|surgery|school|work|team|box office)\b"
)
_OF_A_PERSON: Final = re.compile(
    r"(?i)\b(?:my|his|hers?|their) (?:own |home |private |personal |direct )?(?:number|phone|landline|mobile|tel\w*)\b"
    r"|\b(?:me|him|her|them|ring|call|phone) (?:[\w']+ ){0,3}at home\b"
    r"|\b(?:private|personal|home) (?:number|phone|landline|mobile|tel)\b|\bhome\W{1,3}$|\bat home (?:on|at)\W{1,3}$"
)
#: A titled name straight before a number: it is theirs, whatever else the sentence speaks of.
_OF_SOMEBODY: Final = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx)\.? (?:O')?[A-Z][\w-]+(?: (?:O')?[A-Z][\w-]+)?(?:'s)?,?"
    r"(?: (?:tel(?:ephone)?|phone|number|landline))?(?: is)?(?: on| at)?\W{1,2}$"
)


def _phones(view: View, allowed: Allowed) -> Iterator[Mark]:
    for start, number in _numbers(view.text):
        if allowed.number(number):
            continue
        end = start + len(number)
        before, _ = view.around(start, end, 60)
        if _is_mobile(number):
            yield Mark(start, end, 0.6 if _OF_THE_AGENCY.search(before) else 0.95, "a mobile number")
        elif _OF_SOMEBODY.search(before) or (_OF_A_PERSON.search(before) and not _AT_WORK.search(before)):
            yield Mark(start, end, 0.75, "a private telephone number")
    for match in _LETTER_FOR_NOUGHT.finditer(view.text):
        typed = re.sub("[Oo]", "0", match[0])
        if typed != match[0] and _as_number(typed) == typed and not allowed.number(typed):
            yield Mark(match.start(), match.end(), 0.8, "a mobile number")


def _numbers(text: str) -> Iterator[tuple[int, str]]:
    """Place and words of every possible UK number. One that follows another straight away is one of its own."""
    position = 0
    while match := _PHONE.search(text, position):
        number = _as_number(match[0])
        position = match.start() + (len(number) if number else 1)
        if number:
            yield match.start(), number


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
        if phonenumbers.is_valid_number(parsed) or _OFCOM_DRAMA.fullmatch(digits):
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
#: Written out to keep collectors of addresses away: "sam (at) mail.example", "sam at mail dot example".
_WRITTEN_OUT: Final = re.compile(
    r"(?i)(?<![\w.%+@-])(?P<local>[a-z0-9][\w.%+'-]{0,63}(?: (?:dot|underscore) [\w-]{1,30}){0,3})"
    r"(?:(?P<sign> ?[\[({<] ?(?:at|@) ?[\])}>] ?| ?@ )| at )"
    r"(?P<domain>[a-z0-9-]{1,63}(?:(?:\.| ?[\[({] ?(?:dot|\.) ?[\])}] ?| dot )[a-z0-9-]{1,63}){1,4})(?![\w@])"
)
_DOT: Final = re.compile(r"(?i) ?[\[({] ?(?:dot|\.) ?[\])}] ?| dot ")
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
    for start, end, address in (*_typed(view), *_written_out(view)):
        if allowed.address(address):
            continue
        local, _, domain = address.rpartition("@")
        of_a_role = bool(_ROLE & set(re.split(r"[._+-]", local)))
        if is_freemail(domain):
            yield Mark(start, end, 0.6 if of_a_role else 0.9, "a personal email address")
        elif not of_a_role and _NAME_LOCAL.fullmatch(local):
            yield Mark(start, end, 0.65, "an email address with a person's name")


def _typed(view: View) -> Iterator[tuple[int, int, str]]:
    for match in _EMAIL.finditer(view.text):
        yield match.start(), match.end(), match[0].lower()


def _written_out(view: View) -> Iterator[tuple[int, int, str]]:
    for match in _WRITTEN_OUT.finditer(view.text):
        if not match["sign"] and " dot " not in match["domain"].lower():
            continue  # "look at agency.example" is no address
        local = re.sub("(?i) dot ", ".", match["local"]).replace(" underscore ", "_")
        yield match.start(), match.end(), f"{local}@{_DOT.sub('.', match['domain'])}".lower()


_RULES: Final[tuple[Callable[[View, Allowed], Iterator[Mark]], ...]] = (
    _phones,
    _emails,
    nhs_numbers,
    national_insurance_numbers,
    number_plates,
    dates_of_birth,
)
