"""The agency's list of words and dates: its form, its clear errors, and when its entries count."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from workflow.checks.house.agency_words import WordsFault, lint, read_words
from workflow.checks.house.draft import Context
from workflow.checks.house.reader import check_house

LONDON = ZoneInfo("Europe/London")


def entry(**fields):
    """One entry; without `fields`, a sound one under embargo."""
    given = {"kind": '"embargo"', "match": '["sample report"]', "until": "2027-03-16T09:30:00", "why": '"Sample why"'}
    lines = [f"{name.rstrip('_')} = {value}" for name, value in (given | fields).items() if value]
    return "[[words]]\n" + "\n".join(lines) + "\n"


def found(source, text, at, zone=LONDON):
    """(passage, why) of each finding of a text that would go out when clocks in `zone` show `at`."""
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at).replace(tzinfo=zone)
    context = Context(moment, zone, read_words(source.encode()))
    return [
        (text[one.start : one.end], one.why)
        for one in check_house(text, context=context)
        if one.source in ("house:agency-words", "house:embargo", "house:mourning")
    ]


def problems(source):
    return [str(problem) for problem in lint(source if isinstance(source, bytes) else source.encode())]


def test_words_under_embargo_count_until_its_end_and_the_finding_says_when_that_is():
    text = "📢 The Sample  Report is out"
    [(passage, why)] = found(entry(), text, "2027-03-16T09:29:59")
    assert passage == "Sample  Report"
    assert why == "The words “Sample Report” are under embargo until 9:30am on 16 March 2027: Sample why."
    assert found(entry(), text, "2027-03-16T09:30:00") == []
    assert found(entry(), "Another report is out", "2027-03-01T09:00") == []


def test_times_are_those_of_the_agencys_clocks():
    source = entry(until="2027-07-01T10:00:00")
    assert found(source, "Sample report", datetime(2027, 7, 1, 8, 59, tzinfo=UTC))
    assert not found(source, "Sample report", datetime(2027, 7, 1, 9, 0, tzinfo=UTC))
    new_york = ZoneInfo("America/New_York")
    assert found(source, "Sample report", datetime(2027, 7, 1, 13, 59, tzinfo=UTC), new_york)


def test_in_the_hour_that_comes_twice_an_embargo_ends_with_the_second():
    source = entry(until="2027-10-31T01:30:00")
    assert found(source, "Sample report", datetime(2027, 10, 31, 0, 45, tzinfo=UTC)), "1:45am, for the first time"
    assert not found(source, "Sample report", datetime(2027, 10, 31, 1, 30, tzinfo=UTC))


def test_a_day_counts_from_its_beginning_to_its_end():
    source = entry(kind='"pre-election"', match='["candidate*"]', from_="2027-03-25", until="2027-05-06")
    for at, counts in {
        "2027-03-24T23:59": False,
        "2027-03-25T00:00": True,
        "2027-05-06T23:59": True,
        "2027-05-07T00:00": False,
    }.items():
        assert bool(found(source, "Meet the candidates", at)) is counts, at
    [(passage, why)] = found(source, "Meet the candidates", "2027-04-01T09:00")
    assert passage == "candidates"
    assert "the time before an election, until the end of 6 May 2027: Sample why." in why


def test_words_without_dates_always_count_and_other_words_excuse_them():
    source = entry(kind='"words"', until="", match='["tombola"]', unless='["raffle"]')
    [(passage, why)] = found(source, "Win at the TOMBOLA", "2027-01-01T00:00")
    assert passage == "TOMBOLA"
    assert "Sample why." in why
    assert found(source, "The tombola, our raffle", "2027-01-01T00:00") == []


def test_what_has_dates_says_nothing_where_nobody_knows_when_it_goes_out():
    context = Context(None, LONDON, read_words(entry().encode()))
    assert check_house("The sample report", context=context) == []


def test_a_day_of_mourning_asks_for_a_quiet_tone():
    source = entry(
        kind='"mourning"', match='["party"]', from_="2027-03-15", until="2027-03-15", why='"Sample mourning"'
    )
    text = "Join our party on Sample Green!! 🌳 🎉 🥳 Come!"
    assert [passage for passage, _ in found(source, text, "2027-03-15T18:00")] == ["party", "!!", "🎉"]
    assert found(source, text, "2027-03-16T00:00") == []
    assert found(source, "The flags on Sample Hall are at half mast today. 🌳", "2027-03-15T18:00") == []
    [(_, why)] = found(source, "Come along!", "2027-03-15T18:00")
    assert why == "This post would go out on a day of mourning (Sample mourning), and has exclamation marks."


def test_a_day_of_mourning_needs_no_words():
    source = entry(kind='"mourning"', match="", from_="2027-03-15", until="2027-03-15")
    assert len(found(source, "Come along!", "2027-03-15T18:00")) == 1


def test_fancy_letters_hide_no_words():
    assert found(entry(), "The 𝐒𝐚𝐦𝐩𝐥𝐞 𝐫𝐞𝐩𝐨𝐫𝐭 is out", "2027-03-01T00:00")[0][0] == "𝐒𝐚𝐦𝐩𝐥𝐞 𝐫𝐞𝐩𝐨𝐫𝐭"


def test_a_sound_list_has_no_problems_and_an_empty_one_is_sound():
    assert problems(entry() + entry(clause='"confidentiality"')) == []
    assert problems("") == []
    assert read_words(b"") == ()
    assert problems("\ufeff" + entry().replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": '"embargoed"'}, "Write kind as one of: embargo, pre-election, mourning, words."),
        ({"kind": ""}, "Write kind as one of"),
        ({"why": ""}, "Say why"),
        ({"why": '" "'}, "Say why"),
        ({"why": '"' + "a" * 301 + '"'}, "Keep it to 300."),
        ({"match": ""}, "without words there is nothing to look for"),
        ({"match": '"sample"'}, "Write match as a list of texts"),
        ({"match": "[1]"}, "Write match as a list of texts"),
        ({"match": '[".. sample"]'}, "must begin and end with a word"),
        ({"match": '["(sample"]', "unless": '["a||b"]'}, "is no word"),
        ({"until": ""}, "An entry of the kind embargo needs the field until."),
        ({"kind": '"pre-election"'}, "An entry of the kind pre-election needs the field from."),
        ({"kind": '"mourning"', "until": ""}, "An entry of the kind mourning needs the field until."),
        ({"until": '"tomorrow"'}, "Write a day, as in 2027-03-16"),
        ({"until": "09:30:00"}, "Write a day, as in 2027-03-16"),
        ({"until": "2027-03-16T09:30:00Z"}, "without a time zone"),
        ({"from_": "2027-03-17"}, "This entry ends before it begins."),
        ({"clause": '"Never 3"'}, "as the id of a clause"),
        ({"clause": '"whistleblowing"'}, "cannot stand for the clause"),
        ({"clause": '"not-checked"'}, "cannot stand for the clause"),
        ({"colour": '"red"'}, "no field “colour”"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_do(fields, says):
    said = problems("# our list\n" + entry() + entry(**fields))
    assert said, "it has to be a problem"
    assert any(says in one for one in said), said
    assert all(one.startswith("line 7: ") for one in said)
    with pytest.raises(WordsFault, match="line 7"):
        read_words((entry() + "\n" + entry(**fields)).encode())


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"\xff\xfe", "line 1: This is not UTF-8 text."),
        ("[[words]\n", "This is not valid TOML"),
        ("[[words]]\nuntil = 2027-02-30\n", "This is not valid TOML"),
        ("a = " + "[" * 5_000, "This is not valid TOML"),
        ("words = 3\n", "begin with a line [[words]]"),
        ("words = [3]\n", "Begin each entry with a line [[words]]."),
        ("[[word]]\n", "begin with a line [[words]]"),
        (b"#" * 200_001, "Is this the right file?"),
    ],
)
def test_a_file_that_is_no_list_is_told_apart(source, says):
    [said] = problems(source)
    assert says in said


@pytest.mark.parametrize("until", ["9999-12-31", "9999-12-31T23:59:59"])
def test_a_far_day_is_no_fault(until):
    assert len(found(entry(until=until, from_="0001-01-01"), "Sample report", "2027-01-01T00:00")) == 1
