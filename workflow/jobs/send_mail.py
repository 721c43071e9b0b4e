"""Mail on its way out: rendered once, kept, and sent with the same Message-ID however often it is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mail.compose import compose
from mail.errors import PermanentMailError, TemporaryMailError
from mail.send import SmtpSettings, send
from workflow import record
from workflow.jobs.handlers import GiveUp, TryAgain, handler
from workflow.jobs.letters import Letter, letter_for
from workflow.models import OutgoingMail, Person, Post, reference_of
from workflow.roles import SYSTEM
from workflow.services import Services
from workflow.settings import Settings


@handler("send_mail")
def send_mail(services: Services, args: dict[str, Any]) -> None:
    """Sends one mail. `args`: name (of a folder under templates/emails), key, person_id, and what the letter needs."""
    if not services.settings.mail_out.host:
        return
    mail_id = _render_once(services, args)
    if mail_id is None:
        return
    with services.database.reading() as session:
        mail = session.get(OutgoingMail, mail_id)
        if mail is None or mail.state == "sent":  # erased with its post, or nothing to do
            return  # one that was refused is tried again when somebody asks for it
        raw, recipient = mail.raw, mail.recipient
    try:
        send(smtp_settings(services.settings), raw, envelope_sender(services.settings), [recipient])
    except TemporaryMailError as error:
        raise TryAgain(timedelta(minutes=2), str(error)) from error
    except PermanentMailError as error:
        _keep(services, mail_id, "refused", str(error))
        raise GiveUp(str(error)) from error
    _keep(services, mail_id, "sent", "")


def _render_once(services: Services, args: dict[str, Any]) -> int | None:
    """The id of the mail with that key, rendered now if it is new. None where there is no longer anything to tell."""
    with services.database.reading() as session:
        known = session.scalars(sa.select(OutgoingMail.id).where(OutgoingMail.key == args["key"])).one_or_none()
        if known is not None:
            return known
        person = session.get_one(Person, args["person_id"])
        letter = letter_for(services, session, args, person)
        recipient, person_id = person.email, person.id
    if letter is None:
        return None
    settings = services.settings
    message_id = f"<{args['key'].replace(':', '.')}@{settings.mail_domain}>"
    raw = _compose(settings, letter, recipient, message_id)
    with services.database.writing() as session:
        known = session.scalars(sa.select(OutgoingMail.id).where(OutgoingMail.key == args["key"])).one_or_none()
        if known is not None:
            return known
        if _is_past(services, session, args, person):
            return None
        mail = OutgoingMail(
            key=args["key"],
            name=args["name"],
            recipient=recipient,
            person_id=person_id,
            post_id=args.get("post_id"),
            message_id=message_id,
            raw=raw,
            created_at=datetime.now(UTC),
        )
        session.add(mail)
        session.flush()
        return mail.id


def _is_past(services: Services, session: Session, args: dict[str, Any], person: Person) -> bool:
    """Whether there is nothing to tell any more: its post may have been deleted while the mail was written.

    The post is locked, so that a deletion finds either no mail or this one.
    """
    if args.get("post_id") is None:
        return False
    session.get_one(Post, args["post_id"], with_for_update={"of": Post})
    return letter_for(services, session, args, person) is None


def _compose(settings: Settings, letter: Letter, recipient: str, message_id: str) -> bytes:
    return compose(
        sender=settings.mail_out.sender,
        to=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=message_id,
        in_reply_to=letter.in_reply_to,
        references=letter.references,
        auto_submitted="auto-replied" if letter.in_reply_to else "auto-generated",
    )


def _keep(services: Services, mail_id: int, state: str, error: str) -> None:
    with services.database.writing() as session:
        mail = session.get(OutgoingMail, mail_id)
        if mail is None:  # erased with its post while it was on its way
            return
        mail.state, mail.error = state, error
        mail.sent_at = datetime.now(UTC) if state == "sent" else None
        about = reference_of(mail.post_id) if mail.post_id else "system"
        what = "mail sent" if state == "sent" else "mail refused"
        record.append(session, SYSTEM, what, about, {"mail": mail.name, "to": mail.person_id})


def smtp_settings(settings: Settings) -> SmtpSettings:
    """The agency's SMTP server as the mail library wants it."""
    out = settings.mail_out
    return SmtpSettings(
        host=out.host,
        port=out.port,
        tls=out.tls,
        starttls=out.starttls,
        user=out.user,
        password=out.password.get_secret_value(),
        ca_file=out.ca_file,
    )


def envelope_sender(settings: Settings) -> str:
    """The bare address of the sender setting."""
    return settings.mail_out.sender.rpartition("<")[2].rstrip("> ")
