"""The rows that the model is made of: well formed, each its own, and none of the test split among the others."""

import re
from collections import Counter

import pytest

from training.rows import files, read_rows, rows_held_back, training_rows
from workflow.guide.clauses import CHECKED

FILES = [*files(test=False), *files(test=True)]


def runs(text, length):
    """All runs of so many words."""
    words = re.findall(r"\w+", text.lower())
    return {" ".join(words[n : n + length]) for n in range(len(words) - length + 1)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_label_is_a_passage_of_its_text(path):
    rows = read_rows(path)
    assert rows
    for row in rows:
        for clause, start, end in row.labels:
            assert clause in CHECKED, row.id
            assert 0 <= start < end <= len(row.text), row.id
            assert row.text[start:end] == row.text[start:end].strip(), row.id


def test_no_row_stands_there_twice():
    rows = [*training_rows(), *rows_held_back()]
    assert [name for name, times in Counter(row.id for row in rows).items() if times > 1] == []
    plain = Counter(" ".join(re.findall(r"\w+", row.text.lower())) for row in rows)
    assert [text for text, times in plain.items() if times > 1] == []


def test_no_row_of_the_test_split_shares_a_sentence_with_one_that_is_trained_on():
    seen = set().union(*(runs(row.text, 9) for row in training_rows()))
    assert [row.id for row in rows_held_back() if runs(row.text, 9) & seen] == []


def test_the_test_split_is_about_a_sixth_of_all_and_has_every_clause():
    held = rows_held_back()
    assert 0.13 <= len(held) / len([*held, *training_rows()]) <= 0.2
    of = Counter(clause for row in held for clause in {clause for clause, _, _ in row.labels})
    assert all(of[clause] >= 30 for clause in CHECKED), of
