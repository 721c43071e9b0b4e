"""What is measured, on a few rows that can be counted by hand."""

import numpy as np
import pytest

from training.folds import FOLDS, TOGETHER, folds, platt
from training.measure import Read, found, score, thresholds_for
from training.rows import Row
from workflow.guide.clauses import CHECKED

CLEAN = Row("1", "Bins on Monday.", (), False)
RUDE = Row("2", "Thanks for nothing, Ken.", (("respect", 0, 18),), False)
TWO = Row("3", "I think Ken is a crook.", (("personal-opinion", 0, 7), ("defamation", 8, 22)), True)
RESPECT = CHECKED.index("respect")


def test_counts_by_post_and_by_passage():
    answers = [[("copyright", 0, 4)], [("respect", 10, 24), ("respect", 20, 23)], [("defamation", 20, 23)]]
    result = score([CLEAN, RUDE, TWO], answers)
    assert result["false_alarm"] == 1
    assert result["caught_any"] == 1
    assert result["clauses"]["respect"]["f1"] == 1
    assert result["clauses"]["personal-opinion"]["f1"] == 0
    assert result["macro_f1"] == pytest.approx(2 / 3)
    # Marked: 4, of which two meet a label ("respect" once, "defamation"). Labels: 3, of which two are met.
    assert result["span_f1"] == pytest.approx(2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3))


def test_a_passage_is_marked_where_the_tokens_of_a_told_clause_are_sure():
    row = np.zeros(len(CHECKED))
    row[RESPECT] = 0.6
    tokens = np.zeros((6, len(CHECKED)))
    tokens[1:4, RESPECT] = 0.8
    places = [(0, 0), (0, 6), (7, 10), (11, 18), (20, 23), (0, 0)]
    read = [Read(places, row, tokens)]
    at = {clause: 0.5 for clause in CHECKED}
    assert found(RUDE, read, at) == [("respect", 0, 18)]
    assert found(RUDE, read, {**at, "respect": 0.7}) == []


def test_thresholds_keep_the_budget_for_false_alarms():
    chance = np.random.default_rng(1)
    wanted = chance.random((4000, len(CHECKED))) < 0.05
    most = np.clip(chance.normal(0.3 + 0.35 * wanted, 0.15), 0, 1)
    clean = ~wanted.any(1)

    def alarms(budget):
        at = thresholds_for(most, wanted, budget)
        return (most[clean] >= np.array([at[c] for c in CHECKED])).any(1).mean()

    assert alarms(0.05) <= 0.05
    assert 0.02 < alarms(0.05) < alarms(1)


def test_every_row_is_in_one_fold_and_neighbours_are_together():
    rows = [Row(str(n), "", (), False) for n in range(95)]
    parts = folds(rows)
    assert sorted(number for part in parts for number in part) == list(range(95))
    assert len(parts) == FOLDS
    where = {number: k for k, part in enumerate(parts) for number in part}
    assert all(where[n] == where[n - n % TOGETHER] for n in range(95))


def test_calibration_finds_back_what_the_scores_are_worth():
    chance = np.random.default_rng(2)
    logit = chance.normal(0, 2, 20_000)
    wanted = chance.random(20_000) < 1 / (1 + np.exp(-(1.7 * logit - 0.6)))
    slope, offset = platt(1 / (1 + np.exp(-logit)), wanted)
    assert slope == pytest.approx(1.7, abs=0.1)
    assert offset == pytest.approx(-0.6, abs=0.1)
