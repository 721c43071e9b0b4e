"""The plug-in of docs/plug-ins.md: typed, short, and read by the check once it is installed."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.commands.conftest import TEABREAK, clean_environment

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plug-ins.md").read_text(encoding="utf-8")
SHOUTED = "READ ALL OF THIS before Thursday."


def block(language):
    """The first code block of that language on the page."""
    return re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def source(tmp_path):
    """The example as its reader would save it."""
    folder = tmp_path / "our-reader"
    folder.mkdir()
    (folder / "our_reader.py").write_text(block("python"), encoding="utf-8")
    (folder / "pyproject.toml").write_text(block("toml"), encoding="utf-8")
    return folder


@pytest.fixture
def installed(source, tmp_path):
    """The folder in which it is installed: a distribution of its own, with the entry point of its pyproject.toml."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path / "site"
    facts = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = [
        f"[{group}]\n" + "".join(f"{name} = {where}\n" for name, where in rows.items())
        for group, rows in project["entry-points"].items()
    ]
    (facts / "entry_points.txt").write_text("\n".join(points), encoding="utf-8")
    (site / "our_reader.py").write_text((source / "our_reader.py").read_text(encoding="utf-8"), encoding="utf-8")
    return site


def test_it_is_twenty_lines_at_most():
    assert len(block("python").splitlines()) <= 20


def test_it_is_typed(source):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", source / "cache", "our_reader.py"],
        cwd=source,
        capture_output=True,
        text=True,
        env=clean_environment(MYPYPATH=str(ROOT)),
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_installed_it_is_read_by_the_check(installed):
    rows = [{"id": "a", "text": SHOUTED}, {"id": "b", "text": "Read all of this before Thursday."}]
    done = subprocess.run(
        [TEABREAK, "check", "--format", "jsonl"],
        input="".join(json.dumps(row) + "\n" for row in rows),
        capture_output=True,
        text=True,
        env=clean_environment(PYTHONPATH=str(installed)),
        check=True,
    )
    first, second = (json.loads(line)["findings"] for line in done.stdout.splitlines())
    [finding] = [one for one in first if one["source"] == "shouting"]
    assert SHOUTED[finding["start"] : finding["end"]] == "READ ALL OF THIS"
    assert (finding["clause"], finding["level"]) == ("respect", "answer")  # the guide's level, not the reader's
    assert "shouting" in finding["why"]
    assert [one for one in second if one["source"] == "shouting"] == []
