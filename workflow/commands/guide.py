"""`teabreak guide`: look at the guide, check a file, try it on past posts, put one in use."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from workflow.commands.backtest import backtest


@click.group()
def guide() -> None:
    """The guide: its clauses and versions."""


guide.add_command(backtest)


@guide.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def lint(file: Path) -> None:
    """Say what is wrong with a guide in FILE (TOML). Exit 1 if anything is."""
    from workflow.guide.loader import lint as lint_guide
    from workflow.guide.loader import load

    problems = lint_guide(file.read_bytes())
    for problem in problems:
        click.echo(f"{file}: {problem}")
    if any(problem.is_error for problem in problems):
        sys.exit(1)
    found = load(file.read_bytes())
    click.echo(f"{file}: {len(found.clauses)} clauses, version {found.version}. Nothing wrong.")


@guide.command()
@click.option("--version", "wanted", default="", help="A version that was in use; without it, the one in use now.")
def show(wanted: str) -> None:
    """Print the guide: each clause with its advice, its question and its examples."""
    from workflow.commands.opening import opened
    from workflow.review.guide_in_use import guide_at, guide_in_use

    with opened() as services, services.database.reading() as session:
        found = guide_at(session, wanted) if wanted else guide_in_use(session)
    if found is None:
        raise click.ClickException(f"There never was a guide version {wanted}.")
    click.echo(f"{found.title} (version {found.version})")
    for clause in found.clauses:
        click.echo(f"\n{clause.label}: {clause.name} [{clause.id}, {clause.level}]\n{clause.text}")
        more = {
            "The check looks for": clause.looks_for,
            "What to do": clause.advice,
            "The question": clause.question,
            "Breaks it": clause.example_breaks,
            "Is fine": clause.example_fine,
        }
        for words, said in more.items():
            click.echo(f"  {words}: {said}")


@guide.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def use(file: Path) -> None:
    """Put the guide in FILE in use from now on. Earlier decisions keep the words they were made under."""
    from workflow.commands.opening import opened
    from workflow.guide.loader import GuideFault
    from workflow.review.guide_in_use import put_in_use
    from workflow.roles import COMMAND_LINE

    with opened() as services:
        try:
            with services.database.writing() as session:
                found = put_in_use(session, COMMAND_LINE, file.read_text(encoding="utf-8"))
        except (GuideFault, UnicodeDecodeError) as fault:
            raise click.ClickException(f"{file} was not put in use. {fault} Run: teabreak guide lint {file}") from fault
    click.echo(f"In use from now on: version {found.version}, {len(found.clauses)} clauses.")
