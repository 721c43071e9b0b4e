"""Mail on its way in: kept first, understood afterwards.

`keep` writes raw bytes and ledger row and queues the rest; only after it returned may a message be moved or acknowledged.
`take_in_mail` decides what a kept mail is: a post, or set aside with its reason. Nothing is thrown away.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mail.loops import may_answer
from mail.message import IncomingMessage, parse
from workflow import outbox, record
from workflow.digest import canonical
from workflow.jobs.handlers import handler
from workflow.models import Channel, IncomingMail, OutgoingMail, Person
from workflow.review import pictures
from workflow.review.people import person_by_email
from workflow.review.proposal import Invalid, NewPicture, Proposal
from workflow.review.submit import propose
from workflow.roles import EVERYWHERE, SYSTEM, Permission, Role, may
from workflow.services import Services
from workflow.settings import MailIn

MAX_ANSWERS_AN_HOUR = 6  # to one sender, for mail that became no post: stops a loop that no header shows
NOTHING = "It holds no text and no picture that could become a post."
REPLY = "It answers one of our mails. Replies cannot change a post yet: open the post on the web, or send a new mail."


def keep(
    services: Services,
    mailbox: str,
    raw: bytes,
    uidvalidity: int | None = None,
    uid: int | None = None,
    *,
    too_large_at: int | None = None,
) -> int:
    """Keeps a message: raw bytes on disk, then the ledger row and the job in one transaction. Gives the ledger's id.

    `too_large_at` says that `raw` is only the header of a message of so many bytes.

    A message that is in the ledger already (same mailbox, UIDVALIDITY and UID) is not kept twice.
    Raises OSError or SQLAlchemy's errors where we are at fault: leave the message where it is and come back.
    """
    sha256 = services.files.put(raw)
    with services.database.writing() as session:
        known = _known(session, mailbox, uidvalidity, uid)
        if known is not None:
            return known
        row = IncomingMail(
            mailbox=mailbox,
            uidvalidity=uidvalidity,
            uid=uid,
            sha256=sha256,
            size=too_large_at or len(raw),
            too_large=too_large_at is not None,
            received_at=datetime.now(UTC),
        )
        session.add(row)
        session.flush()
        outbox.enqueue(session, "take_in_mail", {"incoming_mail_id": row.id}, key=f"mail-in:{row.id}", priority=40)
        return row.id


def _known(session: Session, mailbox: str, uidvalidity: int | None, uid: int | None) -> int | None:
    if uid is None:
        return None
    return session.scalars(
        sa.select(IncomingMail.id).where(
            IncomingMail.mailbox == mailbox, IncomingMail.uidvalidity == uidvalidity, IncomingMail.uid == uid
        )
    ).one_or_none()


@handler("take_in_mail")
def take_in_mail(services: Services, args: dict[str, Any]) -> None:
    """Makes a kept mail a post, or sets it aside with the reason. `args`: incoming_mail_id."""
    with services.database.reading() as session:
        mail = session.get_one(IncomingMail, args["incoming_mail_id"])
        if mail.state != "received":
            return
        sha256, mailbox = mail.sha256, mail.mailbox
    raw = services.files.read(sha256)
    box = next((box for box in services.settings.mail_in if box.name == mailbox), None)
    message = parse(raw, authserv_id=box.authserv_id if box else None)
    found, refused = _pictures(services, message)
    try:
        with services.database.writing() as session:
            mail = session.get_one(IncomingMail, args["incoming_mail_id"], with_for_update=True)
            if mail.state == "received":
                _take_in(services, session, mail, message, box, found, refused)
    except IntegrityError:
        # Another worker took the same mail in, from another mailbox or delivery, between our look and our write.
        with services.database.writing() as session:
            mail = session.get_one(IncomingMail, args["incoming_mail_id"], with_for_update=True)
            _close(session, mail, "duplicate", "The same mail came in before.")


def _pictures(services: Services, message: IncomingMessage) -> tuple[list[NewPicture], list[str]]:
    """The picture attachments, cleaned and stored, and a sentence for each attachment that was not taken."""
    taken: list[NewPicture] = []
    refused: list[str] = []
    limit = services.settings.max_picture_megabytes * 1_000_000
    for attachment in message.attachments:
        if not attachment.type.startswith("image/"):
            refused.append(f"{attachment.name or 'An attachment'} was not taken: only pictures can be part of a post.")
            continue
        try:
            taken.append(pictures.accept(services.files, attachment.name, attachment.content, limit))
        except pictures.Refused as error:
            refused.append(str(error))
    return taken, refused


def _take_in(
    services: Services,
    session: Session,
    mail: IncomingMail,
    message: IncomingMessage,
    box: MailIn | None,
    found: list[NewPicture],
    refused: list[str],
) -> None:
    mail.message_id = message.message_id[:1000]
    mail.sender = message.from_address[:320]
    mail.subject = message.subject[:500]
    key = _content_key(message, mail.sha256)
    if session.scalars(sa.select(IncomingMail.id).where(IncomingMail.content_key == key)).first() is not None:
        _close(session, mail, "duplicate", "The same mail came in before.")
        return
    mail.content_key = key
    person = person_by_email(session, message.from_address) if message.from_address else None
    reason = _reason_to_set_aside(session, message, person, box, found)
    if mail.too_large and (reason is None or reason == NOTHING):
        limit = services.settings.max_mail_megabytes
        reason = f"It is {mail.size / 1e6:.0f} MB; the most that can be taken is {limit} MB. Send smaller pictures."
    if reason or person is None:
        _close(session, mail, "set aside", reason or "")
        if person is not None and person.active:
            _tell_sender(session, mail, message, person)
        return
    _propose(services, session, mail, message, person, found, refused)


def _content_key(message: IncomingMessage, sha256: str) -> str:
    """The same mail, delivered again or to a second mailbox, has the same key; two mails never share one."""
    if not message.message_id:
        return sha256
    files = [hashlib.sha256(attachment.content).hexdigest() for attachment in message.attachments]
    parts = [message.message_id, message.from_address, message.subject, message.text, message.removed, files]
    return hashlib.sha256(canonical(parts)).hexdigest()


def _reason_to_set_aside(
    session: Session, message: IncomingMessage, person: Person | None, box: MailIn | None, found: list[NewPicture]
) -> str | None:
    if message.is_bounce:
        who = ", ".join(message.bounced) or "an address"
        return f"It is a notice that mail to {who} could not be delivered."
    if message.auto_generated:
        return "It was sent by a machine, not by a person (for example an out-of-office reply)."
    if not message.from_address:
        return "It does not say clearly who sent it."
    if person is None:
        return "Its sender is not known here. Add them as a member of staff if they should be."
    if not person.active:
        return "Its sender's account is closed."
    if message.sender_verified == "fail":
        return "Your mail server could not confirm that it came from the address it names."
    if box and box.require_proof and message.sender_verified != "pass":
        return "Your mail server did not confirm that it came from the address it names."
    if not may(Permission.PROPOSE, person.as_actor()):
        return "Its sender may not propose posts. Give them the role of author if they should."
    if _answers_us(session, message):
        return REPLY
    if not message.text.strip() and not found:
        return NOTHING
    return None


def _answers_us(session: Session, message: IncomingMessage) -> bool:
    named = [*message.in_reply_to, *message.references]
    return session.scalars(sa.select(OutgoingMail.id).where(OutgoingMail.message_id.in_(named))).first() is not None


def _close(session: Session, mail: IncomingMail, state: str, reason: str) -> None:
    mail.state, mail.reason, mail.handled_at = state, reason, datetime.now(UTC)
    record.append(session, SYSTEM, f"mail {state}", f"mail:{mail.id}", {"mailbox": mail.mailbox, "reason": reason})


def _tell_sender(session: Session, mail: IncomingMail, message: IncomingMessage, person: Person) -> None:
    """A known person learns that their mail became no post and why, where answering is safe."""
    if may_answer(message) is not None or message.sender_verified == "fail":
        return
    since = datetime.now(UTC) - timedelta(hours=1)
    told = session.scalar(
        sa.select(sa.func.count(OutgoingMail.id)).where(
            OutgoingMail.name == "not_taken", OutgoingMail.person_id == person.id, OutgoingMail.created_at > since
        )
    )
    if (told or 0) >= MAX_ANSWERS_AN_HOUR:
        return
    _queue_answer(session, "not_taken", mail, person, {})


def _queue_answer(session: Session, name: str, mail: IncomingMail, person: Person, facts: dict[str, Any]) -> None:
    args = {"name": name, "key": f"{name}:{mail.id}:{person.id}", "person_id": person.id, "incoming_mail_id": mail.id}
    outbox.enqueue(session, "send_mail", args | facts, key=f"mail:{args['key']}", priority=80)


def _propose(
    services: Services,
    session: Session,
    mail: IncomingMail,
    message: IncomingMessage,
    person: Person,
    found: list[NewPicture],
    refused: list[str],
) -> None:
    text, described = _with_descriptions(message.text, found)
    notes = [f"Mailed with the subject “{message.subject}”."] if message.subject else []
    if message.sender_verified != "pass":
        notes.append("The mail server did not confirm the sender's address.")
    proposal = Proposal(
        text=text,
        channels=_channels_for(session, person),
        pictures=tuple(described),
        publish_zone=services.settings.time_zone,
        language=services.settings.language,
        note=" ".join(notes),
    )
    mail.understood = {"removed": message.removed, "refused": refused, "problems": list(message.problems)}
    actor = person.as_actor()
    try:
        post = propose(session, actor, proposal, origin="mail", incoming_mail_id=mail.id)
    except Invalid as invalid:
        # Kept as a draft, so that nothing is lost; the answer says what is missing.
        post = propose(session, actor, _storable(proposal), origin="mail", incoming_mail_id=mail.id, save_only=True)
        problems = [problem.message for problem in invalid.problems]
        _queue_answer(session, "draft_unfinished", mail, person, {"post_id": post.id, "problems": problems})
    mail.post_id = post.id
    mail.state, mail.handled_at = "taken in", datetime.now(UTC)
    record.append(session, SYSTEM, "mail taken in", post.ref, {"mail": mail.id, "sha256": mail.sha256})


def _storable(proposal: Proposal) -> Proposal:
    """The draft of a mail that is far too long for any post keeps its beginning; the raw mail keeps all of it."""
    from workflow.review.proposal import MAX_NOTE, MAX_PICTURES, MAX_TEXT

    clean = "".join(char for char in proposal.text[:MAX_TEXT] if char in "\n\t" or (char >= " " and char != "\x7f"))
    note = "".join(char for char in proposal.note[:MAX_NOTE] if char in "\n\t" or (char >= " " and char != "\x7f"))
    return replace(proposal, text=clean, note=note, pictures=proposal.pictures[:MAX_PICTURES])


def _channels_for(session: Session, person: Person) -> tuple[str, ...]:
    """All channels in use on which the person may propose."""
    ids = session.scalars(
        sa.select(Channel.id).where(Channel.retired_at.is_(None)).order_by(Channel.created_at, Channel.id)
    )
    held = {
        channel for role, channel in person.as_actor().roles if role in (Role.AUTHOR, Role.REVIEWER, Role.PUBLISHER)
    }
    return tuple(name for name in ids if EVERYWHERE in held or name in held)


def _with_descriptions(text: str, found: list[NewPicture]) -> tuple[str, list[NewPicture]]:
    """Takes lines that begin with "Alt:" out of the text, as the pictures' descriptions in their order."""
    kept, given = [], []
    for line in text.split("\n"):
        head, colon, rest = line.partition(":")
        if colon and head.strip().lower() in ("alt", "alt text") and rest.strip() and len(given) < len(found):
            given.append(rest.strip())
        else:
            kept.append(line)
    described = [replace(picture, alt_text=alt) for picture, alt in zip(found, given, strict=False)]
    return "\n".join(kept).strip(), described + found[len(given) :]
