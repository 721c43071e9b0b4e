"""docs/house-checks.md: its table is that of the program, and its list of words is a sound one."""

import re
from pathlib import Path

from workflow.checks.house.agency_words import read_words
from workflow.checks.house.table import HOUSE_CHECKS

PAGE = (Path(__file__).parents[2] / "docs" / "house-checks.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_program():
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE.partition("To switch some off")[0], re.MULTILINE)
    assert rows == [(check.id, check.looks_for) for check in HOUSE_CHECKS]


def test_the_example_of_a_list_can_be_used():
    [example] = re.findall(r"```toml\n(\[\[words\]\].*?)```", PAGE, re.DOTALL)
    assert [entry.kind for entry in read_words(example.encode())] == ["embargo", "pre-election", "mourning", "words"]
