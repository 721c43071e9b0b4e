"""`teabreak channel`: the agency's accounts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from workflow.roles import COMMAND_LINE
from workflow.services import Services


@click.group()
def channel() -> None:
    """Channels: add, list, test, pause."""


@channel.command()
@click.argument("id_")
@click.option("--network", required=True, help="bluesky or by_hand.")
@click.option("--name", required=True, help="What people call it, for example “Bluesky”.")
@click.option("--handle", default="", help="The account, for example agency.example.")
@click.option("--service-url", default="", help="The server, where it is not the network's own.")
@click.option("--password-stdin", is_flag=True, help="Read the app password from standard input instead of asking.")
def add(id_: str, network: str, name: str, handle: str, service_url: str, password_stdin: bool) -> None:
    """Add a channel under the short name ID, or give it a new password."""
    from workflow.commands.opening import opened
    from workflow.publishing.register import publishers
    from workflow.review.channels import save_channel

    if network not in publishers:
        raise click.UsageError(f"“{network}” is no network we know. Use one of: {', '.join(publishers)}.")
    secret = ""
    if publishers[network].needs_secret:
        secret = sys.stdin.readline().strip() if password_stdin else click.prompt("App password", hide_input=True)
    with opened() as services, services.database.writing() as session:
        save_channel(
            session,
            COMMAND_LINE,
            id_=id_,
            network=network,
            name=name,
            handle=handle,
            service_url=service_url,
            secret=secret,
            secret_key=services.settings.secret_key.get_secret_value(),
        )
    click.echo(f"Channel {id_} ({name}) is kept. Try it: teabreak channel test {id_}")


@channel.command("list")
def list_() -> None:
    """List the channels."""
    import sqlalchemy as sa

    from workflow.commands.opening import opened
    from workflow.models import Channel

    with opened() as services, services.database.reading() as session:
        for row in session.scalars(sa.select(Channel).order_by(Channel.id)):
            state = "removed" if row.retired_at else "paused" if row.paused else "in use"
            click.echo(f"{row.id}\t{row.name}\t{row.network}\t{row.handle}\t{state}")


@channel.command()
@click.argument("id_")
def test(id_: str) -> None:
    """Sign in to the account, without publishing anything."""
    from workflow.commands.opening import opened

    with opened() as services:
        ok, sentence = try_channel(services, id_)
    click.echo(sentence)
    sys.exit(0 if ok else 1)


def try_channel(services: Services, id_: str) -> tuple[bool, str]:
    """Whether the account answers, and a sentence about it."""
    from workflow.models import Channel
    from workflow.models.seal import SealBroken
    from workflow.publishing.base import PublishError
    from workflow.publishing.register import account_of, publisher_for

    with services.database.reading() as session:
        row = session.get(Channel, id_)
        if row is None:
            return False, f"There is no channel called {id_}."
        try:
            account = account_of(row, services.settings.secret_key.get_secret_value())
        except SealBroken as error:
            return False, str(error)
    try:
        return True, publisher_for(account.network).test(account)
    except PublishError as error:
        return False, str(error)


@channel.command()
@click.argument("id_")
@click.option("--off", is_flag=True, help="Publish again.")
def pause(id_: str, off: bool) -> None:
    """Publish nothing on a channel until further notice."""
    from workflow import record
    from workflow.commands.opening import opened
    from workflow.models import Channel

    with opened() as services, services.database.writing() as session:
        row = session.get(Channel, id_)
        if row is None:
            raise click.ClickException(f"There is no channel called {id_}.")
        row.paused = not off
        record.append(
            session,
            COMMAND_LINE,
            "channel resumed" if off else "channel paused",
            f"channel:{id_}",
            {"at": datetime.now(UTC)},
        )
    click.echo(f"{id_} publishes again." if off else f"{id_} is paused: nothing is published on it.")
