"""All house checks together: the table, their findings, switching off, repeats, and texts made to be slow."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from workflow.checks.house import table
from workflow.checks.house.agency_words import read_words
from workflow.checks.house.draft import Context, Recent
from workflow.checks.house.reader import check_house
from workflow.checks.house.table import HOUSE_CHECKS, named
from workflow.checks.register import LONGEST_TEXT, check_text
from workflow.guide.loader import built_in, dump, load
from workflow.settings import HouseCheckId

LIST = """
[[words]]
kind = "words"
match = ["tombola"]
why = "We call it a raffle."

[[words]]
kind = "embargo"
match = ["sample report"]
until = 2027-03-16T09:30:00
why = "It is published then."
clause = "confidentiality"

[[words]]
kind = "mourning"
from = 2027-03-15
until = 2027-03-15
why = "Sample day of mourning"
"""
REPEATED = "The library van stops at Sample Green on Thursday from ten to noon."
EXAMPLES = {
    "hashtags": "See you there #savethelibrary",
    "emoji": "Open today 🎉🎉🎉",
    "fancy-letters": "𝐒𝐚𝐦𝐩𝐥𝐞",
    "long-sentences": " ".join(["we will mend the road and then"] * 6),
    "reading-age": "Organisational responsibilities necessitate comprehensive infrastructural consultation. " * 10,
    "http": "See http://www.agency.example",
    "tracking": "See https://www.agency.example/?utm_source=a",
    "short-links": "See https://bit.ly/sample",
    "link-words": "Click here: https://www.agency.example",
    "shouting": "SAMPLE ROAD WILL CLOSE TODAY",
    "repeats": REPEATED,
    "agency-words": "Win at our tombola",
    "embargo": "Read the sample report",
    "mourning": "Come along!",
}


@pytest.fixture(scope="module")
def context():
    return Context(datetime(2027, 3, 15, 12, tzinfo=UTC), UTC, read_words(LIST.encode()), [Recent(REPEATED)])


def sources(text, **more):
    return {one.source for one in check_house(text, **more)}


@pytest.mark.parametrize("check", HOUSE_CHECKS, ids=lambda check: check.id)
def test_each_check_finds_its_example_and_can_be_switched_off(check, context):
    text = EXAMPLES[check.id]
    assert f"house:{check.id}" in sources(text, context=context)
    assert f"house:{check.id}" not in sources(text, context=context, off=[check.id])
    others = [each.id for each in HOUSE_CHECKS if each.id != check.id]
    assert sources(text, context=context, off=others) == {f"house:{check.id}"}


def test_the_setting_knows_the_same_checks_as_the_table():
    assert list(get_args(HouseCheckId)) == [check.id for check in HOUSE_CHECKS]
    assert len({check.name for check in HOUSE_CHECKS}) == len(HOUSE_CHECKS)
    assert named("house:emoji").name == "Many emoji"
    assert named("emoji") is None


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_every_finding_is_advice_in_plain_words_at_its_place(text, context):
    for one in check_house(text, context=context):
        assert one.level == "advise"
        assert one.clause == ("confidentiality" if one.source == "house:embargo" else "judgement")
        assert one.score < 0.7, "a matter of taste is not likely a breach"
        assert 0 <= one.start < one.end <= len(text)
        assert one.why.endswith((".", "!", "?"))
        assert one.fix.endswith((".", "”."))
        assert one.part == "text"


def test_no_check_of_the_guide_gives_house_findings(context):
    for text in EXAMPLES.values():
        assert not any(one.source.startswith("house:") for one in check_text(text, off=["model"]))


def test_two_checks_of_the_same_words_are_two_findings():
    both = [one for one in check_house("http://bit.ly/sample")]
    assert {one.source for one in both} == {"house:http", "house:short-links", "house:link-words"}
    assert len({one.key for one in both}) == 3


def test_the_key_is_that_of_the_words_wherever_they_stand():
    [one] = check_house("See http://www.agency.example now")
    [other] = check_house("Or look at http://www.agency.example.")
    assert one.key == other.key


def test_offsets_count_code_points():
    text = "👩‍👩‍👧‍👦 é http://www.agency.example 🌞"
    [one] = check_house(text)
    assert text[one.start : one.end] == "http://www.agency.example"


def test_descriptions_of_pictures_are_read_for_letters_and_agency_words_alone(context):
    text = "𝐒𝐚𝐦𝐩𝐥𝐞 tombola #savethelibrary http://www.agency.example !!!"
    assert sources(text, context=context, description=True) == {"house:fancy-letters", "house:agency-words"}


def test_a_check_that_fails_is_told_to_a_person_and_stops_no_other(monkeypatch):
    def fail(draft):
        raise LookupError("sample fault")

    broken = [
        table.HouseCheck(one.id, one.name, one.looks_for, fail) if one.id == "emoji" else one for one in HOUSE_CHECKS
    ]
    monkeypatch.setattr("workflow.checks.house.reader.HOUSE_CHECKS", broken)
    fault, link = check_house("See http://www.agency.example")
    assert (fault.clause, fault.level) == ("not-checked", "block")
    assert "“Many emoji” failed (LookupError)" in fault.why
    assert link.source == "house:http"


def test_a_clause_that_no_guide_has_becomes_the_one_on_judgement():
    words = read_words(LIST.replace("confidentiality", "house-style").encode())
    now = datetime(2027, 3, 1, tzinfo=UTC)
    [one] = check_house("Read the sample report", context=Context(now, UTC, words))
    assert one.clause == "judgement"


def test_a_clause_of_the_agencys_own_guide_is_cited_and_stays_advice():
    fields = dict.fromkeys(("label", "name", "text", "looks_for", "advice", "question", "example_breaks"), "Sample")
    own = {"id": "house-style", "level": "answer", "example_fine": "Fine"} | fields
    clause = "[[clause]]\n" + "".join(f'{field} = "{value}"\n' for field, value in own.items())
    guide = load(dump(built_in()) + clause)
    words = read_words(LIST.replace("confidentiality", "house-style").encode())
    context = Context(datetime(2027, 3, 1, tzinfo=UTC), UTC, words)
    [one] = check_house("Read the sample report", guide, context=context)
    assert (one.clause, one.level) == ("house-style", "advise")


@pytest.mark.parametrize(
    ("other", "is_like"),
    [
        (REPEATED, True),
        (f"Good morning! {REPEATED.upper()} See you there.", True),
        (REPEATED.replace("Thursday", "Friday"), True),
        ("The library van needs a new driver: apply by Thursday. It is a fine job on Sample Green.", False),
        ("The library van stops.", False),
        (
            f"{REPEATED} " + "We also tell of many other things, such as the fair, the bins and the new bridge. " * 3,
            False,
        ),
    ],
)
def test_a_text_is_like_a_recent_one_where_most_of_their_words_are_the_same(other, is_like):
    found = check_house(REPEATED, context=Context(recent=[Recent("Bins are late today."), Recent(other)]))
    assert [one.source for one in found] == ["house:repeats"] * is_like


def test_a_repeat_is_marked_where_the_same_words_stand_and_names_the_post_only_where_told_so():
    text = f"🌞 Good morning! {REPEATED} Bye!"
    [one] = check_house(text, context=Context(recent=[Recent(REPEATED)]))
    assert text[one.start : one.end] == REPEATED[:-1]
    assert "nearly the same as a recent post on this channel" in one.why
    [one] = check_house(REPEATED, context=Context(recent=[Recent(REPEATED, "TB-1042")]))
    assert "the same as TB-1042" in one.why


def test_short_texts_are_alike_by_chance():
    assert check_house("We are closed today.", context=Context(recent=[Recent("We are closed today.")])) == []


HOSTILE = {
    "letters": "a" * LONGEST_TEXT,
    "capitals": "A'" * 50_000,
    "shouted words": "ABCDE " * 16_666,
    "hashtags": ("#" + "thebinday" * 8 + " ") * 1_350,
    "half flags": "🇬" * LONGEST_TEXT,
    "joined emoji": "👩‍" * 50_000,
    "marks on a letter": "e" + "\u0301" * 99_999,
    "addresses": "http://" * 14_000,
    "queries": "http://a?" + "utm_x=1&" * 12_000,
    "fancy letters": "𝐇 " * 50_000,
    "stops": ".," * 50_000,
    "exclamations": "! " * 50_000,
    "line ends": "\n" * LONGEST_TEXT,
    "gaps of a pattern": "tram " * 20_000,
    "lone surrogates": "\ud800" * LONGEST_TEXT,
    "right to left": "\u202e\u0627" * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_long_and_hostile_texts_are_read_to_the_end(text):
    words = read_words(b'[[words]]\nkind = "words"\nmatch = ["tram .. line"]\nwhy = "Sample."\n')
    context = Context(datetime(2027, 3, 1, tzinfo=UTC), UTC, words, [Recent(f"Sample words {n}") for n in range(300)])
    for one in check_house(text, context=context):
        assert one.clause == "judgement"
        assert 0 <= one.start < one.end <= len(text)


def test_a_text_that_is_too_long_is_said_once_and_not_here():
    assert check_house("http://www.agency.example " + "a" * LONGEST_TEXT) == []


@pytest.mark.parametrize("text", ["", " ", "\n", "\x00", "#", "http://", "!!", "🇬"])
def test_next_to_nothing_is_no_fault(text):
    assert check_house(text) == []
