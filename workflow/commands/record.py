"""`teabreak record`: verify and export the record."""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default as email_policy
from pathlib import Path
from typing import Any

import click

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
FIELDS = ("seq", "at", "actor", "actor_id", "action", "object", "payload", "salt", "payload_hash", "leaf")


@click.group()
def record() -> None:
    """The record: who did what, when, and the proof that it was not changed."""


@record.command()
@click.option(
    "--anchor",
    "anchor_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An anchor kept elsewhere (the hourly mail).",
)
def verify(anchor_file: Path | None) -> None:
    """Read the whole record and say whether it holds. Exit 1 if not."""
    from workflow import record as log
    from workflow.commands.opening import opened
    from workflow.review.audit import publications_without_approval

    anchors = []
    if anchor_file:
        try:
            anchors = log.Anchor.parse(_text_of(anchor_file.read_bytes()))
        except ValueError as error:
            raise click.UsageError(f"{anchor_file}: {error}") from error
    with opened() as services, services.database.reading() as session:
        result = log.verify(session, anchors)
        problems = result.problems + publications_without_approval(session)
    for problem in problems:
        click.echo(problem)
    if problems:
        click.echo(f"{result.size} entries read. The record does NOT hold.")
        sys.exit(1)
    click.echo(f"{result.size} entries read. The record holds, and every publication has its approval.")
    if not anchors:
        click.echo("Give an anchor from outside (--anchor FILE) to see also whether its end was cut off.")


def _text_of(raw: bytes) -> str:
    """What a file says: the plain text of a saved mail, which may be encoded for its way, or the file as it is."""
    message = message_from_bytes(raw, policy=email_policy)
    try:
        body = message.get_body(("plain",)) if message.keys() else None
        return str(body.get_content()) if body else raw.decode("utf-8", "replace")
    except (LookupError, ValueError):  # no such character set
        return raw.decode("utf-8", "replace")


@record.command()
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv", "zip"]), default="jsonl", show_default=True)
def export(first: datetime | None, last: datetime | None, form: str) -> None:
    """Write the record to standard output, in UTF-8."""
    from workflow.commands.opening import opened

    if form == "zip" and sys.stdout.isatty():
        raise click.UsageError("A zip file is not for the screen. Send it to a file: add > record.zip")
    with opened() as services:
        rows = _rows(services, first.date() if first else None, last.date() if last else None)
        if form == "jsonl":
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False).encode())
        elif form == "csv":
            sys.stdout.buffer.write(_csv(rows).encode())
        else:
            sys.stdout.buffer.write(_zip(list(rows)))


def _rows(services: Any, first: date | None, last: date | None) -> Iterator[dict[str, Any]]:
    import sqlalchemy as sa

    from workflow.models import RecordEntry

    query = sa.select(RecordEntry).order_by(RecordEntry.seq).execution_options(yield_per=1000)
    if first:
        query = query.where(RecordEntry.at >= first.isoformat())
    if last:
        query = query.where(RecordEntry.at < (last + timedelta(days=1)).isoformat())
    with services.database.reading() as session:
        for entry in session.scalars(query):
            row = {name: getattr(entry, name) for name in FIELDS}
            yield {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


def _csv(rows: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        # A spreadsheet runs what begins with these as a formula.
        writer.writerow({k: f"'{v}" if isinstance(v, str) and v[:1] in _FORMULA else v for k, v in row.items()})
    return out.getvalue()


def _zip(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("record.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        archive.writestr("record.csv", _csv(rows))
    return out.getvalue()
