"""`teabreak doctor`: is everything in order, and if not, what to do."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import click

from workflow.services import Services
from workflow.settings import MailIn, MailOut, Settings, settings_file

Result = tuple[str, bool, str]  # what was looked at, whether it is well, a sentence


@click.command()
def doctor() -> None:
    """Look at settings, safety, database, people, mail, channels and clock. Exit 1 if something needs doing."""
    from sqlalchemy.exc import SQLAlchemyError

    from workflow.commands.opening import read_settings
    from workflow.start import open_services

    settings = read_settings()
    click.echo(_line(("settings", True, "read without a fault")))
    try:
        services = open_services(settings)
    except (SQLAlchemyError, OSError) as error:
        why = str(error).splitlines()[0]
        click.echo(
            _line(("database", False, f"it cannot be opened ({why}). Look at the settings data and database_url."))
        )
        sys.exit(1)
    well = True
    try:
        for result in _results(services):
            well = well and result[1]
            click.echo(_line(result))
    finally:
        services.database.close()
    sys.exit(0 if well else 1)


def _line(result: Result) -> str:
    what, well, sentence = result
    return f"{'ok  ' if well else 'DO  '} {what}: {sentence}"


def _results(services: Services) -> Iterator[Result]:
    looks: list[Callable[[Services], Iterator[Result]]] = [
        _safety,
        _database,
        _disk,
        _clock,
        _record,
        _people,
        _jobs,
        _mailboxes,
        _sending,
        _channels,
        _language_model,
        _agency_words,
    ]
    for look in looks:
        yield from look(services)


def _safety(services: Services) -> Iterator[Result]:
    unsafe = list(_set_unsafely(services.settings))
    for sentence in unsafe:
        yield "safety", False, sentence
    if not unsafe:
        yield "safety", True, "what can be seen from the settings is set safely"


def _set_unsafely(settings: Settings) -> Iterator[str]:
    address = urlsplit(settings.public_url)
    if address.scheme != "https" and not _is_loopback(address.hostname or ""):
        yield (
            "passwords travel readable to public_url, which is not https. Put a proxy with TLS in front, and set "
            "public_url to its https address."
        )
    elif address.scheme == "https" and not settings.secure_cookies:
        yield "secure_cookies is off, so that a sign-in can be overheard. Take that setting out."
    if address.scheme == "https" and settings.proxy_hops == 0:
        yield (
            "behind a proxy everybody seems to come from one address, so that one who guesses passwords keeps all from "
            "signing in. Set proxy_hops to the number of your proxies, mostly 1."
        )
    servers: list[tuple[str, MailIn | MailOut]] = [("[mail_out]", settings.mail_out)]
    servers += [(f"[[mail_in]] {box.name}", box) for box in settings.mail_in]
    for what, server in servers:
        if server.host and not (server.tls or server.starttls or _is_loopback(server.host)):
            yield f"mail travels readable to {server.host}. Set tls or starttls to true under {what}."
    file = settings_file()
    if file.is_file() and file.stat().st_mode & stat.S_IROTH:
        yield f"everybody on this machine can read {file}, passwords and all. Run: chmod o-rwx {file}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _database(services: Services) -> Iterator[Result]:
    from workflow.migrations import is_current

    kind = "PostgreSQL" if services.database.on_postgresql else "SQLite"
    if is_current(services.database):
        yield "database", True, f"{kind}, at the newest version"
    else:
        yield "database", False, f"{kind}, but of another version of Teabreak. Restart all parts with the newest one."


def _disk(services: Services) -> Iterator[Result]:
    free = shutil.disk_usage(services.settings.data).free / 1e9
    if free < 1:
        yield "disk", False, f"only {free:.1f} GB free at {services.settings.data}. Make room, or mail cannot be kept."
    else:
        yield "disk", True, f"{free:.0f} GB free at {services.settings.data}"


def _clock(services: Services) -> Iterator[Result]:
    now = datetime.now(UTC).astimezone(services.settings.zone)
    sentence = f"{now:%d %B %Y, %H:%M} in {services.settings.time_zone}"
    if services.database.on_postgresql:
        import sqlalchemy as sa

        with services.database.reading() as session:
            theirs = session.scalar(sa.select(sa.func.clock_timestamp()))
        apart = abs((datetime.now(UTC) - theirs).total_seconds()) if theirs else 0
        if apart > 5:
            yield (
                "clock",
                False,
                f"{sentence}, but the database's clock differs by {apart:.0f} seconds. Set both by NTP.",
            )
            return
    yield "clock", True, sentence


def _record(services: Services) -> Iterator[Result]:
    from workflow import record

    with services.database.reading() as session:
        result = record.verify(session)
    if result.problems:
        yield "record", False, f"{result.problems[0]} Run: teabreak record verify"
    else:
        yield "record", True, f"{result.size} entries, and it holds"


def _people(services: Services) -> Iterator[Result]:
    import sqlalchemy as sa

    from workflow.models import Person, RoleGrant
    from workflow.roles import Role

    with services.database.reading() as session:
        held = set(
            session.scalars(
                sa.select(RoleGrant.role).join(Person).where(Person.active.is_(sa.true()), Person.password_hash != "")
            )
        )
    for role in Role:
        if role is Role.AUTHOR:  # whoever reviews or publishes can propose as well
            continue
        if role.value in held:
            yield "people", True, f"somebody is {role.value}"
        else:
            word = role.value.replace(" ", "-")
            yield "people", False, f"nobody is {role.value}. Run: teabreak user add EMAIL --name NAME --role {word}"


def _jobs(services: Services) -> Iterator[Result]:
    from workflow.jobs.listing import list_jobs

    with services.database.reading() as session:
        listing = list_jobs(session, services.settings)
    if listing.dead:
        yield "jobs", False, f"{len(listing.dead)} gave up. Look at {services.settings.public_url}/jobs"
    else:
        yield "jobs", True, f"{len(listing.waiting)} waiting, {len(listing.failing)} failing, none gave up"


def _mailboxes(services: Services) -> Iterator[Result]:
    from mail.errors import MailError
    from mail.mailbox import Mailbox
    from workflow.jobs.watch_mail import mailbox_settings

    if not services.settings.mail_in:
        yield "mailbox", True, "none is set up, so nobody can propose by email"
    for box in services.settings.mail_in:
        try:
            with Mailbox(mailbox_settings(box)) as mailbox:
                waiting = len(mailbox.new_uids(0))
            yield f"mailbox {box.name}", True, f"signed in to {box.host}, {waiting} messages to take in"
        except MailError as error:
            yield f"mailbox {box.name}", False, str(error)


def _sending(services: Services) -> Iterator[Result]:
    from mail.errors import MailError
    from mail.send import check
    from workflow.jobs.send_mail import smtp_settings

    if not services.settings.mail_out.host:
        yield "sending", False, "no mail is sent. Set [mail_out] in teabreak.toml, or people have to look at the pages."
        return
    try:
        check(smtp_settings(services.settings))
        yield "sending", True, f"{services.settings.mail_out.host} answers"
    except MailError as error:
        yield "sending", False, str(error)


def _channels(services: Services) -> Iterator[Result]:
    import sqlalchemy as sa

    from workflow.commands.channel import try_channel
    from workflow.models import Channel

    with services.database.reading() as session:
        ids = list(session.scalars(sa.select(Channel.id).where(Channel.retired_at.is_(None))))
    if not ids:
        yield "channels", False, "there is none. Run: teabreak channel add ID --network bluesky --name NAME"
    for id_ in ids:
        well, sentence = try_channel(services, id_)
        yield f"channel {id_}", well, sentence


def _language_model(services: Services) -> Iterator[Result]:
    from workflow.checks.in_time import ReaderFault
    from workflow.guide.clauses import CHECKED
    from workflow.jobs.ask_language_model import reader_of
    from workflow.review.guide_in_use import guide_in_use

    setting = services.settings.language_model
    if not setting.address:
        yield "language model", True, "off: no draft leaves Teabreak for a check"
        return
    with services.database.reading() as session:
        guide = guide_in_use(session)
    unknown = [id_ for id_ in setting.clauses if guide.clause(id_) is None]
    if unknown:
        yield "language model", False, f"the guide has no clause {unknown[0]}. Take it out of the setting clauses."
    yield (
        "language model",
        True,
        f"the words of a post that would be published, and what the guide says of {len(setting.clauses or CHECKED)} "
        f"clauses, are sent to {setting.address} when it is checked; nothing else, and nothing of a post in which the "
        "check finds a concern",
    )
    try:
        models = reader_of(setting).models()
    except (ReaderFault, OSError) as fault:
        why = str(fault) if isinstance(fault, ReaderFault) else f"could not be asked ({fault})"
        yield (
            "language model",
            False,
            f"{setting.address} {why}. Until it does its work, a person has to take over its share of every check.",
        )
        return
    if models is not None and setting.model not in models:
        yield "language model", False, f"{setting.address} does not offer {setting.model}. Look at the setting model."
    else:
        yield "language model", True, f"{setting.address} answers"


def _agency_words(services: Services) -> Iterator[Result]:
    from workflow.checks.house.agency_words import WordsFault, read_words

    file = services.settings.agency_words
    if file is None:
        return
    try:
        entries = read_words(file.read_bytes())
    except OSError as fault:
        why = fault.strerror or "it cannot be read"
        yield "words and dates", False, f"{file}: {why}. Until it can be read, no post counts as checked."
    except WordsFault as fault:
        yield (
            "words and dates",
            False,
            f"{file}: {fault} Until it is mended, no post counts as checked. Run: teabreak words lint {file}",
        )
    else:
        yield "words and dates", True, f"{len(entries)} in {file}"
