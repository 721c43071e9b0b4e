"""`teabreak check --house` and `teabreak words lint`: house advice only where it is asked for."""

import json

import pytest
from click.testing import CliRunner

from workflow.cli import cli

TEXT = "See http://www.agency.example #savethelibrary"
LIST = """
[[words]]
kind = "embargo"
match = ["sample report"]
until = 9000-01-01
why = "It is published then."
"""


def run(*arguments, input=""):
    result = CliRunner().invoke(cli, list(map(str, arguments)), input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def words(tmp_path):
    file = tmp_path / "words.toml"
    file.write_text(LIST, encoding="utf-8")
    return file


def jsonl(*options):
    lines = "".join(json.dumps({"id": str(at), "text": f"{TEXT} {at}"}) + "\n" for at in range(5))
    result = run("check", "--format", "jsonl", *options, input=lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_without_being_asked_the_check_says_nothing_of_the_house():
    assert all(answer["findings"] == [] for answer in jsonl())
    result = run("check", input=TEXT)
    assert result.exit_code == 0
    assert "Nothing found" in result.stdout


def test_jsonl_with_house_gives_findings_of_the_same_form():
    answers = jsonl("--house")
    assert [answer["id"] for answer in answers] == list("01234")
    for answer in answers:
        link, tag = answer["findings"]
        assert (link["source"], tag["source"]) == ("house:http", "house:hashtags")
        assert TEXT[link["start"] : link["end"]] == "http://www.agency.example"
        assert link.keys() == {"clause", "start", "end", "level", "score", "source", "why", "fix"}
        assert {link["level"], tag["level"]} == {"advise"}


def test_text_with_house_says_that_it_is_advice():
    result = run("check", "--house", input=TEXT)
    assert result.exit_code == 1
    assert "Always 2, Use your judgement (advice): “#savethelibrary”" in result.stdout
    assert "Write it as “#SaveTheLibrary”." in result.stdout


def test_a_list_of_words_is_read_with_house(words):
    result = run("check", "--house", "--words", words, input="The sample report is out")
    assert "under embargo until the end of 1 January 9000" in result.stdout
    assert "embargo" not in run("check", "--house", input="The sample report is out").stdout


def test_a_list_of_words_is_of_no_use_without_house(words):
    result = run("check", "--words", words, input="The sample report is out")
    assert result.exit_code == 2
    assert "Add --house" in result.stderr


def test_a_broken_list_is_named_with_what_to_do(words):
    words.write_text("[[words]]\n")
    result = run("check", "--house", "--words", words, input="The sample report is out")
    assert result.exit_code == 2
    assert "line 1: Write kind as one of" in result.stderr
    assert "Run: teabreak words lint" in result.stderr


def test_lint_says_what_is_wrong_or_how_many_entries_there_are(words):
    result = run("words", "lint", words)
    assert result.exit_code == 0
    assert "1 entry. Nothing wrong." in result.stdout
    words.write_text(LIST + 'clause = "house-style"\n' + LIST)
    result = run("words", "lint", words)
    assert result.exit_code == 0
    assert "“house-style” is no clause of the built-in guide" in result.stdout
    assert "2 entries. Nothing wrong." in result.stdout
    words.write_text(LIST + 'colour = "red"\n')
    result = run("words", "lint", words)
    assert result.exit_code == 1
    assert "line 2: An entry has no field “colour”" in result.stdout
