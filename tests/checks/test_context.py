"""What stands around a passage: it lowers a finding and says why, and never raises or removes one."""

import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.commands.conftest import TEABREAK, clean_environment
from workflow.checks.context import AT_MOST, in_context
from workflow.checks.finding import Finding, band
from workflow.checks.register import check_text
from workflow.checks.view import View

#: Clause, passage, text: with the context, and without it.
LOWERED = [
    ("defamation", "cowboy", "That cowboy roofer was fined £4,000 by magistrates.", "outcome"),
    ("defamation", "a thief", "She is a thief. Sample Crown Court jailed her for two years on Friday.", "outcome"),
    ("defamation", "fraud", "Sam Example admitted two counts at Sample Crown Court. It was fraud.", "outcome"),
    ("defamation", "filthy", "Ofsted inspectors found the kitchen filthy.", "outcome"),
    ("defamation", "lied", "The inquest concluded that the firm lied.", "outcome"),
    ("defamation", "fell", "According to the ONS, wages fell.", "outcome"),
    ("personal-opinion", "I think", 'Cllr Sam Example said: "I think this is right for our town."', "quotation"),
    ("personal-opinion", "I think", '"I think this is right for our town," said Cllr Sam Example.', "quotation"),
    ("personal-opinion", "I think", "Leader Sam Example: “I think this is right for our town.”", "quotation"),
    ("personal-opinion", "I'd say", "The mayor told us: 'I'd say this is right for our town.'", "quotation"),
    ("personal-information", "Sam, 9", "Sam, 9, wrote this. Shared with his parents' permission.", "consent"),
    ("personal-information", "Sam, 9", "Sam, 9, has agreed to share his story.", "consent"),
    ("copyright", "The poem", "The poem is by Sam Example, used with permission.", "licence"),
    ("copyright", "The photo", "The photo is CC BY 4.0.", "licence"),
    ("copyright", "The photo", "The photo from Sunday (photo: own).", "licence"),
    ("confidentiality", "4,000", "It is 4,000 now, in the figures published today: https://agency.example/x", "public"),
    ("confidentiality", "4,000", "It is 4,000. The report was published on our website this morning.", "public"),
]
AS_IT_WAS = [
    ("defamation", "a thief", "She is a thief and should be jailed for years."),
    ("defamation", "a thief", "She is a thief. One day she will be fined by the court."),
    ("defamation", "a thief", "She is a thief. Nothing more. Buses are free. Someone else was fined £40 by the court."),
    ("defamation", "a thief", "She is a thief, though never convicted of anything."),
    ("personal-opinion", "I think", 'We say: "I think this is right for our town."'),
    ("personal-opinion", "I think", 'I think so. Cllr Sam Example said: "This is right for our town."'),
    ("personal-opinion", "I think", "I think this is right for our town, said Cllr Sam Example."),
    ("personal-opinion", "I think", 'One parent said: "I think this is right for our town."'),
    ("personal-information", "Sam, 9", "Sam, 9, wrote this. Shared without his parents' permission."),
    ("personal-information", "Sam, 9", "Sam, 9, wrote this. We haven't got permission yet."),
    ("personal-information", "Sam, 9", "Sam, 9, wrote this. We will ask for consent to share it."),
    ("copyright", "The poem", "The poem is by Sam Example. No permission needed, surely?"),
    ("copyright", "The photo", "The photo is by Sam Example, credit to him."),
    ("confidentiality", "4,000", "It is 4,000, not published until tomorrow: https://agency.example/x"),
    ("confidentiality", "4,000", "It is 4,000 now: https://agency.example/x"),
    ("respect", "idiot", 'Cllr Sam Example said: "What an idiot." He was fined £40 by the court.'),
]


def finding(text, clause, passage, score=0.9, source="model"):
    start = text.index(passage)
    return Finding(clause, start, start + len(passage), "answer", score, source, "Why.", "Fix.")


@pytest.mark.parametrize(("clause", "passage", "text", "said"), LOWERED)
def test_it_is_lowered_to_please_check_and_says_what_was_seen(clause, passage, text, said):
    given = finding(text, clause, passage)
    [seen] = in_context(View(text), [given])
    assert (seen.score, band(seen.score)) == (AT_MOST, "please check")
    assert seen.why.startswith("Why. ")
    assert said in seen.why
    assert (seen.start, seen.end, seen.clause, seen.fix) == (given.start, given.end, clause, "Fix.")


@pytest.mark.parametrize(("clause", "passage", "text"), AS_IT_WAS)
def test_it_stays_as_it_was(clause, passage, text):
    given = finding(text, clause, passage)
    assert in_context(View(text), [given]) == [given]


def test_a_low_score_is_never_raised():
    text = "The photo is CC BY 4.0."
    [seen] = in_context(View(text), [finding(text, "copyright", "The photo", score=0.2)])
    assert seen.score == 0.2


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from([*(row[2] for row in LOWERED), *(row[2] for row in AS_IT_WAS), '"', "'", "\n\n"])),
    st.sampled_from(["defamation", "personal-opinion", "personal-information", "copyright", "confidentiality"]),
    st.floats(0.01, 1),
    st.data(),
)
def test_whatever_stands_around_every_finding_is_kept_and_none_is_raised(parts, clause, score, data):
    text = " ".join(["Sam", *parts])
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    given = Finding(clause, start, end, "answer", score, "identifiers", "Why.", "Fix.")
    [seen] = in_context(View(text), [given])
    assert 0 < seen.score <= score
    assert (seen.start, seen.end) == (start, end)


def test_a_number_beside_a_stated_consent_is_still_found_and_asks_for_the_record_of_it():
    text = "Ring Sam Example on 07700 900123, shared with his permission."
    [seen] = [each for each in check_text(text) if "07700" in text[each.start : each.end]]
    assert band(seen.score) == "please check"
    assert "put it on record" in seen.why


def test_an_opinion_in_a_quotation_of_a_named_source_is_lowered():
    plain, quoted = "It is an absolute shambles.", 'Cllr Sam Example said: "It is an absolute shambles."'
    [before] = [each for each in check_text(plain) if each.clause == "personal-opinion"]
    [after] = [each for each in check_text(quoted) if each.clause == "personal-opinion"]
    assert after.score < before.score
    assert "names its source" in after.why


def test_the_command_says_what_was_seen():
    text = 'Cllr Sam Example said: "It is an absolute shambles."'
    done = subprocess.run(
        [TEABREAK, "check", "--format", "jsonl"],
        input=json.dumps({"id": "a", "text": text}),
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=True,
    )
    found = [each for each in json.loads(done.stdout)["findings"] if each["clause"] == "personal-opinion"]
    assert [each["score"] for each in found] == [AT_MOST]
    assert "names its source" in found[0]["why"]


def test_invisible_and_fancy_letters_hide_no_context():
    text = "Th\u200be photo is 𝗖𝗖 𝗕𝗬 4.0."
    [seen] = in_context(View(text), [finding(text, "copyright", "Th\u200be photo")])
    assert seen.score == AT_MOST
