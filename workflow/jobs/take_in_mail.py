"""Mail on its way in: kept first, understood afterwards.

`keep` writes raw bytes and ledger row and queues the rest; only once it has returned may a message be moved.
`take_in_mail` decides what a kept mail is: a post, or set aside with its reason. Nothing is thrown away.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mail.message import IncomingMessage, parse
from workflow import outbox, record
from workflow.digest import canonical
from workflow.jobs.handlers import handler
from workflow.jobs.quiet import may_be_whistleblowing
from workflow.jobs.set_aside import NOTHING, reason_to_set_aside
from workflow.models import IncomingMail, Person
from workflow.review import pictures
from workflow.review.channels import channels_to_propose_for
from workflow.review.hold import ERASED, erase_row
from workflow.review.parts import words_of_name
from workflow.review.people import person_by_email
from workflow.review.proposal import MAX_NOTE, MAX_PICTURES, MAX_TEXT, Invalid, NewPicture, Proposal
from workflow.review.submit import propose
from workflow.roles import SYSTEM
from workflow.services import Services
from workflow.settings import MailIn


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


@dataclass(frozen=True, slots=True)
class _Read:
    """A mail as it was understood, before the database is asked to keep what follows from it."""

    message: IncomingMessage
    box: MailIn | None
    reason: str | None  # why it becomes no post, if that is known already: then its pictures were not opened
    quiet: bool  # it may raise a concern: no list shows it and no mail repeats it, unless it becomes a post
    quiet_subject: bool
    found: list[NewPicture | None]
    refused: list[str]


@handler("take_in_mail")
def take_in_mail(services: Services, args: dict[str, Any]) -> None:
    """Makes a kept mail a post, or sets it aside with the reason. `args`: incoming_mail_id."""
    mail_id = args["incoming_mail_id"]
    with services.database.reading() as session:
        mail = session.get_one(IncomingMail, mail_id)
        if mail.state != "received":
            return
        sha256, mailbox = mail.sha256, mail.mailbox
    raw = services.files.read(sha256)
    box = next((box for box in services.settings.mail_in if box.name == mailbox), None)
    read = _read(services, parse(raw, authserv_id=box.authserv_id if box else None), box)
    key = _content_key(read.message, sha256)
    try:
        with services.database.writing() as session:
            mail = session.get_one(IncomingMail, mail_id, with_for_update=True)
            if mail.state == "received":
                _take_in(services, session, mail, read, key)
    except IntegrityError:
        # Another worker may have taken the same mail in, from another mailbox, between our look and our write.
        with services.database.writing() as session:
            mail = session.get_one(IncomingMail, mail_id, with_for_update=True)
            first = _first_with(session, key)
            if first is None:
                raise
            _close_as_duplicate(session, mail, first)


def _read(services: Services, message: IncomingMessage, box: MailIn | None) -> _Read:
    with services.database.reading() as session:
        person = person_by_email(session, message.from_address) if message.from_address else None
        reason = reason_to_set_aside(session, message, person, box)
        quiet_subject = may_be_whistleblowing(services, session, message.subject)
        names = [words_of_name(attachment.name) for attachment in message.attachments]
        others = (message.text, message.removed, *names, *message.bounced)
        quiet = quiet_subject or may_be_whistleblowing(services, session, *others)
    # Pictures of mail that becomes no post are not opened at all: anybody can send some.
    found, refused = _pictures(services, message) if reason is None else ([], [])
    return _Read(message, box, reason, quiet, quiet_subject, found, refused)


def _pictures(services: Services, message: IncomingMessage) -> tuple[list[NewPicture | None], list[str]]:
    """The picture attachments, cleaned and stored, and a sentence for each attachment that was not taken.

    A picture that was refused leaves its place empty, so that the next one does not get its description.
    """
    taken: list[NewPicture | None] = []
    refused: list[str] = []
    limit = services.settings.max_picture_megabytes * 1_000_000
    for attachment in message.attachments:
        if not attachment.type.startswith("image/"):
            refused.append(f"{attachment.name or 'An attachment'} was not taken: only pictures can be part of a post.")
            continue
        try:
            taken.append(pictures.accept(services.files, attachment.name, attachment.content, limit))
        except pictures.Refused as error:
            taken.append(None)
            refused.append(str(error))
    return taken, refused


def _take_in(services: Services, session: Session, mail: IncomingMail, read: _Read, key: str) -> None:
    message = read.message
    mail.message_id = message.message_id[:1000]
    mail.sender = message.from_address[:320]
    mail.subject = message.subject[:500]
    first = _first_with(session, key)
    if first is not None:
        _close_as_duplicate(session, mail, first)
        return
    mail.content_key = key
    person = person_by_email(session, message.from_address) if message.from_address else None
    reason = read.reason or reason_to_set_aside(session, message, person, read.box)
    if reason is None and mail.too_large:
        limit = services.settings.max_mail_megabytes
        reason = f"It is {mail.size / 1e6:.0f} MB; the most that can be taken is {limit} MB. Send smaller pictures."
    if reason is None and not message.text.strip() and not any(read.found):
        reason = NOTHING if read.quiet else " ".join([NOTHING, *read.refused])
    if reason or person is None:
        mail.understood = {"quiet": read.quiet}
        _close(session, mail, "set aside", reason or "")
        if person is not None and person.active:
            _tell_sender(session, mail, message, person)
        return
    _propose(services, session, mail, read, person)


def _content_key(message: IncomingMessage, sha256: str) -> str:
    """The same mail, delivered again or to a second mailbox, has the same key; two mails never share one."""
    if not message.message_id:
        return sha256
    files = [hashlib.sha256(attachment.content).hexdigest() for attachment in message.attachments]
    parts = [message.message_id, message.from_address, message.subject, message.text, message.removed, files]
    return hashlib.sha256(canonical(parts)).hexdigest()


def _first_with(session: Session, key: str) -> IncomingMail | None:
    return session.scalars(sa.select(IncomingMail).where(IncomingMail.content_key == key)).first()


def _close(session: Session, mail: IncomingMail, state: str, reason: str) -> None:
    # The reason may name a file of the mail: the ledger can be emptied, the record never forgets.
    mail.state, mail.reason, mail.handled_at = state, reason, datetime.now(UTC)
    record.append(session, SYSTEM, f"mail {state}", f"mail:{mail.id}", {"mailbox": mail.mailbox})


def _close_as_duplicate(session: Session, mail: IncomingMail, first: IncomingMail) -> None:
    """It shares the fate of the first one: hidden where that one is hidden, erased where that one was erased."""
    mail.post_id, mail.understood = first.post_id, first.understood
    if first.sha256.startswith(ERASED):
        file = mail.sha256
        erase_row(session, mail)
        outbox.enqueue(session, "erase_files", {"files": [file]}, key=f"erase-mail:{mail.id}", priority=30)
    _close(session, mail, "duplicate", "The same mail came in before.")


def _tell_sender(session: Session, mail: IncomingMail, message: IncomingMessage, person: Person) -> None:
    """A known person learns that their mail became no post and why, where answering is safe.

    How often at most, the letter itself decides when it is written.
    """
    if not message.no_answer_reason and message.sender_verified != "fail":
        _queue_answer(session, "not_taken", mail, person, {})


def _queue_answer(session: Session, name: str, mail: IncomingMail, person: Person, facts: dict[str, Any]) -> None:
    args = {"name": name, "key": f"{name}:{mail.id}:{person.id}", "person_id": person.id, "incoming_mail_id": mail.id}
    outbox.enqueue(session, "send_mail", args | facts, key=f"mail:{args['key']}", priority=80)


def _propose(services: Services, session: Session, mail: IncomingMail, read: _Read, person: Person) -> None:
    message = read.message
    text, described = _with_descriptions(message.text, read.found)
    # A subject that may raise a concern stays out of the note: reviewers read it.
    notes = [f"Mailed with the subject “{message.subject}”."] if message.subject and not read.quiet_subject else []
    if message.sender_verified != "pass":
        notes.append("The mail server did not confirm the sender's address.")
    if read.refused and not read.quiet:
        notes.append(_how_many_refused(len(read.refused)))
    proposal = Proposal(
        text=text,
        channels=tuple(channel.id for channel in channels_to_propose_for(session, person.as_actor())),
        pictures=tuple(described),
        publish_zone=services.settings.time_zone,
        language=services.settings.language,
        note=" ".join(notes),
    )
    mail.understood = {
        "quiet": read.quiet,
        "removed": message.removed,
        "refused": [] if read.quiet else read.refused,
        "problems": list(message.problems),
    }
    actor = person.as_actor()
    try:
        post = propose(session, actor, proposal, origin="mail", incoming_mail_id=mail.id)
    except Invalid as invalid:
        # Kept as a draft, so that nothing is lost; the answer says what is missing.
        post = propose(session, actor, _storable(proposal), origin="mail", incoming_mail_id=mail.id, save_only=True)
        problems = [problem.message for problem in invalid.problems] + _left_out(proposal)
        mail.understood = mail.understood | {"unfinished": problems}
        _queue_answer(session, "draft_unfinished", mail, person, {"post_id": post.id})
    mail.post_id = post.id
    mail.state, mail.handled_at = "taken in", datetime.now(UTC)
    record.append(session, SYSTEM, "mail taken in", post.ref, {"mail": mail.id, "sha256": mail.sha256})


def _how_many_refused(count: int) -> str:
    """For the reviewer, who should know that something is missing; the names are for the author."""
    return (
        "1 attachment of the mail was not taken." if count == 1 else f"{count} attachments of the mail were not taken."
    )


def _storable(proposal: Proposal) -> Proposal:
    """The draft of a mail that is far too long for any post keeps its beginning; the raw mail keeps all of it."""
    clean = "".join(char for char in proposal.text[:MAX_TEXT] if char in "\n\t" or (char >= " " and char != "\x7f"))
    note = "".join(char for char in proposal.note[:MAX_NOTE] if char in "\n\t" or (char >= " " and char != "\x7f"))
    return replace(proposal, text=clean, note=note, pictures=proposal.pictures[:MAX_PICTURES])


def _left_out(proposal: Proposal) -> list[str]:
    left_out = []
    if len(proposal.text) > MAX_TEXT:
        left_out.append(f"The draft holds the first {MAX_TEXT:,} characters. Your mail is kept whole.")
    if len(proposal.pictures) > MAX_PICTURES:
        left_out.append(f"The draft holds the first {MAX_PICTURES} pictures. Your mail is kept whole.")
    return left_out


def _with_descriptions(text: str, found: list[NewPicture | None]) -> tuple[str, list[NewPicture]]:
    """Takes lines that begin with "Alt:" out of the text, as the pictures' descriptions in their order."""
    kept: list[str] = []
    given: list[str] = []
    for line in text.split("\n"):
        head, colon, rest = line.partition(":")
        if colon and head.strip().lower() in ("alt", "alt text") and rest.strip() and len(given) < len(found):
            given.append(rest.strip())
        else:
            kept.append(line)
    given += [""] * (len(found) - len(given))
    described = [replace(picture, alt_text=alt) for picture, alt in zip(found, given, strict=True) if picture]
    return "\n".join(kept).strip(), described
