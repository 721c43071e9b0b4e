"""Phrase lists: the format, the built-in lists, an agency's own."""

import pytest

from workflow.checks.finding import band, key_of
from workflow.checks.phrases import PhraseFault, built_in_phrases, compiled_pattern, read_phrases
from workflow.checks.register import AGENCY_PHRASES, check_text
from workflow.checks.view import View
from workflow.guide.clauses import CHECKED


def hits(pattern, text):
    view = View(text)
    return [match[0] for match in compiled_pattern(pattern).found(view)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("covering up", "They are COVERING  up", ["COVERING up"]),
        ("covering up", "recovering upstairs", []),
        ("don't", "Dont, don’t and don't", ["Dont", "don't", "don't"]),
        ("cover*", "covers coverage uncovered", ["covers", "coverage"]),
        ("fed_up|tired of", "fed up of it, tired of it", ["fed up of", "tired of"]),
        ("keep it? quiet", "keep quiet or keep it quiet", ["keep quiet", "keep it quiet"]),
        ("keep .. quiet", "keep all of this very quiet", ["keep all of this very quiet"]),
        ("keep .. quiet", "keep one two three four five six seven quiet", []),
        ("keep .. quiet", "keep it. Be quiet", []),
        ("dear <name>", "dear Sam, dear friend", ["dear Sam"]),
        ("ask <person>", "ask Mrs Sample, ask Sam Example, ask somebody", ["ask Mrs Sample", "ask Sam Example"]),
        ("paid <number>", "paid £1,200 and paid well", ["paid £1,200"]),
        ("the <word> plan", "the secret plan", ["the secret plan"]),
        ("café", "the cafe\u0301", []),
        ("cafe", "the cafe\u0301", ["cafe"]),
    ],
)
def test_the_format_means_what_it_says(pattern, text, found):
    assert hits(pattern, text) == found


@pytest.mark.parametrize(
    "pattern",
    ["", "  ", ".. word", "word ..", "maybe? word", "word maybe?", "a .. b .. c .. d", "<what> now", "a|"]
    + [" ".join(["word"] * 25)],
)
def test_a_faulty_pattern_is_refused_with_a_sentence(pattern):
    with pytest.raises(PhraseFault, match="pattern"):
        compiled_pattern(pattern)


@pytest.mark.parametrize(
    "toml",
    [
        "x = ",
        b"\xff",
        "phrases = 1",
        "other = 1",
        "[[phrases]]\nclause = 'respect'",
        "[[phrases]]\nclause = 'respect'\nmatch = []",
        "[[phrases]]\nclause = 'respect'\nmatch = 'words'",
        "[[phrases]]\nclause = 1\nmatch = ['words']",
        "[[phrases]]\nclause = 'respect'\nmatch = ['words']\nscore = 2",
        "[[phrases]]\nclause = 'respect'\nmatch = ['words']\nscore = true",
        "[[phrases]]\nclause = 'respect'\nmatch = ['words']\ncolour = 'red'",
    ],
)
def test_a_faulty_list_is_refused(toml):
    with pytest.raises(PhraseFault):
        read_phrases(toml)


def test_the_built_in_lists_name_clauses_of_the_guide():
    assert {entry.clause for entry in built_in_phrases()} <= set(CHECKED)


def test_an_agencys_own_words_are_advice_and_named_so():
    own = read_phrases(
        "[[phrases]]\nclause = 'confidentiality'\nbecause = 'are under embargo'\n"
        "match = ['project teapot']\nunless = ['launched']"
    )
    [finding] = check_text("Project Teapot begins on Monday.", phrases=own)
    assert (finding.clause, finding.level, finding.source) == ("confidentiality", "advise", AGENCY_PHRASES)
    assert finding.why == "The words “Project Teapot” are under embargo."
    assert check_text("Project Teapot was launched on Monday.", phrases=own) == []
    assert len(check_text("It launched. Project Teapot is next.", phrases=own)) == 1, "another sentence excuses nothing"


@pytest.mark.parametrize(
    "text",
    [
        "I want to blow the whistle.",
        "I am blowing the whistle about the night shift at Sample House.",
        "Somebody has to blow the whistle here.",
        "I am a whistleblower.",
        "I'm a whistle-blower and this is my last post.",
        "We are the whistleblowers of Sample Ward.",
        "Two of our inspectors are taking bribes.",
        "My manager took a bribe from the contractor.",
        "The planners have been accepting bribes and backhanders for years.",
        "Our buyer gets kickbacks from the supplier.",
    ],
)
def test_the_central_words_of_whistleblowing_are_found(text):
    assert {finding.clause for finding in check_text(text)} >= {"whistleblowing"}


@pytest.mark.parametrize(
    "text",
    [
        "Our whistleblowing policy explains how we protect whistleblowers.",
        "Sample Person is our new Whistleblowing Officer.",
        "I'm a whistleblowing champion: ask me how speaking up works.",
        "Want to blow the whistle? Our Whistleblowing Officer listens, in confidence.",
        "If I blow the whistle, am I protected? Our whistleblowing policy says how.",
        "As a whistleblower you are protected by law.",
        "I blew the whistle for kick-off at the Sample Park match.",
        "Blow the whistle on fly-tippers: report them to us.",
        "A former Sample Council officer was jailed for taking bribes.",
        "We never accept bribes: all staff follow our anti-bribery policy.",
        "Has somebody offered a bribe to one of our inspectors? Report it.",
        "Anti-bribery training is open to all suppliers.",
    ],
)
def test_words_about_whistleblowing_and_bribery_are_no_whistleblowing(text):
    assert "whistleblowing" not in {finding.clause for finding in check_text(text)}


def test_keys_stay_with_the_words_wherever_they_stand():
    number = "07700 900123"
    keys = {
        check_text(text)[0].key
        for text in (f"Ring {number}.", f"Long before it moved, people rang {number} at night", f"{number}\n\n\nRing!")
    }
    assert len(keys) == 1
    assert check_text("Ring 07700 900124.")[0].key not in keys


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sample  Helper", "sample helper!", True),
        ("“Sample” Helper", "Sample Helper", True),
        ("ｓａｍｐｌｅ helper", "sample helper", True),
        ("sample helper", "sample helpers", False),
        ("🫖", "🎉", False),
    ],
)
def test_keys_go_by_words(one, other, same):
    assert (key_of("respect", one) == key_of("respect", other)) == same
    assert key_of("respect", one) != key_of("defamation", one)


def test_bands():
    assert (band(0.7), band(0.69)) == ("likely", "please check")
