"""The identifier rules: what they mark, and the near misses that they leave alone."""

import pytest

from workflow.checks.register import check_text


def marked(text, **more):
    """The passages that the identifier rules mark."""
    found = check_text(text, off=["phrases", "agency-phrases"], **more)
    assert all(finding.clause == "personal-information" for finding in found), found
    return [text[finding.start : finding.end] for finding in found]


MARKED = [
    # mobile numbers (Ofcom's drama range), however written
    ("Ring 07700 900123.", "07700 900123"),
    ("Ring +44 7700 900123.", "+44 7700 900123"),
    ("Ring +44 (0)7700 900123", "+44 (0)7700 900123"),
    ("Ring 07700900123", "07700900123"),
    ("Ring 07700-900-123", "07700-900-123"),
    ("Ring 0044 7700 900123", "0044 7700 900123"),
    # a landline only where it is somebody's own
    ("Her home number is 020 7946 0123.", "020 7946 0123"),
    # personal addresses
    ("Write to sample.person@gmail.com", "sample.person@gmail.com"),
    ("Write to samplehelper@mail.example", "samplehelper@mail.example"),
    ("Write to sample.person@agency.example", "sample.person@agency.example"),
    # official numbers, valid by their check digit
    ("His NHS number: 943 476 5919", "943 476 5919"),
    ("NHS no 9434765919", "9434765919"),
    ("NI number QQ123456C is none, AB 12 34 56 C is one", "AB 12 34 56 C"),
    # number plates
    ("A blue van, AB12 CDE, blocks the gate", "AB12 CDE"),
    # dates of birth
    ("DOB: 31/12/1980", "DOB: 31/12/1980"),
    ("She was born on 3 March 1975 in Sampletown", "born on 3 March 1975"),
    # homes and ages of people
    ("Mrs Sample lives at 12 Sample Road", "12 Sample Road"),
    ("Sam Example, aged 9, won our prize", "Sam Example, aged 9"),
    ("Well done Sam Example (9)", "Sam Example (9)"),
    ("Have you seen Sam Example? He is missing since 9pm, aged 14", "Sam Example"),
]
LEFT_ALONE = [
    "Call our office on 020 7946 0123.",
    "Call 101, or 999 in an emergency. Text 60066.",
    "Write to enquiries@agency.example or press.office@agency.example.",
    "Write to news@council.gov.uk",
    "Order number 9434765918 is ready",
    "Call 943 476 5919",
    "Section AB12 CD of the plan",
    "Doors open 31/12/2026",
    "The library was born out of an idea in 1890",
    "Sample Library, 12 Sample Road, opens at 9am",
    "Year 9 pupils from Sample School",
    "Class 4, Room 12",
    "Sam Example, 34, was jailed at Sample Crown Court for fraud",
    "Storm Sample, 9 to 12 June",
    "1,234,567 people; 07/11/2026; 0800-1700; 50.123, -0.456",
    "https://www.agency.example/07700900123",
    "AB123456E and QQ123456C are no National Insurance numbers",
]


@pytest.mark.parametrize(("text", "passage"), MARKED, ids=[passage for _, passage in MARKED])
def test_it_is_marked(text, passage):
    assert marked(text) == [passage]


def test_numbers_that_follow_each_other_are_each_marked():
    text = "Ring 07700 900201 07700 900202 or 07700 900203."
    assert marked(text) == ["07700 900201", "07700 900202", "07700 900203"]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_it_is_left_alone(text):
    assert marked(text) == []


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Ring 07700 900123.", "07700 900123"),
        ("Ring 07700 900123.", "+44 7700 900123"),
        ("Ring +44 (0)7700-900-123.", "07700900123"),
        ("Write to sample.person@agency.example", "sample.person@agency.example"),
        ("Write to SAMPLE.Person@agency.example", "@agency.example"),
        ("Write to sample.person@post.agency.example", "agency.example"),
        ("Mrs Sample lives at 12 Sample Road", "Mrs Sample"),
        ("Sam Example, aged 9, won our prize", "sam example"),
    ],
)
def test_the_agencys_allow_list_is_not_marked(text, entry):
    assert marked(text), "without the list it is"
    assert marked(text, allow_list=[entry]) == []


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Ring 07700 900124.", "07700 900123"),
        ("Write to other.person@agency.example", "sample.person@agency.example"),
        ("Write to sample.person@other-agency.example", "agency.example"),
        ("Write to sample.person@agency.example.gmail.com", "agency.example"),
        ("Sam Example, aged 9, won our prize", "Sam Examp"),
        ("Sam Example, aged 9, won our prize", ""),
    ],
)
def test_the_allow_list_lets_nothing_else_through(text, entry):
    assert marked(text, allow_list=[entry]) == marked(text) != []
