"""Mail that became no post, and how the mailboxes do: what an administrator looks after.

Mail of a post is never among it, nor mail that may raise a concern: not even that such a mail came is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.models import IncomingMail, MailboxState, Post
from workflow.roles import Actor, Permission, require

PAGE = 25
_BATCH = 100
_SHOWN = ("received", "set aside", "duplicate")
SILENT_FOR = timedelta(minutes=10)  # a mailbox is read every minute or more often


@dataclass(frozen=True, slots=True)
class MailPage:
    """Mail, newest first; `next` is where the next page begins, or None."""

    mails: list[IncomingMail]
    next: int | None


def mail_set_aside(session: Session, actor: Actor, before: int | None = None) -> MailPage:
    """Mail that is in no post, from the one below the id `before` on. Raises NotPermitted."""
    require(Permission.READ_MAIL, actor)
    found: list[IncomingMail] = []
    while len(found) <= PAGE:
        query = sa.select(IncomingMail).where(IncomingMail.post_id.is_(None), IncomingMail.state.in_(_SHOWN))
        if before is not None:
            query = query.where(IncomingMail.id < before)
        batch = session.scalars(query.order_by(IncomingMail.id.desc()).limit(_BATCH)).all()
        found += [mail for mail in batch if not _is_quiet(mail)]
        if len(batch) < _BATCH:
            break
        before = batch[-1].id
    more = len(found) > PAGE
    return MailPage(found[:PAGE], found[PAGE - 1].id if more else None)


def readable_mail(session: Session, actor: Actor, mail_id: int) -> IncomingMail | None:
    """A mail that was set aside and may be read whole, or None. Raises NotPermitted."""
    require(Permission.READ_MAIL, actor)
    mail = session.get(IncomingMail, mail_id)
    if mail is None or mail.post_id is not None or not may_be_opened(mail) or _is_quiet(mail):
        return None
    return mail


def may_be_opened(mail: IncomingMail) -> bool:
    """Mail that is not understood yet may hold anything; nobody opens it before that is known."""
    return mail.state in ("set aside", "duplicate")


def _is_quiet(mail: IncomingMail) -> bool:
    return bool((mail.understood or {}).get("quiet"))


def lies_in_a_mailbox(session: Session, post: Post) -> bool:
    """Whether what nobody else may read came by mail into a mailbox: there the mail lies on."""
    if not any(row.incoming_mail_id is not None for row in post.revisions if not post.has_shared(row)):
        return False
    query = sa.select(IncomingMail.id).where(IncomingMail.post_id == post.id, IncomingMail.uid.is_not(None))
    return session.scalars(query.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class MailboxHealth:
    """One mailbox: when it was last read, and what is wrong with it."""

    name: str
    last_read: datetime | None
    last_message: datetime | None
    problem: str
    since: datetime | None


def mailboxes(session: Session, names: Sequence[str], now: datetime) -> list[MailboxHealth]:
    """How the mailboxes called `names` do."""
    states = {row.name: row for row in session.scalars(sa.select(MailboxState).where(MailboxState.name.in_(names)))}
    return [_health(name, states.get(name), now) for name in names]


def _health(name: str, state: MailboxState | None, now: datetime) -> MailboxHealth:
    if state is None:
        return MailboxHealth(
            name, None, None, "It was not read yet. Is “teabreak serve” or “teabreak mail” running?", None
        )
    problem, since = state.problem, state.since
    if not problem and (state.last_checked_at is None or state.last_checked_at < now - SILENT_FOR):
        problem = "Nothing reads it any more. Is “teabreak serve” or “teabreak mail” running?"
    return MailboxHealth(name, state.last_checked_at, state.last_message_at, problem, since)
