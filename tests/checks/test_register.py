"""All readers together: plug-ins that fail or hang, hostile texts, order and levels."""

import json
import subprocess
import threading
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands.conftest import TEABREAK, clean_environment
from workflow.checks import register
from workflow.checks.finding import NOT_CHECKED, Finding, key_of
from workflow.checks.in_time import MOST_LEFT_BEHIND
from workflow.checks.register import LONGEST_TEXT, check_text
from workflow.guide.loader import built_in, load

TEXT = "Ring Sample Helper on 07700 900123."


def finding(**values):
    given = {
        "clause": "respect",
        "start": 0,
        "end": 4,
        "level": "block",
        "score": 0.9,
        "source": "",
        "why": "W",
        "fix": "F",
    }
    return Finding(**given | values)


@pytest.fixture
def plug_in(monkeypatch):
    """Makes a callable a reader that was installed beside us, under the name "sample-reader"."""

    def install(reader):
        monkeypatch.setattr(register, "_plug_ins", lambda: (("sample-reader", lambda: reader),))

    return install


def not_checked(found):
    return [each for each in found if each.clause == NOT_CHECKED]


def test_a_plug_in_is_read_and_named_and_the_guide_sets_its_level(plug_in):
    plug_in(lambda text: [finding(end=len(text))])
    [own] = [each for each in check_text(TEXT) if each.clause == "respect"]
    assert (own.source, own.level, own.start, own.end) == ("sample-reader", "answer", 0, len(TEXT))
    assert [each.source for each in check_text(TEXT, off=["sample-reader"])] == ["identifiers"]


def _raises(text):
    raise ZeroDivisionError(text)


def _exits(text):
    raise SystemExit(text)


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (_raises, "failed (ZeroDivisionError)"),
        (_exits, "stopped"),
        (lambda text: None, "failed (TypeError)"),
        (lambda text: ["finding"], "no finding"),
        (lambda text: [finding(end=len(text) + 1)], "outside the text"),
        (lambda text: [finding(start=3, end=3)], "outside the text"),
        (lambda text: [finding(start=-1)], "outside the text"),
        (lambda text: [finding(score=2)], "between 0 and 1"),
        (lambda text: [finding(score=float("nan"))], "between 0 and 1"),
        (lambda text: [finding(end=4.0)], "no whole number"),
        (lambda text: [finding(clause=None)], "without its words"),
        (lambda text: [finding(why=None)], "without its words"),
    ],
)
def test_a_plug_in_that_fails_becomes_a_finding_and_stops_nobody(plug_in, reader, said):
    plug_in(reader)
    found = check_text(TEXT)
    [fault] = not_checked(found)
    assert (fault.level, fault.source, fault.start, fault.end) == ("block", "sample-reader", 0, len(TEXT))
    assert said in fault.why
    assert TEXT not in fault.why
    assert "personal-information" in {each.clause for each in found}


def test_a_plug_in_that_cannot_be_loaded_becomes_a_finding(monkeypatch):
    broken = EntryPoint("broken", "no_such_module:reader", register.PLUG_IN_GROUP)
    monkeypatch.setattr(register, "_plug_ins", lambda: (("broken", broken.load),))
    [fault] = not_checked(check_text(TEXT))
    assert "ModuleNotFoundError" in fault.why


def test_a_plug_in_that_hangs_is_left_behind(plug_in, monkeypatch):
    monkeypatch.setattr(register, "PLUG_IN_SECONDS", 0.05)
    let_go = threading.Event()
    plug_in(lambda text: let_go.wait(30) and [])
    try:
        [fault] = not_checked(check_text(TEXT))
        assert "did not answer within 0.05 seconds" in fault.why
    finally:
        let_go.set()


def test_a_plug_in_that_hangs_at_every_text_costs_a_few_threads_and_is_asked_again_once_it_has_ended(
    plug_in, monkeypatch
):
    monkeypatch.setattr(register, "PLUG_IN_SECONDS", 0.05)
    let_go, asked = threading.Event(), []

    def hangs(text):
        asked.append(text)
        let_go.wait(60)
        return []

    def threads():
        return [thread for thread in threading.enumerate() if thread.name == "check sample-reader"]

    plug_in(hangs)
    try:
        said = [not_checked(check_text(TEXT))[0].why for _ in range(MOST_LEFT_BEHIND + 5)]
        assert all("did not answer" in why for why in said[:MOST_LEFT_BEHIND])
        assert all("was not asked" in why for why in said[MOST_LEFT_BEHIND:])
        assert len(asked) == len(threads()) == MOST_LEFT_BEHIND
    finally:
        let_go.set()
    for thread in threads():
        thread.join(60)
    monkeypatch.setattr(register, "PLUG_IN_SECONDS", 60)
    assert not_checked(check_text(TEXT)) == []


