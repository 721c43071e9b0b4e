"""The built-in guide, its version, and guides of an agency's own."""

import pytest

from workflow.guide.clauses import BUILT_IN, CHECKED
from workflow.guide.loader import GuideFault, built_in, dump, load, with_agency_clauses

OWN = """
adds_to = "built-in"

[[clause]]
id = "house-style"
label = "House 1"
name = "Plain dates"
text = "Write dates in full."
looks_for = "Dates in figures."
level = "advise"
advice = "Write 4 May 2027."
question = "Can nobody misread the date?"
example_breaks = "Closed on 4/5."
example_fine = "Closed on 4 May."
"""


def test_the_built_in_guide_has_its_twelve_clauses_and_nine_are_checked():
    guide = built_in()
    assert [clause.label for clause in guide.clauses] == [
        "Why it matters",
        "Friends and followers",
        *(f"Always {number}" for number in range(1, 6)),
        *(f"Never {number}" for number in range(1, 6)),
    ]
    assert {clause.id for clause in guide.clauses} == set(BUILT_IN)
    assert {clause.id for clause in guide.clauses if clause.checked} == set(CHECKED)
    assert {clause.origin for clause in guide.clauses} == {"built-in"}


def test_the_never_clauses_ask_for_an_answer():
    assert {clause.level for clause in built_in().clauses if clause.label.startswith("Never")} == {"answer"}


def test_it_fits_on_one_page_of_a_wall():
    words = sum(len(clause.text.split()) for clause in built_in().clauses)
    assert words < 500
    assert max(len(clause.text.split()) for clause in built_in().clauses) <= 60


def test_a_clause_is_found_by_its_id():
    guide = built_in()
    assert guide.clause("copyright").label == "Never 5"
    assert guide.clause("no-such-clause") is None
    assert guide.level_of("judgement") == "advise"
    assert guide.level_of("no-such-clause") == "answer"


def test_what_is_written_out_reads_back_as_the_same_version():
    guide = with_agency_clauses(built_in(), OWN.replace("Dates in figures.", r"Quotes \" and \\ and \u007f and é."))
    again = load(dump(guide))
    assert again == guide
    assert again.version == guide.version


def test_the_version_does_not_change_with_the_layout_of_the_file():
    text = dump(built_in())
    other = "\ufeff# A remark\n" + text.replace(" = ", "   =  ").replace("\n\n", "\n\n\n").replace("\n", "\r\n")
    assert load(other.encode()).version == load(text).version == built_in().version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Nobody's details without consent", "Nobody's details without a yes"),
        ('level = "answer"', 'level = "block"'),
        ("Before you post", "Before we post"),
        ("checked = true", "checked = false"),
    ],
)
def test_the_version_changes_with_the_content(old, new):
    text = dump(built_in())
    assert old in text
    assert load(text.replace(old, new, 1)).version != built_in().version


def test_the_order_of_clauses_is_part_of_the_version():
    head, first, second, *rest = dump(built_in()).split("[[clause]]")
    assert load("[[clause]]".join([head, second, first, *rest])).version != built_in().version


@pytest.mark.parametrize("give", [lambda: load(OWN), lambda: with_agency_clauses(built_in(), OWN)])
def test_an_agency_adds_clauses_beside_the_built_in_ones(give):
    guide = give()
    assert [clause.id for clause in guide.clauses] == [*(clause.id for clause in built_in().clauses), "house-style"]
    assert guide.clause("house-style").origin == "agency"
    assert guide.title == built_in().title
    assert guide.version != built_in().version


def test_an_added_clause_cannot_take_the_id_of_another():
    with pytest.raises(GuideFault, match="copyright"):
        load(OWN.replace("house-style", "copyright"))
    with pytest.raises(GuideFault, match="house-style"):
        with_agency_clauses(load(OWN), OWN)


def test_a_faulty_guide_is_refused_with_all_its_problems():
    with pytest.raises(GuideFault) as caught:
        load(OWN.replace('level = "advise"', 'level = "maybe"').replace('name = "Plain dates"', ""))
    assert [problem.field for problem in caught.value.problems] == [
        "clause “house-style”, name",
        "clause “house-style”, level",
    ]
