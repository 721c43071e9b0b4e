"""`teabreak allow-list`: whom and what the check does not mark, because they are public."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from workflow.roles import COMMAND_LINE


@click.group("allow-list")
def allow_list() -> None:
    """The allow-list: public contacts, office-holders and staff who speak for the agency."""


@allow_list.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--skip-bad", is_flag=True, help="Import the lines that are right, and only name the others.")
@click.option("--replace", is_flag=True, help="FILE is the whole list: remove what is not in it.")
def import_(file: Path, skip_bad: bool, replace: bool) -> None:
    """Import FILE (CSV: kind, name, phone, email, role, until). One wrong line, and nothing is imported."""
    from workflow.commands.opening import opened
    from workflow.review.allow_list import put_on_list, today_in
    from workflow.review.allow_list_file import UnreadableFile, read_file

    try:
        lines, faults = read_file(file.read_bytes())
    except UnreadableFile as error:
        raise click.ClickException(f"{file} was not imported. {error}") from error
    for fault in faults:
        click.echo(f"{file}, line {fault.number}: {fault.sentence}", err=True)
    if faults and not skip_bad:
        click.echo(
            "Nothing was imported. Put these lines right and import the file again, or give --skip-bad to leave "
            "them out.",
            err=True,
        )
        sys.exit(1)
    if not lines:
        raise click.ClickException(f"{file} has no entry to import. The list stays as it was.")
    with opened() as services, services.database.writing() as session:
        done = put_on_list(session, COMMAND_LINE, lines, replace=replace)
        today = today_in(services.settings)
    said = f"{done.added} added, {done.changed} changed, {done.unchanged} as they were"
    click.echo(f"{said}, {done.removed} removed." if replace else f"{said}.")
    over = sum(1 for line in lines if line.until and line.until < today)
    if over:
        click.echo(f"{over} of them have run out already and do not count.")
    if faults:
        click.echo(f"Left out: {len({fault.number for fault in faults})} lines.")


@allow_list.command()
def show() -> None:
    """Print the list, with the number of each entry, and what the settings add to it."""
    from workflow.commands.opening import opened
    from workflow.review.allow_list import counts, entries, today_in

    with opened() as services, services.database.reading() as session:
        today = today_in(services.settings)
        for row in entries(session):
            over = "" if counts(row, today) else " (has run out)"
            until = f"until {row.until}{over}" if row.until else ""
            click.echo("\t".join((str(row.id), row.kind, row.name, row.role, row.phone, row.email, until)))
        for entry in services.settings.public_contacts:
            click.echo(f"-\tfrom the settings\t{entry}")


@allow_list.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1))
def remove(numbers: tuple[int, ...]) -> None:
    """Take the entries with these NUMBERS off the list (`teabreak allow-list show` prints them)."""
    from workflow.commands.opening import opened
    from workflow.review.allow_list import remove as remove_entries

    with opened() as services, services.database.writing() as session:
        unknown = remove_entries(session, COMMAND_LINE, numbers)
    if unknown:
        said = ", ".join(map(str, unknown))
        raise click.ClickException(
            f"No entry has the number {said}. Nothing was removed. See: teabreak allow-list show"
        )
    click.echo(f"Removed: {len(set(numbers))}. The check marks them from now on.")
