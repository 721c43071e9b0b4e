"""How times are said and understood: one way for pages, mails and forms."""

from datetime import datetime

import pytest

from workflow.review.wall_time import clock_of, said, said_clock


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (9, 0, "9am"),
        (9, 5, "9:05am"),
        (22, 30, "10:30pm"),
        (12, 0, "midday"),
        (12, 1, "12:01pm"),
        (0, 0, "midnight"),
        (0, 15, "12:15am"),
        (23, 59, "11:59pm"),
    ],
)
def test_a_time_of_day_is_said_as_people_say_it_and_understood_again(hour, minute, expected):
    assert said_clock(hour, minute) == expected
    assert clock_of(expected) == (hour, minute)


def test_a_whole_time_is_said_with_its_day_and_a_midnight_says_which():
    assert said(datetime(2026, 11, 24, 9, 5)) == "Tuesday 24 November 2026, 9:05am"  # noqa: DTZ001 - on the wall
    assert said(datetime(2026, 11, 24)) == "Tuesday 24 November 2026, midnight at the start of the day"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("9am", (9, 0)),
        ("9 AM", (9, 0)),
        ("9:30pm", (21, 30)),
        ("9.30pm", (21, 30)),
        ("9.30 p.m.", (21, 30)),
        ("21:30", (21, 30)),
        ("0930", (9, 30)),
        ("930", (9, 30)),
        (" 9.05 ", (9, 5)),
        ("9", (9, 0)),
        ("12am", (0, 0)),
        ("12pm", (12, 0)),
        ("00:00", (0, 0)),
        ("noon", (12, 0)),
    ],
)
def test_what_people_type_is_understood(typed, expected):
    assert clock_of(typed) == expected


@pytest.mark.parametrize("typed", ["", "half past nine", "24:00", "9:60", "13pm", "0am", "9:5", "95", "9:", "²", "٩am"])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(ValueError, match="is no time of day"):
        clock_of(typed)
