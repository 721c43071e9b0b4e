"""`teabreak guide`: lint, show, use."""

import re

import pytest

from workflow.guide.loader import built_in, dump

OWN = """
adds_to = "built-in"

[[clause]]
id = "house-style"
label = "Always 9"
name = "House style"
text = "Write times as the agency writes them."
looks_for = "Times in other forms"
level = "advise"
advice = "Write 9am, not 0900."
question = "Is the time written as we write it?"
example_breaks = "Doors open at 0900."
example_fine = "Doors open at 9am."
"""


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(OWN, encoding="utf-8")
    return file


def test_lint_of_a_good_guide_gives_its_version_and_needs_nothing(program, own):
    done = program("guide", "lint", own, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 0, done.stdout
    assert re.search(rb"13 clauses, version [0-9a-f]{12}\. Nothing wrong\.", done.stdout)
    assert list(program.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda text: text.replace('level = "advise"', 'level = "loud"'), "level"),
        (lambda text: text.replace('id = "house-style"', 'id = "respect"'), "respect"),
        (lambda text: text.replace('text = "Write times as the agency writes them."', ""), "text"),
        (lambda text: text + "x = \n", "TOML"),
        (lambda text: "", ""),
    ],
    ids=["level", "taken id", "no text", "no TOML", "empty"],
)
def test_lint_names_what_is_wrong_and_exits_1(program, own, change, named):
    own.write_text(change(OWN), encoding="utf-8")
    done = program("guide", "lint", own)
    assert done.returncode == 1
    assert named in done.stdout.decode()
    assert b"Nothing wrong" not in done.stdout
    assert b"Traceback" not in done.stderr


def test_show_gives_all_that_a_clause_says(command):
    result = command("guide", "show")
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    for clause in built_in().clauses:
        for words in (clause.text, clause.advice, clause.question, clause.example_breaks, clause.example_fine):
            assert " ".join(words.split()) in shown, (clause.id, words)


def test_lint_of_bytes_that_are_no_text_exits_1(program, own):
    own.write_bytes(b"\xff\xfe\x00")
    done = program("guide", "lint", own)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["lint"], ["lint", "none.toml"], ["use", "none.toml"], ["unknown"]])
def test_wrong_use_is_exit_2(command, arguments):
    assert command("guide", *arguments).exit_code == 2


def test_show_prints_every_clause_of_the_guide_in_use(command):
    result = command("guide", "show")
    assert result.exit_code == 0
    assert f"(version {built_in().version})" in result.stdout
    for clause in built_in().clauses:
        assert f"{clause.label}: {clause.name} [{clause.id}, {clause.level}]" in result.stdout
        assert clause.text in result.stdout


def test_use_puts_a_guide_in_use_and_the_old_version_stays_to_be_shown(command, own):
    result = command("guide", "use", own)
    assert result.exit_code == 0, result.output
    version = re.search(r"version ([0-9a-f]{12})", result.stdout)[1]
    assert "13 clauses" in result.stdout
    assert "House style" in command("guide", "show").stdout
    old = command("guide", "show", "--version", built_in().version)
    assert old.exit_code == 0
    assert "House style" not in old.stdout
    assert "House style" in command("guide", "show", "--version", version).stdout
    assert command("guide", "use", own).exit_code == 0, "the same again is no fault"


def test_an_unknown_version_is_exit_1_with_a_sentence(command):
    result = command("guide", "show", "--version", "000000000000")
    assert result.exit_code == 1
    assert "never was" in result.stderr


def test_a_faulty_guide_is_not_put_in_use(command, tmp_path):
    faulty = tmp_path / "faulty.toml"
    for content in (b"title = 1\n", b"\xff\xfe"):
        faulty.write_bytes(content)
        result = command("guide", "use", faulty)
        assert result.exit_code == 1
        assert "guide lint" in result.stderr
    assert f"(version {built_in().version})" in command("guide", "show").stdout


def test_a_dumped_guide_can_be_used(command, tmp_path):
    file = tmp_path / "dumped.toml"
    file.write_text(dump(built_in()), encoding="utf-8")
    assert built_in().version in command("guide", "use", file).stdout
