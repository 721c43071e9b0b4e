"""The agency's own allow-list: public contacts and office-holders that the check does not mark."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workflow.checks.view import View

_NOT_DIGITS = re.compile(r"\D")
_FROM_ABROAD = re.compile(r" *\(?\+ ?44")
_NUMBER = re.compile(r"\+?[\d ().\-/]{3,}")


def bare_number(number: str) -> str:
    """The digits of a telephone number as dialled within the UK: "+44 (0)20 7946 0123" gives "02079460123"."""
    digits = _NOT_DIGITS.sub("", number)
    if _FROM_ABROAD.match(number) or digits.startswith("0044"):
        return "0" + digits.removeprefix("00").removeprefix("44").removeprefix("0")
    return digits


class Allowed:
    """Entries are addresses, domains ("agency.example" or "@agency.example"), telephone numbers and names."""

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
        lowered = f" {words.lower()} "
        return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", lowered) for name in self._names)
