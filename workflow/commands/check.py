"""`teabreak check`: the automatic check on any text. No database, no network, no settings needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

import click


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option(
    "--guide",
    "guide_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A guide of your own (TOML).",
)
@click.argument("file", type=click.File("r", encoding="utf-8", errors="surrogateescape"), default="-")
def check(form: str, guide_file: Path | None, file: TextIO) -> None:
    """Check a text (FILE, or standard input) against the guide.

    With --format jsonl each line of FILE is {"id": ..., "text": ...} and each line printed {"id": ..., "findings": [...]},
    in the same order. Exit 1 if something was found.
    """
    from workflow.checks.register import check_text
    from workflow.checks.stream import BadLine, check_lines
    from workflow.guide.loader import GuideFault, built_in, load

    try:
        guide = load(guide_file.read_bytes()) if guide_file else built_in()
    except GuideFault as fault:
        raise click.UsageError(f"{guide_file}: {fault}") from fault
    if form == "text":
        text = file.read()
        found = check_text(text, guide)
        for finding in found:
            clause = next((clause for clause in guide.clauses if clause.id == finding.clause), None)
            name = f"{clause.label}, {clause.name}" if clause else finding.clause
            passage = text[finding.start : finding.end].encode("utf-8", "replace").decode()
            click.echo(f"{finding.start}-{finding.end}  {name} ({finding.level}): “{passage}”")
            click.echo(f"    {finding.why} {finding.fix}")
        if not found:
            click.echo(
                "Nothing found. The check misses about one problem post in four: a person has to read it as well."
            )
        sys.exit(1 if found else 0)
    try:
        for line in check_lines(file, guide):
            click.echo(line)
    except BadLine as fault:
        raise click.UsageError(str(fault)) from fault
    sys.exit(0)
