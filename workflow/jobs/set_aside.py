"""Why a mail becomes no post, in a sentence for its sender and for the page of mail set aside."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from mail.message import IncomingMessage
from workflow.models import OutgoingMail, Person
from workflow.roles import Permission, may
from workflow.settings import MailIn

NOTHING = "It holds no text and no picture that could become a post."
REPLY = "It answers one of our mails. Replies cannot change a post yet: open the post on the web, or send a new mail."
# Some relays rewrite Message-IDs, so that a reply names an id that we never sent.
_REPLY_TO_OURS = re.compile(r"\s*(?:\w{2,4}\s*:\s*)+TB-\d+( |:)", re.IGNORECASE)


def reason_to_set_aside(
    session: Session, message: IncomingMessage, person: Person | None, box: MailIn | None
) -> str | None:
    """Why this mail of `person` (None: somebody unknown) becomes no post, or None where it may."""
    reason = _by_machine(message) or _by_whom(message, person, box)
    return reason or (REPLY if _answers_us(session, message) else None)


def _by_machine(message: IncomingMessage) -> str | None:
    if message.is_bounce:
        who = ", ".join(message.bounced) or "an address"
        return f"It is a notice that mail to {who} could not be delivered."
    if message.auto_generated:
        return "It was sent by a machine, not by a person (for example an out-of-office reply)."
    return None


def _by_whom(message: IncomingMessage, person: Person | None, box: MailIn | None) -> str | None:
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
        return "Its sender may not propose posts. An administrator can give them the role of author."
    return None


def _answers_us(session: Session, message: IncomingMessage) -> bool:
    if _REPLY_TO_OURS.match(message.subject):
        return True
    named = [*message.in_reply_to, *message.references]
    return session.scalars(sa.select(OutgoingMail.id).where(OutgoingMail.message_id.in_(named))).first() is not None
