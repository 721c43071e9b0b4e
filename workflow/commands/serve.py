"""`teabreak serve`: web, jobs and mail in one go; `web` and `worker`: the parts alone."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from workflow.services import Services


@click.command()
@click.option("--demo", is_flag=True, help="A fresh sample agency, with people, posts and a mail server of its own.")
@click.option("--json", "as_json", is_flag=True, help="With --demo: the first line printed is one JSON object.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8765, show_default=True, help="The port to listen on; 0: any free one.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
def serve(demo: bool, as_json: bool, host: str, port: int, data: Path | None) -> None:
    """Serve the web pages, run the jobs and read the mailboxes, all in one process."""
    if as_json and not demo:
        raise click.UsageError("--json goes with --demo.")
    if not demo:
        from workflow.commands.opening import opened

        values = {"data": data} if data else {}
        with opened(**values) as services, running(services, host, port) as url:
            click.echo(f"Teabreak answers at {url} (Ctrl-C ends it).")
            _wait()
        return
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="teabreak-demo-")))
        _serve_demo(stack, folder, host, port, as_json)


def _serve_demo(stack: ExitStack, folder: Path, host: str, port: int, as_json: bool) -> None:
    from workflow.commands.demo import announce, free_port, start_mail_server, state_file
    from workflow.demo import demo_settings, fill
    from workflow.start import open_services

    port = port or free_port()
    mail_server = stack.enter_context(start_mail_server(folder))
    settings = demo_settings(folder, f"http://{host}:{port}", mail_server.imap_port, mail_server.smtp_port)
    services = open_services(settings)
    stack.callback(services.database.close)
    people = fill(services)
    url = stack.enter_context(running(services, host, port))
    facts = {
        "url": url,
        "people": people,
        "submit_to": settings.mail_in[0].address,
        "smtp_port": mail_server.smtp_port,
        "mail_url": mail_server.url,
    }
    state = state_file()
    state.write_text(json.dumps(facts), encoding="utf-8")
    stack.callback(state.unlink, missing_ok=True)
    if as_json:
        click.echo(json.dumps(facts))
    else:
        announce(facts)
    sys.stdout.flush()
    _wait()


@contextmanager
def running(services: Services, host: str, port: int) -> Iterator[str]:
    """Web, worker, planner and mailbox watchers, until the block ends. Gives the address once it answers."""
    from threading import Thread

    from waitress import create_server

    from workflow.app import create_app
    from workflow.jobs.planner import Planner
    from workflow.jobs.watch_mail import MailWatcher
    from workflow.jobs.worker import Worker

    app = create_app(services.settings, services.database)
    try:
        server = create_server(app, host=host, port=port, threads=8, ident="", max_request_body_size=100_000_000)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used: {error.strerror}. Choose another one with --port."
        ) from error
    parts = [Worker(services), Planner(services), *(MailWatcher(services, box) for box in services.settings.mail_in)]
    thread = Thread(target=server.run, name="web", daemon=True)
    thread.start()
    for part in parts:
        part.start()
    try:
        yield f"http://{host}:{server.effective_port}"
    finally:
        for part in reversed(parts):
            part.stop()
        server.close()
        thread.join(5)


def _wait() -> None:
    from workflow.commands.mail import wait_for_a_signal

    wait_for_a_signal()


@click.command()
@click.option("--bind", default="127.0.0.1:8765", show_default=True, help="The address and port to listen on.")
@click.option("--workers", default=os.cpu_count() or 1, show_default="one a core", help="How many processes.")
def web(bind: str, workers: int) -> None:
    """Serve the web pages alone, by gunicorn; any number of these may run."""
    from workflow.commands.opening import opened

    with opened():
        pass  # data folder, database and guide are in order before the first worker starts
    arguments = ["--bind", bind, "--workers", str(workers), "--worker-class", "gthread", "--threads", "4"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *arguments, "wsgi:app"])  # noqa: S606


@click.command()
def worker() -> None:
    """Run the jobs alone; any number of these may run."""
    from workflow.commands.opening import opened
    from workflow.jobs.planner import Planner
    from workflow.jobs.worker import Worker

    with opened() as services:
        parts = [Worker(services), Planner(services)]
        for part in parts:
            part.start()
        _wait()
        for part in reversed(parts):
            part.stop()
