"""`teabreak mail`: watch the mailboxes; parse or hand in one message."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path

import click

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the message and comes back


@click.group(invoke_without_command=True)
@click.pass_context
def mail(ctx: click.Context) -> None:
    """Watch the mailboxes (without a further command), or work on one message."""
    if ctx.invoked_subcommand is not None:
        return
    from workflow.commands.ending import Part, asked_to_end, stop_all
    from workflow.commands.opening import opened
    from workflow.jobs.watch_mail import MailWatcher

    with opened() as services:
        if not services.settings.mail_in:
            raise click.ClickException("No mailbox is set up. Add [[mail_in]] to teabreak.toml; see docs/mail.md.")
        ended = asked_to_end()
        watchers: list[Part] = [MailWatcher(services, box) for box in services.settings.mail_in]
        for watcher in watchers:
            watcher.start()
        ended.wait()
        stop_all(watchers)


@mail.command()
@click.argument("file", type=click.Path(path_type=Path))
def parse(file: Path) -> None:
    """Say what a message (FILE, raw as it came) would become, as one JSON object."""
    from mail.message import as_json
    from mail.message import parse as parse_message

    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from error
    click.echo(json.dumps(as_json(parse_message(raw))))  # ASCII: sound on any terminal, whatever the bytes were


@mail.command()
@click.option("--mailbox", default="pipe", show_default=True, help="The mailbox's name on pages.")
@click.argument("file", type=click.Path(path_type=Path))
def ingest(mailbox: str, file: Path) -> None:
    """Hand one raw message (FILE or -) to the intake, as a mail server's pipe does. Exit 75: try again later."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from error
    if not raw.strip():
        where = "On standard input" if str(file) == "-" else f"In {file}"
        raise click.UsageError(
            f"{where} there is no message. Hand in one whole mail, header and all. Nothing was kept."
        )
    try:
        number = _kept(mailbox, raw)
    except SystemExit:  # wrong settings, which were said: no reason to bounce the mail either
        click.echo("Not taken in, try again: the settings are not right.", err=True)
        sys.exit(TRY_AGAIN)
    except Exception as error:  # any fault is ours; while its server keeps the mail, it is not lost
        click.echo(f"Not taken in, try again: {(str(error).splitlines() or [type(error).__name__])[0]}", err=True)
        sys.exit(TRY_AGAIN)
    click.echo(f"Kept as mail {number}.")


def _kept(mailbox: str, raw: bytes) -> int:
    from workflow.commands.opening import log_to_standard_error, read_settings
    from workflow.jobs.take_in_mail import keep
    from workflow.start import open_services

    settings = read_settings()
    log_to_standard_error()
    services = open_services(settings)
    with closing(services.database):
        return keep(services, mailbox, raw)
