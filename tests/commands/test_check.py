"""`teabreak check`, as the contract says: formats, order, offsets, exit codes; no database, no settings."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from tests.commands.conftest import TEABREAK, clean_environment
from workflow.cli import cli

KEYS = {"clause", "start", "end", "level", "score", "source", "why", "fix"}
NUMBER = "07700 900123"


def lines(*texts):
    return "".join(json.dumps({"id": f"row-{at}", "text": text}) + "\n" for at, text in enumerate(texts))


def check(*arguments, input=""):
    result = CliRunner().invoke(cli, ["check", *map(str, arguments)], input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def jsonl(*texts):
    result = check("--format", "jsonl", input=lines(*texts))
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_text_with_a_finding_names_clause_passage_reason_and_advice_and_exits_1(program):
    done = program("check", "-", input=f"Ring Sample Helper on {NUMBER}.".encode())
    assert done.returncode == 1
    first, second = done.stdout.decode().splitlines()
    assert first == f"22-34  Never 3, Nobody's details without consent (likely): “{NUMBER}”"
    assert "mobile number" in second
    assert "consent" in second
    assert done.stderr == b""


def test_text_without_a_finding_says_that_a_person_has_to_read_it_and_exits_0(program):
    done = program("check", input=b"The library van stops at Sample Green on Thursday.")
    assert done.returncode == 0
    assert b"a person has to read it" in done.stdout


def test_it_needs_no_settings_and_no_database(program):
    (program.folder / "teabreak.toml").write_text("this is = no [toml")
    done = program("check", input=NUMBER.encode(), DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert list(program.folder.iterdir()) == [program.folder / "teabreak.toml"]


def test_jsonl_gives_a_line_for_a_line_in_order_with_exactly_the_keys_of_the_contract():
    texts = [f"Number {at}: {NUMBER}" if at % 2 else f"Clean words {at}" for at in range(40)]
    answers = jsonl(*texts)
    assert [answer["id"] for answer in answers] == [f"row-{at}" for at in range(40)]
    for at, answer in enumerate(answers):
        assert answer.keys() == {"id", "findings"}
        assert len(answer["findings"]) == at % 2
        for finding in answer["findings"]:
            assert finding.keys() == KEYS
            assert finding["level"] in ("advise", "answer", "block")
            assert 0 <= finding["score"] <= 1
            assert all(isinstance(finding[key], str) and finding[key] for key in ("clause", "source", "why", "fix"))
            assert texts[at][finding["start"] : finding["end"]] == NUMBER


@pytest.mark.parametrize("before", ["", "🫖 ", "👩‍👩‍👧‍👦🏴󠁧󠁢󠁷󠁬󠁳󠁿 ", "é \u200b\u202e", "\ud83d ", "\U0001f600" * 50 + " "])
def test_offsets_count_code_points(before):
    text = f"{before}{NUMBER} 🎉"
    [finding] = jsonl(text)[0]["findings"]
    assert (finding["start"], finding["end"]) == (len(before), len(before) + len(NUMBER))


@pytest.mark.parametrize("format_", ["text", "jsonl"])
def test_empty_input_is_no_fault(format_):
    result = check("--format", format_, input="")
    assert result.exit_code == 0
    assert bool(result.stdout) == (format_ == "text")


def test_a_text_that_is_too_long_is_not_passed_over():
    [answer] = jsonl("a" * 100_001)
    [finding] = answer["findings"]
    assert (finding["clause"], finding["level"]) == ("not-checked", "block")
    assert (finding["start"], finding["end"]) == (0, 100_001)
    result = check(input="a" * 100_001)
    assert result.exit_code == 1
    assert len(result.stdout) < 1000


def test_100_000_characters_are_read_to_the_end():
    text = "Fair words. " * 8332 + NUMBER
    assert len(text) <= 100_000
    [finding] = jsonl(text)[0]["findings"]
    assert finding["end"] == len(text)


@pytest.mark.parametrize(
    "hostile", ["\ud800", "\udfff a\ud800", "\x00\x01", "\u202e\u2066", "\u200b" * 500, "\ufeff", "\x1b[2J"]
)
def test_odd_characters_are_read_and_written(hostile):
    [answer] = jsonl(f"{hostile} {NUMBER}")
    assert [finding["clause"] for finding in answer["findings"]] == ["personal-information"]
    text = check(input=f"{NUMBER} {hostile}".encode("utf-8", "surrogatepass"))
    assert text.exit_code == 1
    assert "\x1b" not in text.stdout


def test_bytes_that_are_no_utf_8_are_read_as_they_are():
    result = check(input=b"\xff\xfe caf\xe9 " + NUMBER.encode())
    assert result.exit_code == 1
    assert result.stdout.startswith("8-20 ")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("nonsense", "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "“id”"),
        ('{"id": 1, "text": "a"}', "“id”"),
        ('{"id": "a"}', "“text”"),
        ('{"id": "a", "text": null}', "“text”"),
        ("[" * 100_000, "Line 2"),
        ('{"id": "a", "text": "cut', "is not JSON"),
    ],
)
def test_a_line_that_is_none_stops_with_its_number_and_exit_2(line, what):
    result = check("--format", "jsonl", input=lines("fine words") + line + "\n" + lines("never read"))
    assert result.exit_code == 2
    assert "Line 2" in result.stderr
    assert what in result.stderr
    assert [json.loads(out)["id"] for out in result.stdout.splitlines()] == ["row-0"]


def test_empty_lines_and_a_byte_order_mark_are_passed_over():
    result = check("--format", "jsonl", input="\ufeff" + lines("a") + "\n  \n" + lines("b"))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2


def test_each_answer_comes_before_the_next_line_is_asked():
    """A tool on the other end of the pipe waits for each answer."""
    command = [TEABREAK, "check", "--format", "jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=clean_environment()) as process:
        for text in ("one", f"two {NUMBER}", "three"):
            process.stdin.write(lines(text).encode())
            process.stdin.flush()
            assert len(json.loads(process.stdout.readline())["findings"]) == (NUMBER in text)
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(10) == 0


def test_a_reader_that_closes_the_pipe_is_no_fault():
    command = f"{TEABREAK} check --format jsonl | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        input=lines(*["words"] * 3000).encode(),
        capture_output=True,
        env=clean_environment(),
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_terminal_without_the_signs_is_no_fault(program):
    done = program("check", input=f"🫖 {NUMBER}".encode(), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_a_guide_of_ones_own_names_its_levels(tmp_path):
    from workflow.guide.loader import built_in, dump

    own = tmp_path / "guide.toml"
    softer = dump(built_in()).replace('level = "answer"', 'level = "advise"')
    own.write_text(softer, encoding="utf-8")
    result = check("--guide", own, "--format", "jsonl", input=lines(NUMBER))
    [finding] = json.loads(result.stdout)["findings"]
    assert finding["level"] == "advise"


@pytest.mark.parametrize(
    "arguments", [["--format", "xml"], ["no-such-file"], ["--guide", "no-such-file"], ["--no-such-option"], ["."]]
)
def test_wrong_use_is_exit_2_with_a_word_why(arguments):
    result = check(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_a_faulty_guide_is_exit_2_and_named(tmp_path):
    (tmp_path / "guide.toml").write_text("title = 1")
    result = check("--guide", tmp_path / "guide.toml", input="words")
    assert result.exit_code == 2
    assert "guide.toml" in result.stderr


def test_an_id_comes_back_as_it_was_given(program):
    ids = ["", "🫖", "\ud800", 'a"b\\\n', "é" * 1000]
    asked = "".join(json.dumps({"id": id_, "text": "words"}) + "\n" for id_ in ids)
    for encoding in ("utf-8", "ascii"):
        done = program("check", "--format", "jsonl", input=asked.encode(), PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ids


def test_each_line_is_answered_without_waiting_for_the_next(tmp_path):
    """So that another tool can ask, read the answer, and ask again."""
    command = [TEABREAK, "check", "--format", "jsonl"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), text=True, **pipes) as process:
        for n in range(3):
            process.stdin.write(json.dumps({"id": str(n), "text": f"Ring {NUMBER}."}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(n)
        process.stdin.close()
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_what_stands_before_a_faulty_line_is_answered(program):
    done = program(
        "check", "--format", "jsonl", input=(lines("Clean words", NUMBER) + "{nonsense\n" + lines("x")).encode()
    )
    assert done.returncode == 2
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["row-0", "row-1"]
    assert b"Line 3 is not JSON" in done.stderr


def test_whoever_stops_reading_stops_the_check(tmp_path):
    """`teabreak check ... | head -1` ends, however much there is to check."""
    (tmp_path / "many.jsonl").write_text(lines(*(f"Ring {NUMBER}." for _ in range(3000))))
    command = [TEABREAK, "check", "--format", "jsonl", "many.jsonl"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), **pipes) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) != 0
        assert b"Traceback" not in process.stderr.read()
