"""`teabreak guide backtest`: what a changed guide or phrase list would say of past posts, before it is used."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workflow.commands.check import on_one_line

if TYPE_CHECKING:
    from workflow.checks.phrases import Phrases
    from workflow.guide.clauses import Guide
    from workflow.review.backtest import Backtest, Change, Rules

_EVERY = 100  # posts between two lines where nobody watches


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def backtest(file: Path) -> None:
    """Check past posts by FILE (a guide or a phrase list, TOML), and say what would change. Changes nothing.

    A phrase list is tried as the agency's own list. Exit 0 if nothing would change, 1 if something would, 2 if FILE
    cannot be used.
    """
    from dataclasses import replace

    from workflow.commands.opening import opened
    from workflow.guide.clauses import Guide
    from workflow.review.backtest import Rules, count_posts
    from workflow.review.backtest import backtest as run
    from workflow.review.guide_in_use import guide_in_use

    changed = _read(file)
    with opened() as services:
        with services.database.reading() as session:
            now = Rules(guide_in_use(session))
            posts = count_posts(session)
        then = replace(now, guide=changed) if isinstance(changed, Guide) else replace(now, phrases=changed)
        _warn(file, then)
        with _progress(posts) as told:
            result = run(services, now, then, told)
    if isinstance(changed, Guide):
        click.echo(f"The guide in use (version {now.guide.version}) against {file} (version {then.guide.version}).")
    else:
        click.echo(f"The check as it is now against the check with {file} ({len(then.phrases)} phrase entries).")
    _say(result, now.guide, then.guide)
    sys.exit(1 if result.changes else 0)


def _read(file: Path) -> Guide | tuple[Phrases, ...]:
    """The guide or the phrase list in the file; exit 2 with each of its faults in a sentence."""
    from workflow.checks.phrases import PhraseFault, read_phrases
    from workflow.guide.loader import GuideFault, load

    content = file.read_bytes()
    try:
        return read_phrases(content) if _is_phrase_list(content) else load(content)
    except PhraseFault as fault:
        faults = [str(fault)]
    except GuideFault as fault:
        faults = [str(problem) for problem in fault.problems]
    for sentence in faults:
        click.echo(f"{file}: {sentence}", err=True)
    click.echo("Nothing was compared. Put this right first.", err=True)
    sys.exit(2)


def _is_phrase_list(content: bytes) -> bool:
    try:
        return "phrases" in tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False  # what the guide's loader says of it holds for both


def _warn(file: Path, then: Rules) -> None:
    known = {clause.id for clause in then.guide.clauses}
    for clause in sorted({entry.clause for entry in then.phrases} - known):
        click.echo(
            f"{file}: warning: the guide has no clause “{clause}”. Is it written as the guide writes it?", err=True
        )


@contextmanager
def _progress(posts: int) -> Iterator[Callable[[], None]]:
    """How far it is, on standard error: a bar where people watch it, else a line now and then."""
    if not sys.stderr.isatty():
        done = 0

        def told() -> None:
            nonlocal done
            done += 1
            if done % _EVERY == 0:
                click.echo(f"Read {done} of {posts} posts.", err=True)

        yield told
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Past posts"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=posts)
        yield lambda: progress.advance(task)


def _say(result: Backtest, now: Guide, then: Guide) -> None:
    click.echo(f"Read {_count(result.posts, 'past post')}, {_count(result.revisions, 'revision')}.")
    order = [clause.id for clause in (*then.clauses, *now.clauses)]
    named = sorted(result.clauses, key=lambda clause: (order.index(clause) if clause in order else len(order), clause))
    for clause in named:
        found = then.clause(clause) or now.clause(clause)
        _say_clause(f"{found.label}: {found.name}" if found else clause, result.clauses[clause])
    click.echo("")
    if result.changes:
        click.echo(f"Posts that would newly need an answer: {result.newly_asked}. Nothing was changed.")
    else:
        click.echo("Nothing would change.")


def _say_clause(title: str, change: Change) -> None:
    if not change.is_one:
        click.echo(f"\n{title}\n  findings: {change.now} now, {change.then} then; no change")
        return
    counts = f"{change.now} now, {change.then} then; {change.new} new, {change.gone} gone"
    level = f", {change.other_level} at another level" if change.other_level else ""
    click.echo(f"\n{title}\n  findings: {counts}{level}")
    click.echo(f"  posts that would newly need an answer: {change.newly_asked}")
    if change.held:
        click.echo(f"  posts that would have been held for their authors: {change.held}")
    for example in change.examples:
        click.echo(f"  {example.what}: {example.ref} “{on_one_line(example.passage)}”")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
