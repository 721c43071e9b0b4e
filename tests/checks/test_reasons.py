"""Reasons for dismissing, told apart by a few words."""

import pytest

from workflow.checks.reasons import OTHER, kind_of


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("She has given consent, see file 12", "somebody agreed to it"),
        ("Published on our website last week", "it is public already"),
        ("He is the councillor for the ward", "it is about somebody in office, or the agency itself"),
        ("It's a quotation", "it quotes somebody"),
        ("Sample Lane is the name of a street", "the words mean something else"),
        ("Does not apply", "it is a false alarm"),
        ("DOESN’T APPLY", "it is a false alarm"),
        ("hm", OTHER),
        ("", OTHER),
    ],
)
def test_the_kind_of_a_reason(reason, kind):
    assert kind_of(reason) == kind


def test_no_kind_repeats_the_reason():
    assert "Penelope" not in kind_of("Penelope Sample said so")
