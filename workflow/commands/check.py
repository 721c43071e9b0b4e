"""`teabreak check`: the automatic check on any text. No database, no network, no settings needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from workflow.checks.finding import Finding
    from workflow.guide.clauses import Guide

LONGEST_SHOWN = 200


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option(
    "--guide",
    "guide_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A guide of your own (TOML).",
)
@click.option("--house", is_flag=True, help="Give the advice of the house checks as well (docs/house-checks.md).")
@click.option(
    "--words",
    "words_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --house: a list of your own words and dates (TOML), for a post that goes out now.",
)
@click.argument("file", type=click.File("r", encoding="utf-8", errors="surrogateescape"), default="-")
def check(form: str, guide_file: Path | None, house: bool, words_file: Path | None, file: TextIO) -> None:
    """Check a text (FILE, or standard input) against the guide. Exit 1 if something was found.

    With --format jsonl each line of FILE is {"id": ..., "text": ...}, and for each one {"id": ..., "findings": [...]}
    is printed, in the same order. That is a filter for other tools: it exits 0 whatever it found, 2 at a faulty line.
    """
    from workflow.checks.stream import BadLine, check_lines
    from workflow.guide.loader import GuideFault, built_in, load

    try:
        guide = load(guide_file.read_bytes()) if guide_file else built_in()
    except GuideFault as fault:
        raise click.UsageError(f"{guide_file}: {fault}") from fault
    if words_file and not house:
        raise click.UsageError("The list of words belongs to the house checks. Add --house.")
    advise = _house(guide, words_file) if house else None
    if form == "text":
        sys.exit(1 if _say(file.read(), guide, advise) else 0)
    try:
        with _progress() as told:
            for line in check_lines(file, guide, house=advise):
                click.echo(line)
                told()
    except BadLine as fault:
        raise click.UsageError(str(fault)) from fault
    sys.exit(0)


def _house(guide: Guide, words_file: Path | None) -> Callable[[str], list[Finding]]:
    """The house checks, for a text that goes out now, on the clocks of this machine."""
    from workflow.checks.house.agency_words import WordsFault, read_words
    from workflow.checks.house.draft import Context
    from workflow.checks.house.reader import check_house

    now = datetime.now().astimezone()
    try:
        words = read_words(words_file.read_bytes()) if words_file else ()
    except WordsFault as fault:
        raise click.UsageError(f"{words_file}: {fault} Run: teabreak words lint {words_file}") from fault
    context = Context(now, now.tzinfo or UTC, words)
    return lambda text: check_house(text, guide, context=context)


@contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    """Counts the posts on standard error while people watch it and the answers go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("Checked"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        yield lambda: progress.advance(task)


def _say(text: str, guide: Guide, house: Callable[[str], list[Finding]] | None) -> bool:
    """Prints each finding in two lines, and gives whether there was one."""
    from workflow.checks.finding import band
    from workflow.checks.house.table import SOURCE
    from workflow.checks.register import check_text

    found = [*check_text(text, guide), *(house(text) if house else ())]
    for finding in found:
        clause = guide.clause(finding.clause)
        name = f"{clause.label}, {clause.name}" if clause else finding.clause.replace("-", " ").capitalize()
        kind = "advice" if finding.source.startswith(SOURCE) else band(finding.score)
        passage = on_one_line(text[finding.start : finding.end])
        click.echo(f"{finding.start}-{finding.end}  {name} ({kind}): “{passage}”")
        click.echo(f"    {finding.why} {finding.fix}")
    if not found:
        click.echo("Nothing found. The check misses many problem posts: a person has to read it as well.")
    return bool(found)


def on_one_line(passage: str) -> str:
    """The passage for a terminal: short, and without what would move the cursor."""
    shown = "".join(char if char.isprintable() else " " for char in passage[:LONGEST_SHOWN])
    return shown if len(passage) <= LONGEST_SHOWN else f"{shown}..."
