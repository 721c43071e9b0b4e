"""`teabreak words`: the agency's own list of words and dates."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def words() -> None:
    """The agency's own words and dates: embargoes, the time before an election, days of mourning."""


@words.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def lint(file: Path) -> None:
    """Say what is wrong with a list in FILE (TOML). Exit 1 if anything is."""
    from workflow.checks.house.agency_words import lint as lint_words
    from workflow.checks.house.agency_words import read_words
    from workflow.guide.loader import built_in

    source = file.read_bytes()
    problems = lint_words(source)
    for problem in problems:
        click.echo(f"{file}: {problem}")
    if problems:
        sys.exit(1)
    entries = read_words(source)
    for clause in dict.fromkeys(entry.clause for entry in entries):
        if built_in().clause(clause) is None:
            click.echo(
                f"{file}: warning: “{clause}” is no clause of the built-in guide. If it is none of yours either, the "
                "finding names “Use your judgement” instead."
            )
    click.echo(f"{file}: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}. Nothing wrong.")
