"""A finding that was there before keeps its identity; one whose words changed does not."""

import pytest

from workflow.checks.finding import NOT_CHECKED, Finding, key_of
from workflow.checks.identity import Earlier, settle

BEFORE = "Our van is late. He is the worst minister ever, honestly. Sorry about that."


def finding(text, passage, clause="personal-opinion"):
    start = text.index(passage)
    end = start + len(passage)
    return Finding(clause, start, end, "answer", 0.8, "model", "why", "fix", key=key_of(clause, passage))


def earlier(passage, clause="personal-opinion"):
    made = finding(BEFORE, passage, clause)
    return Earlier(made.key, clause, BEFORE, made.start, made.end)


def key(text, passage, olds, **more):
    return settle([finding(text, passage, **more)], text, olds)[0].key


@pytest.mark.parametrize(
    ("now", "passage"),
    [
        pytest.param(BEFORE, "the worst minister ever", id="closer"),
        pytest.param(BEFORE, "He is the worst minister ever, honestly", id="wider"),
        pytest.param("HE IS THE WORST MINISTER EVER honestly! And on we go.", "THE WORST MINISTER EVER", id="moved"),
    ],
)
def test_the_same_words_with_other_edges_are_the_same_finding(now, passage):
    old = earlier("is the worst minister ever")
    assert key(now, passage, [old]) == old.key


@pytest.mark.parametrize(
    ("now", "passage"),
    [
        pytest.param("He is the worst mayor ever, honestly.", "is the worst mayor ever", id="another word"),
        pytest.param("He is the worst minister ever, and a liar.", "the worst minister ever, and a liar", id="more"),
        pytest.param(BEFORE, "Our van is late", id="other words"),
        pytest.param(BEFORE, "ever, honestly. Sorry about that", id="mostly words that nobody marked"),
    ],
)
def test_other_words_are_another_finding(now, passage):
    assert key(now, passage, [earlier("is the worst minister ever")]) == key_of("personal-opinion", passage)


def test_the_same_words_under_another_clause_are_another_finding():
    old = earlier("is the worst minister ever", clause="respect")
    passage = "the worst minister ever"
    assert key(BEFORE, passage, [old]) == key_of("personal-opinion", passage)


def test_two_passages_never_share_the_identity_of_one():
    text = "the worst minister ever and the worst minister ever"
    old = Earlier("old", "respect", text, 0, len(text))
    first = Finding("respect", 0, 27, "answer", 0.8, "model", "", "", key="one")
    second = Finding("respect", 24, len(text), "answer", 0.8, "model", "", "", key="two")
    assert [f.key for f in settle([first, second], text, [old])] == ["old", "two"]


def test_parts_of_one_post_share_what_is_taken():
    old = earlier("is the worst minister ever")
    passage = "the worst minister ever"
    taken = {key_of("personal-opinion", passage)}
    in_text = settle([finding(BEFORE, passage)], BEFORE, [old], taken)[0].key
    in_description = settle([finding(BEFORE, passage)], BEFORE, [old], taken)[0].key
    assert (in_text, in_description) == (old.key, key_of("personal-opinion", passage))


def test_a_finding_that_has_its_key_already_keeps_it():
    old = earlier("is the worst minister ever")
    wider = Earlier("wider", "personal-opinion", BEFORE, 0, len(BEFORE))
    assert key(BEFORE, "is the worst minister ever", [wider, old]) == old.key


def test_what_could_not_be_checked_is_never_an_earlier_finding():
    made = Finding(NOT_CHECKED, 0, len(BEFORE), "block", 1.0, "model", "", "", key="now")
    assert settle([made], BEFORE, [Earlier("old", NOT_CHECKED, BEFORE, 0, len(BEFORE))])[0].key == "now"


def test_a_passage_of_signs_alone_keeps_its_own_key():
    made = Finding("respect", 0, 1, "answer", 0.8, "model", "", "", key="now")
    assert settle([made], "🙄 Thanks.", [Earlier("old", "respect", "🙄 Thanks.", 0, 1)])[0].key == "now"


def test_a_hundred_thousand_repeated_words_are_compared():
    text = "so " * 33_000
    made = Finding("respect", 0, 60_000, "answer", 0.8, "model", "", "", key="now")
    assert settle([made], text, [Earlier("old", "respect", text, 0, 66_000)])[0].key == "old"
