"""Reads an allow-list from CSV, as a spreadsheet saves it, and says line by line what is wrong with it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from workflow.checks.allowed import bare_number, is_freemail, names_somebody
from workflow.models.allow_list import AllowKind

COLUMNS: Final = ("kind", "name", "phone", "email", "role", "until")
LARGEST_FILE: Final = 5_000_000
LONGEST_CELL: Final = 200
MOST_LINES: Final = 20_000

_NUMBER: Final = re.compile(r"\+?[\d ().\-/]+")
_ADDRESS: Final = re.compile(r"[^@\s,;]{0,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}", re.IGNORECASE)
_KINDS: Final = ", ".join(kind.value for kind in AllowKind)
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y")


class UnreadableFile(Exception):
    """A file that is no such list at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, sound. `until` is the last day on which it counts; None: until it is removed."""

    number: int
    kind: AllowKind
    name: str
    phone: str
    email: str
    role: str
    until: date | None

    @property
    def allows(self) -> tuple[str, str, str, str]:
        """What no two entries share."""
        return self.kind, self.name, self.phone, self.email


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line, in a sentence."""

    number: int
    sentence: str


def read_file(content: bytes) -> tuple[list[Line], list[Fault]]:
    """The sound lines of the file and the faults of the others. Raises UnreadableFile where it is no such list."""
    if len(content) > LARGEST_FILE:
        raise UnreadableFile(f"The file is larger than {LARGEST_FILE // 1_000_000} MB. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UnreadableFile(
            "The file is not in UTF-8. In the spreadsheet, save it as “CSV UTF-8 (comma delimited)”."
        ) from fault
    first = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        columns = _columns(rows.fieldnames)
        rows.fieldnames = columns
        return _read(rows)
    except csv.Error as fault:
        raise UnreadableFile(f"Line {rows.line_num} is no CSV ({fault}). Save the list again as CSV.") from fault


def _columns(found: object) -> list[str]:
    names = [str(name).strip().lower() for name in found] if isinstance(found, list) else []
    missing = [name for name in COLUMNS if name not in names]
    strange = [name or "(no name)" for name in names if name not in COLUMNS]
    if missing or strange or len(names) != len(set(names)):
        said = f" Missing: {', '.join(missing)}." if missing else ""
        said += f" Not known: {', '.join(strange)}." if strange else ""
        raise UnreadableFile(f"The first line must name the columns {', '.join(COLUMNS)}, each once.{said}")
    return names


def _read(rows: csv.DictReader[str]) -> tuple[list[Line], list[Fault]]:
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, str, str, str], int] = {}
    for row in rows:
        number = rows.line_num
        if len(lines) + len(faults) >= MOST_LINES:
            raise UnreadableFile(f"The file has more than {MOST_LINES:,} entries. Split it.")
        cells = {column: " ".join((row.get(column) or "").split()) for column in COLUMNS}
        if not any(cells.values()) and None not in row:
            continue
        sentences = ["it has more cells than there are columns."] if None in row else []
        sentences += _wrong_with(cells)
        if not sentences:
            line = _line(number, cells)
            earlier = seen.setdefault(line.allows, number)
            if earlier == number:
                lines.append(line)
                continue
            sentences = [f"it says the same as line {earlier}. Take one of them out."]
        faults += [Fault(number, sentence) for sentence in sentences]
    return lines, faults


def _line(number: int, cells: dict[str, str]) -> Line:
    return Line(
        number,
        AllowKind(cells["kind"].lower()),
        cells["name"],
        bare_number(cells["phone"]),
        cells["email"].lower(),
        cells["role"],
        _date(cells["until"]) if cells["until"] else None,
    )


def _wrong_with(cells: dict[str, str]) -> list[str]:
    """All that is wrong with one line."""
    kind, name, phone, email, until = (cells[column] for column in ("kind", "name", "phone", "email", "until"))
    wrong = [
        f"“{column}” is longer than {LONGEST_CELL} characters."
        for column in COLUMNS
        if len(cells[column]) > LONGEST_CELL
    ]
    if kind.lower() not in set(AllowKind):
        wrong.append(f"“{kind}” is no kind. Write one of: {_KINDS}." if kind else f"the kind is missing: {_KINDS}.")
    elif kind.lower() == AllowKind.CONTACT and not (phone or email):
        wrong.append("a contact needs a telephone number or an email address.")
    elif kind.lower() != AllowKind.CONTACT and not name:
        wrong.append(f"a line for a {kind.lower()} needs the name.")
    if kind.lower() != AllowKind.CONTACT and name and not names_somebody(name):
        wrong.append(
            f"“{name}” would let through everybody who is called so. Write the whole name, or the name with its title."
        )
    if phone and not (_NUMBER.fullmatch(phone) and 3 <= len(bare_number(phone)) <= 15):
        wrong.append(f"“{phone}” is no telephone number. Write digits, for example 01632 960000.")
    if email and not _ADDRESS.fullmatch(email):
        wrong.append(f"“{email}” is no email address.")
    elif email.startswith("@") and is_freemail(email[1:].lower()):
        wrong.append(f"“{email}” would let through every private address there. Write the whole address.")
    if until and _date(until) is None:
        wrong.append(f"“{until}” is no date. Write the last day as 2027-05-31 or 31/05/2027.")
    return wrong


def _date(written: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    return None
