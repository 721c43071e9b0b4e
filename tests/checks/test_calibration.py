"""Scores as they count here: nothing before enough answers, the order always kept, and safe whatever was answered."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.checks.calibration import ENOUGH, GUESSING, Calibration, as_learned, calibrate
from workflow.checks.finding import Finding, band

scores = st.floats(0, 1)
answers = st.lists(st.tuples(scores, st.booleans()), max_size=120)
LADDER = [step / 50 for step in range(51)]


def finding(score=0.8, source="phrases", clause="respect", level="answer"):
    return Finding(clause, 0, 3, level, score, source, "why", "fix")


def loss(pairs, slope, shift):
    """What the fit should make least, written down a second time."""
    total = ((slope - 1) ** 2 + shift**2) / 2
    for score, kept in pairs:
        inside = min(max(score, 0.001), 0.999)
        chance = 1 / (1 + math.exp(-(slope * math.log(inside / (1 - inside)) + shift)))
        total -= math.log(chance if kept else 1 - chance)
    return total


@given(st.lists(st.tuples(scores, st.booleans()), max_size=ENOUGH - 1), scores)
def test_fewer_answers_than_enough_change_nothing(pairs, score):
    learned = calibrate(pairs)
    assert not learned.has_begun
    assert learned.answers == len(pairs)
    assert learned.score(score) == score


@given(answers)
def test_the_order_of_scores_stays_and_they_stay_scores(pairs):
    learned = calibrate(pairs)
    counted = [learned.score(score) for score in LADDER]
    assert all(low <= high for low, high in pairwise(counted))
    assert all(0 <= score <= 1 for score in counted)


@given(st.lists(st.tuples(st.floats(0.05, 0.95), st.booleans()), min_size=ENOUGH, max_size=80))
def test_no_other_slope_and_shift_nearby_fit_better(pairs):
    learned = calibrate(pairs)
    best = loss(pairs, learned.slope, learned.shift)
    for slope, shift in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01), (0.5, 0.5), (0.5, -0.5)):
        if learned.slope + slope >= 0.1:
            assert loss(pairs, learned.slope + slope, learned.shift + shift) >= best - 1e-7


def test_all_dismissed_or_all_kept_at_one_score_is_safe():
    dismissed = calibrate([(0.8, False)] * ENOUGH)
    kept = calibrate([(0.6, True)] * ENOUGH)
    assert 0.02 < dismissed.score(0.8) < 0.2
    assert 0.8 < kept.score(0.6) < 0.98
    assert band(kept.score(0.6)) == "likely"
    assert band(dismissed.score(0.8)) == "please check"


@pytest.mark.parametrize("score", [0.0, 1.0])
@pytest.mark.parametrize("kept", [True, False])
def test_scores_at_the_ends_are_safe(score, kept):
    learned = calibrate([(score, kept)] * 500)
    assert 0 <= learned.score(0) <= learned.score(0.5) <= learned.score(1) <= 1


def test_answers_that_turn_scores_upside_down_do_not_turn_the_order():
    learned = calibrate([(0.9, False)] * 40 + [(0.3, True)] * 40)
    assert learned.score(0.9) > learned.score(0.3)
    assert learned.score(0.9) == pytest.approx(0.5, abs=0.1)


def test_scores_that_are_right_already_stay_near():
    pairs = [(tenth / 10, number < tenth) for tenth in range(1, 10) for number in range(10)] * 5
    learned = calibrate(pairs)
    for score in (0.2, 0.5, 0.8):
        assert learned.score(score) == pytest.approx(score, abs=0.05)


def test_one_answer_more_than_too_few_begins():
    assert not calibrate([(0.8, False)] * (ENOUGH - 1)).has_begun
    assert calibrate([(0.8, False)] * ENOUGH).has_begun


def test_no_finding_is_lost_and_none_changes_but_in_its_score():
    learned = {"respect": calibrate([(0.8, False)] * ENOUGH)}
    found = [finding(source=source, level=level) for source in GUESSING for level in ("advise", "answer", "block")]
    counted = as_learned(found, learned)
    assert [(one.clause, one.level, one.source, one.why, one.fix) for one in counted] == [
        (one.clause, one.level, one.source, one.why, one.fix) for one in found
    ]
    assert all(one.score < 0.2 for one in counted)


@pytest.mark.parametrize("source", ["identifiers", "house", "register", "picture-people", "some plug-in"])
def test_what_is_no_guess_keeps_its_score(source):
    learned = {"respect": Calibration(100, 1.0, -3.0)}
    assert as_learned([finding(source=source)], learned) == [finding(source=source)]


def test_a_clause_without_answers_keeps_its_scores():
    assert as_learned([finding(clause="copyright")], {"respect": Calibration(100, 1.0, -3.0)})[0].score == 0.8
