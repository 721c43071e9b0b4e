"""The demo's mail server, and `teabreak demo mail`, which sends it a draft."""

from __future__ import annotations

import json
import os
import secrets
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

import click

PASSWORD = "sample-password"  # noqa: S105 - the demo's, printed where it is used
SAMPLE_TEXT = "The library van stops at Sample Green on Thursday from 10am to noon. All welcome. #LibraryVan"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The loopback mail server of the demo: everybody has a mailbox there."""

    imap_port: int
    smtp_port: int
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait(self) -> None:
        """Returns once it answers. Raises ClickException where it does not."""
        _wait_until_open(self.process, [self.imap_port, self.smtp_port], self.log)


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def state_file(facts: dict[str, Any]) -> Iterator[None]:
    """Says for as long as the block runs how to reach this demo, to `teabreak demo mail` of the same user."""
    path = _states() / f"{os.getpid()}.json"
    with path.open("w", encoding="utf-8") as file:
        json.dump(facts, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _states() -> Path:
    folder = Path(tempfile.gettempdir()) / f"teabreak-demos-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise click.ClickException(f"{folder} belongs to somebody else. Set TMPDIR to a folder of your own.")
    return folder


def _newest_demo() -> dict[str, Any]:
    """The facts of the demo that was started last and still runs."""
    for path in sorted(_states().glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True):
        if Path(f"/proc/{path.stem}").exists() or not Path("/proc").exists():
            facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return facts
        path.unlink(missing_ok=True)  # it was killed
    raise click.ClickException("No demo is running. Start one first: teabreak serve --demo")


@contextmanager
def start_mail_server(folder: Path) -> Iterator[MailServer]:
    """Runs PyPI's mail-devel, which keeps all mail in memory. It announces IDLE but never pushes: poll it.

    It starts in its own time; `wait()` returns once it answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    imap, smtp, http = free_port(), free_port(), free_port()
    command = [
        *(
            sys.executable,
            "-P",
            "-m",
            "workflow.commands.demo_mail",
            "--host",
            "127.0.0.1",
            "--multi-user",
            "--password",
            PASSWORD,
        ),
        *("--imap-port", str(imap), "--smtp-port", str(smtp), "--http-port", str(http)),
    ]
    with (folder / "mail-server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends us, and we end it
        )
    try:
        yield MailServer(imap, smtp, f"http://127.0.0.1:{http}/", process, folder / "mail-server.log")
    finally:
        process.kill()  # it keeps nothing that could be lost
        process.wait(10)


def _wait_until_open(process: subprocess.Popen[bytes], ports: list[int], log: Path) -> None:
    deadline = time.monotonic() + 20
    for port in ports:
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException(f"The demo's mail server did not start; see {log}.")
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.05)


def announce(facts: dict[str, Any], mail_url: str) -> None:
    """Says in words where to sign in and how to mail a draft."""
    click.echo(f"Teabreak's demo answers at {facts['url']}")
    click.echo("All data is sample data, and gone when you end it (Ctrl-C).\n")
    click.echo("Sign in as:")
    for person in facts["people"]:
        click.echo(f"  {person['email']:<34} {person['password']:<18} {', '.join(person['roles'])}")
    author = facts["people"][0]["email"]
    click.echo(f"\nMail it a draft, to {facts['submit_to']}:")
    click.echo("  teabreak demo mail")
    click.echo("or with any mail client, or:")
    click.echo(
        f"  printf 'From: {author}\\nTo: {facts['submit_to']}\\nSubject: Library van\\n\\n{SAMPLE_TEXT}\\n' |\n"
        f"    curl -sS smtp://127.0.0.1:{facts['smtp_port']} --mail-from {author} "
        f"--mail-rcpt {facts['submit_to']} --upload-file -"
    )
    click.echo(f"\nEverybody's mail is shown at {mail_url}")
    click.echo(f"What was published on the sample channel: {facts['url']}/channels/sample/sample")


@click.group()
def demo() -> None:
    """Things to do with a running demo."""


@demo.command("mail")
@click.option("--from", "sender", default="author@agency.example", show_default=True)
@click.option("--subject", default="Library van", show_default=True)
@click.option("--picture", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A picture to attach.")
@click.argument("text", default=SAMPLE_TEXT)
def send(sender: str, subject: str, picture: Path | None, text: str) -> None:
    """Mail the running demo a draft."""
    facts = _newest_demo()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, facts["submit_to"], subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(secrets.token_hex(4), "mail.agency.example")
    message.set_content(text)
    if picture:
        kind = {"jpg": "jpeg"}.get(picture.suffix[1:].lower(), picture.suffix[1:].lower())
        message.add_attachment(picture.read_bytes(), maintype="image", subtype=kind, filename=picture.name)
    try:
        with smtplib.SMTP("127.0.0.1", facts["smtp_port"], timeout=10) as smtp:
            smtp.send_message(message)
    except OSError as error:
        raise click.ClickException(f"The demo's mail server does not answer: {error}") from error
    click.echo(f"Sent to {facts['submit_to']}, from {sender}.")
    click.echo(f"What can be reviewed comes into the queue in a few seconds: {facts['url']}/queue")
    click.echo("For anything else, look at the answer in the sender's mailbox, or at the page “Mail set aside”.")
