"""`teabreak user`: people and their roles."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

import click

from workflow.roles import COMMAND_LINE, EVERYWHERE, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflow.models import Person


@click.group()
def user() -> None:
    """People: add, list, change their roles, disable, reset their password."""


def _role(text: str) -> tuple[Role, str]:
    name, _, channel = text.partition("@")
    try:
        return Role(name.strip().replace("-", " ").replace("_", " ")), channel.strip() or EVERYWHERE
    except ValueError:
        known = ", ".join(role.value.replace(" ", "-") for role in Role)
        raise click.UsageError(f"“{name}” is no role. Use one of: {known}.") from None


@user.command()
@click.argument("email")
@click.option("--name", required=True, help="The person's name, as pages and the record show it.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help="A role, everywhere or on one channel: reviewer, author@bluesky.",
)
@click.option("--no-password", is_flag=True, help="They only ever email, and cannot sign in.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(email: str, name: str, roles: tuple[str, ...], no_password: bool, password_stdin: bool) -> None:
    """Add a member of staff."""
    from workflow.commands.opening import opened
    from workflow.review.people import add_person

    pairs = [_role(text) for text in roles]
    password, made = _password(no_password, password_stdin)
    with opened() as services, services.database.writing() as session:
        _must_exist(session, pairs)
        add_person(session, COMMAND_LINE, name=name, email=email, roles=pairs, password=password)
    click.echo(f"Added {name} <{email.strip().lower()}>.")
    if made:
        click.echo(f"Their password, shown this once: {password}")


def _must_exist(session: Session, pairs: list[tuple[Role, str]]) -> None:
    """A role on a channel that does not exist would never count, and nobody would notice."""
    from workflow.models import Channel

    for _, channel in pairs:
        if channel != EVERYWHERE and session.get(Channel, channel) is None:
            raise click.ClickException(f"There is no channel called {channel}. Add it first: teabreak channel add")


def _password(none: bool, from_stdin: bool) -> tuple[str, bool]:
    if none:
        return "", False
    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise click.ClickException("There is no password on standard input. Nothing was changed.")
        return given, False
    return secrets.token_urlsafe(12), True


@user.command("list")
def list_() -> None:
    """List everybody."""
    import sqlalchemy as sa

    from workflow.commands.opening import opened
    from workflow.models import Person

    with opened() as services, services.database.reading() as session:
        for person in session.scalars(sa.select(Person).order_by(Person.name)):
            closed = "" if person.active else " (disabled)"
            click.echo(f"{person.email}\t{person.name}{closed}\t{_roles_of(person)}")


@user.command("role")
@click.argument("email")
@click.option("--add", "more", multiple=True, help="A role they get, everywhere or on one channel: publisher@bluesky.")
@click.option("--remove", "less", multiple=True, help="A role they lose.")
@click.option("--force", is_flag=True, help="Even where nobody is left as administrator.")
def change_roles(email: str, more: tuple[str, ...], less: tuple[str, ...], force: bool) -> None:
    """Give somebody roles, or take them away."""
    from workflow.commands.opening import opened
    from workflow.review.grants import change_grants
    from workflow.review.people import person_by_email

    given, taken = [_role(text) for text in more], [_role(text) for text in less]
    if not given and not taken:
        raise click.UsageError("Say what changes: --add ROLE or --remove ROLE.")
    if set(given) & set(taken):
        raise click.UsageError("A role cannot be both added and removed.")
    with opened() as services, services.database.writing() as session:
        _must_exist(session, given)
        person = person_by_email(session, email)
        if person is None:
            raise click.ClickException(f"Nobody here has the address {email}.")
        change_grants(session, COMMAND_LINE, person, given, taken, force=force)
        held = _roles_of(person)
    click.echo(f"{email} is now: {held or 'without any role'}.")


def _roles_of(person: Person) -> str:
    return ", ".join(sorted(g.role + ("" if g.channel_id == EVERYWHERE else f"@{g.channel_id}") for g in person.grants))


@user.command()
@click.argument("email")
def disable(email: str) -> None:
    """Close somebody's account at once, sessions included."""
    from workflow.commands.opening import opened
    from workflow.review.people import disable as disable_person
    from workflow.review.people import person_by_email

    with opened() as services, services.database.writing() as session:
        person = person_by_email(session, email)
        if person is None:
            raise click.ClickException(f"Nobody here has the address {email}.")
        disable_person(session, COMMAND_LINE, person)
    click.echo(f"{email} can no longer sign in or propose posts.")


@user.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the new password from standard input.")
def reset(email: str, password_stdin: bool) -> None:
    """Give somebody a new password; their sessions end."""
    from workflow.commands.opening import opened
    from workflow.review.people import person_by_email, set_password

    password, made = _password(False, password_stdin)
    with opened() as services, services.database.writing() as session:
        person = person_by_email(session, email)
        if person is None:
            raise click.ClickException(f"Nobody here has the address {email}.")
        set_password(session, COMMAND_LINE, person, password)
    click.echo(f"New password for {email}: {password}" if made else f"New password for {email} set.")