def test_what_a_plug_in_says_of_a_findings_identity_and_place_does_not_count(plug_in):
    plug_in(lambda text: [finding(key="k" * 500, part="picture 1", boxes=((0, 0, 1, 1),), why="W\0")])
    [own] = [each for each in check_text(TEXT) if each.clause == "respect"]
    assert (own.key, own.part, own.boxes, own.why) == (key_of("respect", TEXT[:4]), "text", (), "W")


def test_the_key_of_not_checked_goes_with_the_whole_text(plug_in):
    plug_in(_raises)
    keys = {not_checked(check_text(text))[0].key for text in (TEXT, f"{TEXT} More.")}
    assert len(keys) == 2


def test_an_installed_plug_in_is_found_by_its_entry_point(tmp_path):
    """As a user would: a package beside ours, with the entry point of the contract."""
    package = tmp_path / "site"
    facts = package / "sample_reader-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-reader\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[teabreak.checks]\nsample = sample_reader:read\n")
    (package / "sample_reader.py").write_text("def read(text):\n    raise OSError('away')\n")
    done = subprocess.run(
        [TEABREAK, "check", "--format", "jsonl"],
        input=json.dumps({"id": "a", "text": "Fair words."}),
        capture_output=True,
        text=True,
        env=clean_environment(PYTHONPATH=str(package)),
        check=True,
    )
    [fault] = json.loads(done.stdout)["findings"]
    assert (fault["clause"], fault["source"]) == ("not-checked", "sample")


HOSTILE = [
    "0" * LONGEST_TEXT,
    "07700 " * 16_000,
    "+44 (0)" * 14_000,
    "a@" * 50_000,
    "a.b-c_" * 16_000 + "@",
    ("a" * 63 + "@" + "b." * 30) * 700,
    "1 Aaaa " * 14_000,
    "12 " + "Sample " * 14_000 + "Road",
    "Sam Example, aged " * 5_500,
    "Mr " * 33_000,
    "AB12" * 25_000,
    "born on the " * 8_000,
    "keep all of this " * 5_800,
    "don't " * 16_000,
    "'" * LONGEST_TEXT,
    "-_" * 50_000,
    " " * LONGEST_TEXT,
    "\n" * LONGEST_TEXT,
    "." * LONGEST_TEXT,
    "a" * LONGEST_TEXT,
    "A" * LONGEST_TEXT,
    "\u0301" * LONGEST_TEXT,
    "\u200b" * LONGEST_TEXT,
    "\ufdfa" * (LONGEST_TEXT // 20),  # one letter that reads as eighteen
    "\ud800" * LONGEST_TEXT,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_keeps_the_check_busy(text):
    """In a process of its own with a limit: a pattern that backtracks takes hours, not seconds."""
    row = json.dumps({"id": "a", "text": text})
    done = subprocess.run(
        [TEABREAK, "check", "--format", "jsonl"],
        input=row,
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=120,
        check=True,
    )
    for each in json.loads(done.stdout)["findings"]:
        assert each["clause"] != NOT_CHECKED, each["why"]
        assert 0 <= each["start"] < each["end"] <= len(text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(st.one_of(st.characters(), st.sampled_from("0123456789 @.+-()AaBbMr\n")), max_size=200))
def test_whatever_the_text_findings_are_in_order_inside_it_and_say_what_to_do(text):
    found = check_text(text)
    assert [(each.start, each.end) for each in found] == sorted((each.start, each.end) for each in found)
    for each in found:
        assert 0 <= each.start < each.end <= len(text)
        assert 0 < each.score <= 1
        assert each.why
        assert each.fix
        assert each.key
    clauses = {}
    for each in found:
        assert each.start >= clauses.get(each.clause, 0), "passages of one clause do not overlap"
        clauses[each.clause] = each.end


def test_one_text_too_long_is_not_read_at_all_and_blocks():
    [only] = check_text("07700 900123 " + "a" * LONGEST_TEXT)
    assert (only.clause, only.level) == (NOT_CHECKED, "block")
    assert check_text("07700 900123".ljust(LONGEST_TEXT))[0].clause == "personal-information"


def test_the_guide_in_use_sets_the_level_and_the_advice():
    from workflow.guide.loader import dump

    softer = dump(built_in()).replace('level = "answer"', 'level = "advise"')
    assert check_text(TEXT, load(softer))[0].level == "advise"


def test_a_guide_without_a_checked_clause_does_not_switch_it_off():
    from workflow.guide.clauses import Guide

    shorter = Guide("Short", tuple(c for c in built_in().clauses if c.id != "personal-information"))
    [only] = check_text(TEXT, shorter)
    assert (only.clause, only.level) == ("personal-information", built_in().level_of("personal-information"))


def test_readers_can_be_switched_off_by_name():
    assert check_text(TEXT, off=["identifiers"]) == []


def test_every_example_that_breaks_the_guide_is_a_text_and_every_fine_one_passes():
    """The examples of the guide are what people learn from: the fine ones must not be marked."""
    for clause in built_in().clauses:
        assert [each.clause for each in check_text(clause.example_fine)] == [], clause.id
