"""The identifier rules, measured on the posts of training/identifiers.jsonl."""

import re

from training.measure_identifiers import KINDS, measure, posts
from workflow.checks.register import check_text

GOOD_ENOUGH = 0.98


def test_they_find_what_they_say_and_little_else():
    score = measure(posts())
    told = "\n".join(score.faults)
    assert score.recall() >= GOOD_ENOUGH, told
    assert score.precision() >= GOOD_ENOUGH, told


def test_what_is_measured_reaches_a_person_as_a_finding():
    for post in posts():
        found = check_text(post.text, off=["phrases", "model"])
        for label in post.labels:
            assert any(f.start < label.end and label.start < f.end for f in found), (post.id, label)


def test_the_set_is_large_mixed_and_each_post_has_its_own_words():
    everything = posts()
    assert len(everything) >= 300
    assert len({re.sub(r"\W|\d", "", post.text.lower()) for post in everything}) == len(everything)
    assert {label.kind for post in everything for label in post.labels} == set(KINDS.values())
    bare = sum(not post.labels for post in everything)
    assert 1 / 3 <= bare / len(everything) <= 2 / 3
    assert {post.round for post in everything} == {1, 2, 3, 4, 5}


def test_every_label_is_a_passage_with_no_space_at_its_ends():
    for post in posts():
        for label in post.labels:
            passage = post.text[label.start : label.end]
            assert passage, post.id
            assert passage == passage.strip(), post.id
