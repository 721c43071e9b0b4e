"""`guide lint`: what is wrong, where, and what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.guide.clauses import CHECKED
from workflow.guide.lint import LARGEST_FILE
from workflow.guide.loader import GuideFault, built_in, dump, lint, load

GOOD = dump(built_in())
CLAUSE = GOOD[GOOD.index("[[clause]]") :].split("\n\n")[1]  # boundaries


def _line_of(text, words):
    return next(number for number, line in enumerate(text.split("\n"), 1) if words in line)


def _own(**changes):
    """A file with one clause of an agency; a change of None leaves the field out."""
    fields = {
        "id": '"house-style"',
        "label": '"House 1"',
        "name": '"Plain dates"',
        "text": '"Write dates in full."',
        "looks_for": '"Dates in figures."',
        "level": '"advise"',
        "advice": '"Write 4 May 2027."',
        "question": '"Can nobody misread the date?"',
        "example_breaks": '"Closed on 4/5."',
        "example_fine": '"Closed on 4 May."',
    } | changes
    lines = [f"{field} = {value}" for field, value in fields.items() if value is not None]
    return "\n".join(['adds_to = "built-in"', "", "[[clause]]", *lines, ""])


def test_a_good_guide_has_no_problem():
    assert lint(GOOD) == []
    assert lint(_own()) == []


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"advice": None}, "advice", "missing"),
        ({"text": '"  "'}, "text", "empty"),
        ({"colour": '"red"'}, "colour", "no such field"),
        ({"level": '"shout"'}, "level", "advise, answer, block"),
        ({"id": '"House Style"'}, "id", "small letters"),
        ({"id": '"house--style"'}, "id", "small letters"),
        ({"id": '"copyright"'}, "id", "built-in guide"),
        ({"name": f'"{"n" * 41}"'}, "name", "Keep it to 40"),
        ({"example_fine": '"Closed on 4/5."'}, "example_fine", "the same"),
        ({"label": "7"}, "label", "quotation marks"),
        ({"checked": '"yes"'}, "checked", "true or false"),
    ],
)
def test_a_faulty_field_is_named_with_its_line(changes, field, says):
    text = _own(**changes)
    (problem,) = lint(text)
    assert problem.is_error
    assert problem.field.endswith(field)
    assert says in problem.message
    missing = changes[field] is None
    assert problem.line == _line_of(text, "[[clause]]" if missing else f"{field} = ")
    assert str(problem).startswith(f"line {problem.line}, ")


def test_a_name_of_forty_characters_is_fine():
    assert lint(_own(name=f'"{"n" * 40}"')) == []


def test_ids_and_labels_used_twice_are_named_at_their_second_place():
    text = _own() + _own().split("\n\n")[1]
    problems = lint(text)
    assert [(problem.field.split(", ")[1], problem.line) for problem in problems] == [("id", 15), ("label", 16)]
    assert "line 4" in problems[0].message


def test_invalid_toml_is_told_with_line_and_column():
    (problem,) = lint('title = "A guide"\n[[clause]]\nid = boundaries\n')
    assert problem.line == 3
    assert "column 6" in problem.message


def test_a_file_cut_short_is_told_at_its_end():
    (problem,) = lint('title = "A guide')
    assert problem.line == 1
    assert "not valid TOML" in problem.message


def test_what_is_not_utf8_is_told_with_its_line():
    (problem,) = lint(b'title = "A guide"\nnote = "caf\xe9"\n')
    assert (problem.line, problem.field) == (2, "file")
    assert "UTF-8" in problem.message


def test_a_whole_guide_without_a_checked_clause_is_warned_of_and_can_be_used():
    text = GOOD.replace(CLAUSE + "\n\n", "")
    (problem,) = lint(text)
    assert not problem.is_error
    assert "boundaries" in problem.message
    assert len(load(text).clauses) == 11


def test_a_file_of_own_clauses_need_not_hold_the_checked_ones():
    assert not [problem for problem in lint(_own()) if "reads for" in problem.message]
    whole = _own().replace('adds_to = "built-in"', 'title = "Ours"')
    assert len([problem for problem in lint(whole) if not problem.is_error]) == len(CHECKED)


def test_a_guide_needs_a_title_or_to_say_what_it_adds_to():
    (problem,) = (found for found in lint(_own().replace('adds_to = "built-in"\n', "")) if found.is_error)
    assert problem.field == "title"
    assert 'adds_to = "built-in"' in problem.message


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "title"),
        ("title = 7\n" + GOOD.split("\n", 1)[1], "title"),
        ('adds_to = "mine"\n' + GOOD, "adds_to"),
        ("colour = 1\n" + GOOD, "colour"),
        ('title = "A"\n[clause]\nid = "x"\n', "clause"),
        ('title = "A"\nclause = [1, 2]\n', "clause"),
        ('title = "A"\n', "clause"),
    ],
)
def test_a_file_of_another_shape_is_told(text, field):
    assert field in {problem.field for problem in lint(text) if problem.is_error}


@pytest.mark.parametrize(
    "hostile", [b"\xff\xfe\x00", b"\x00" * 100, b"a = " + b"[" * 5000, b"x" * (LARGEST_FILE + 1), "\ud800 = 1"]
)
def test_hostile_files_are_refused_with_a_sentence(hostile):
    (problem, *_) = lint(hostile)
    assert problem.is_error
    with pytest.raises(GuideFault):
        load(hostile)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_file_gives_problems_and_never_an_error(content):
    assert any(problem.is_error for problem in lint(content))
