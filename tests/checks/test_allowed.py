"""The agency's allow-list: in which forms it lets somebody be, and in which not."""

import pytest

from workflow.checks.allowed import Allowed, bare_number, names_somebody
from workflow.checks.register import check_text

SAME = [
    ("Sam Example", "Sam Example opened the library"),
    ("Sam Example", "SAM EXAMPLE opened it"),
    ("Sam Example", "Cllr Example opened it"),
    ("Sam Example", "Cllr. Sam Example opened it"),
    ("Sam Example", "Councillor S. Example opened it"),
    ("Sam Example", "S Example (leader)"),
    ("Cllr Sam Example MBE", "Sam Example opened it"),
    ("Cllr Sam Example", "the Lord Mayor, Councillor Example"),
    ("Sam Example", "PC 1234 Example called"),
    ("PC Sam Example 1234", "PC Example 1234 called"),
    ("PC 1234 Example", "PC Example called"),
    ("Jo Sample-Jones", "Chief Inspector Sample-Jones"),
    ("Zoë Example", "Cllr Zoe Example"),
    ("Mrs Example", "Mrs Example opened it"),
    ("Mary Ann Example", "Cllr Mary Example"),
]
ANOTHER = [
    ("Sam Example", "Jo Example opened it"),
    ("Sam Example", "Sam opened it"),
    ("Sam Example", "Mr Example opened it"),
    ("Sam Example", "Sam Examples opened it"),
    ("Sam Example", "Cllr Jo Example opened it"),
    ("Sam Example", "the council's Example"),
    ("Mrs Example", "Cllr Example opened it"),
    ("PC 1234", "PC 12345 called"),
]


@pytest.mark.parametrize(("entry", "text"), SAME)
def test_it_is_the_same_person(entry, text):
    assert Allowed([entry]).name(text)


@pytest.mark.parametrize(("entry", "text"), ANOTHER)
def test_it_is_another_person(entry, text):
    assert not Allowed([entry]).name(text)


def test_a_list_of_thousands_lets_each_of_its_people_be():
    names = [f"Sam{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)} Example{n}" for n in range(3000)]
    allowed = Allowed(names)
    assert all(allowed.name(f"Cllr {name}") for name in names)
    assert not allowed.name("Cllr Sample")


@pytest.mark.parametrize("name", ["Sam Example", "Cllr Example", "PC 1234"])
def test_it_names_somebody(name):
    assert names_somebody(name)


@pytest.mark.parametrize("name", ["", "Sam", "Sam -", "  "])
def test_it_names_nobody(name):
    assert not names_somebody(name)


@pytest.mark.parametrize(
    "written", ["+44 (0)20 7946 0123", "(+44) 20 7946 0123", "0044 20 7946 0123", "+ 44 2079460123"]
)
def test_a_number_from_abroad_is_the_number_at_home(written):
    assert bare_number(written) == "02079460123"


@pytest.mark.parametrize(
    "name", ["Cllr Sam Example", "PC Sam Example", "PC 1234 Sam Example", "Chief Constable Sam Example"]
)
def test_an_age_beside_an_office_holder_is_let_be_without_any_list(name):
    assert check_text(f"Well done {name} (52) for the swim.", off=["model"]) == []
    assert check_text("Well done Sam Example (52) for the swim.", off=["model"])


def test_a_first_name_that_looks_like_a_rank_is_a_name():
    assert check_text("Well done Di Example (52) for the swim.", off=["model"])
