"""The docs say what is there: every setting, every command, every file they name."""

import re
from pathlib import Path

import click
import pytest

from workflow.cli import COMMANDS, cli
from workflow.settings import page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_settings_page_is_current():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page(), "run script/settings-page"


@pytest.mark.parametrize("page_file", PAGES, ids=lambda path: path.name)
def test_every_link_in_the_docs_leads_somewhere(page_file):
    prose = re.sub(r"^```.*?^```", "", page_file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        if "://" not in target:
            assert (page_file.parent / target).exists(), target


@pytest.mark.parametrize("page_file", PAGES, ids=lambda path: path.name)
def test_every_command_in_the_docs_exists(page_file):
    for line in re.findall(r"teabreak ([a-z]+(?: [a-z|]+)?)", page_file.read_text(encoding="utf-8")):
        first, _, second = line.partition(" ")
        if first not in COMMANDS:
            continue
        command = cli.get_command(click.Context(cli), first)
        for name in second.split("|") if isinstance(command, click.Group) and second else []:
            assert name in command.commands, f"teabreak {first} {name}"


def test_every_module_that_the_map_names_exists():
    """In each row of the table: the files of its folder, and the names in brackets or after a colon."""
    for line in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines():
        place = re.match(r"\| `([^`]+)`", line)
        if place is None:
            continue
        for folder in re.findall(r"`([^`]+)`", line.split("|")[1]):
            assert (ROOT / folder).exists(), folder
        inside = (ROOT / place[1]).parent if place[1].endswith(".py") else ROOT / place[1]
        for name in re.findall(r"`([a-z_]+)(?:\.py)?`", line.split("|")[2]):
            assert name == "teabreak" or (inside / f"{name}.py").exists(), f"{place[1]}{name}"


def test_every_script_the_readme_names_exists():
    for name in set(re.findall(r"(?:script/|\.ci/)[a-z-]+", (ROOT / "README.md").read_text(encoding="utf-8"))):
        assert (ROOT / name).exists(), name


def test_every_command_starts_without_a_web_server():
    """`teabreak check` and `mail parse` are called by other tools: they must not need Flask."""
    for name in ("check", "mail"):
        module = COMMANDS[name].partition(":")[0].replace(".", "/") + ".py"
        assert "flask" not in (ROOT / module).read_text(encoding="utf-8").lower()
