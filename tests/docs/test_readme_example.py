"""The README's first example is what the program says."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from workflow.cli import cli

README = Path(__file__).parents[2] / "README.md"


def test_the_example_is_what_the_check_prints():
    text = README.read_text(encoding="utf-8")
    block = re.search(r"^```\n\$ (echo [^\n]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block, "the README begins with a command and what it prints"
    words = shlex.split(block[1])
    assert (words[0], words[2:]) == ("echo", ["|", "teabreak", "check"])
    printed = CliRunner().invoke(cli, ["check"], input=words[1] + "\n")
    assert printed.stdout == block[2]
