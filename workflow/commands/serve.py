"""`teabreak serve`: web, jobs and mail in one go; `web` and `worker`: the parts alone."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from workflow.commands.ending import Part, asked_to_end, stop_all
from workflow.services import Services


@click.command()
@click.option("--demo", is_flag=True, help="A fresh sample agency, with people, posts and a mail server of its own.")
@click.option("--json", "as_json", is_flag=True, help="With --demo: the first line printed is one JSON object.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="The port to listen on; 0: any free one.",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
def serve(demo: bool, as_json: bool, host: str, port: int, data: Path | None) -> None:
    """Serve the web pages, run the jobs and read the mailboxes, all in one process."""
    if as_json and not demo:
        raise click.UsageError("--json goes with --demo.")
    with ExitStack() as stack:
        listener = stack.enter_context(bound(host, port))  # first of all: a port in use is said at once
        if demo:
            folder = data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="teabreak-demo-")))
            _serve_demo(stack, folder, listener, as_json)
            return
        from workflow.commands.opening import opened

        services = stack.enter_context(opened(**({"data": data} if data else {})))
        ended = asked_to_end()
        stack.enter_context(running(services, listener))
        click.echo(f"Teabreak answers at {address_of(listener)} (Ctrl-C ends it).")
        ended.wait()


def _serve_demo(stack: ExitStack, folder: Path, listener: socket.socket, as_json: bool) -> None:
    if (folder / "teabreak.db").exists():
        raise click.ClickException(f"{folder} holds data already, and a demo begins afresh. Name an empty folder.")
    ended = asked_to_end()
    from workflow.commands.demo import announce, start_mail_server, state_file

    mail_server = stack.enter_context(start_mail_server(folder))  # it starts while we do the rest
    from workflow.commands.opening import log_to_standard_error
    from workflow.demo import demo_settings, fill
    from workflow.start import open_services

    log_to_standard_error()
    settings = demo_settings(folder, address_of(listener), mail_server.imap_port, mail_server.smtp_port)
    services = open_services(settings)
    stack.callback(services.database.close)
    people = fill(services)
    mail_server.wait()
    if ended.is_set():
        return
    stack.enter_context(running(services, listener))
    facts = {
        "url": address_of(listener),
        "people": people,
        "submit_to": settings.mail_in[0].address,
        "smtp_port": mail_server.smtp_port,
    }
    stack.enter_context(state_file(facts))
    if as_json:
        click.echo(json.dumps(facts))
    else:
        announce(facts, mail_server.url)
    ended.wait()


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A socket on that address. Nobody is let in yet."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise click.ClickException(f"There is no address {host} here: {error.strerror}.") from error
    with listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            sentence = f"Port {port} of {host} cannot be used: {error.strerror}. Choose another one with --port."
            raise click.ClickException(sentence) from error
        yield listener


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def running(services: Services, listener: socket.socket) -> Iterator[None]:
    """Web, worker, planner and mailbox watchers, until the block ends. It answers once the block begins."""
    from threading import Thread

    from waitress import create_server

    from workflow.app import create_app
    from workflow.jobs.planner import Planner
    from workflow.jobs.watch_mail import MailWatcher
    from workflow.jobs.worker import Worker

    app = create_app(services.settings, services.database)
    server = create_server(app, sockets=[listener], threads=8, ident="", max_request_body_size=100_000_000)
    watchers = [MailWatcher(services, box) for box in services.settings.mail_in]
    parts: list[Part] = [Worker(services), Planner(services), *watchers]
    thread = Thread(target=server.run, name="web", daemon=True)
    thread.start()
    for part in parts:
        part.start()
    try:
        yield
    finally:
        stop_all(parts)
        server.close()
        thread.join(5)


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
        ended = asked_to_end()
        parts: list[Part] = [Worker(services), Planner(services)]
        for part in parts:
            part.start()
        ended.wait()
        stop_all(parts)
