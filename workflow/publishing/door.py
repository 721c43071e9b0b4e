"""The only door out: nothing reaches a network but through `publish`.

Three steps, with no transaction open over a network call:
1. in one transaction: read the approval and the digest again, compute the digest anew from what is stored, write
   exactly what will be sent, and mark the publication as being sent;
2. call the network, read back, and compare;
3. in one transaction: keep the answer.
A publication found marked at the start means that the outcome of an earlier try is not known: a process died in
between, or no answer came. It is looked up by its key first, and sent again only to a network that honours the key. So
it never goes out twice. Where nothing settles it, it ends as unconfirmed, and a person looks.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy.orm import Session

from workflow import news
from workflow.digest import canonical
from workflow.models import Channel, Database, Post, Publication, PublicationState, Revision
from workflow.models.files import DamagedFile, FileStore
from workflow.models.seal import SealBroken
from workflow.publishing.approval import still_approved
from workflow.publishing.base import (
    Account,
    NotAsApproved,
    OutcomeUnknown,
    Outgoing,
    Picture,
    Publisher,
    PublishError,
    Retryable,
)
from workflow.publishing.outcome import Later, Outcome, fail, keep, locked, not_called, start_publishing
from workflow.publishing.plan import cancel_publications
from workflow.publishing.register import account_of, publisher_for
from workflow.roles import SYSTEM
from workflow.states import Action, State
from workflow.transition import apply

LATE = timedelta(hours=1)  # a machine that slept past the slot by more asks a person (rule 9)
WHILE_PAUSED = timedelta(minutes=5)
log = structlog.get_logger()

P = PublicationState
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is needed to send one publication."""

    publisher: Publisher
    account: Account
    outgoing: Outgoing
    key: str
    payload: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Prepared:
    publisher: Publisher
    account: Account
    outgoing: Outgoing
    payload: dict[str, Any]
    found_sending: bool
    too_late: bool


def publish(database: Database, files: FileStore, secret_key: str, publication_id: int) -> PublicationState:
    """Publishes one publication, or finds out what became of it. Gives its state; safe to call again at any time.

    Raises Later where it should be called again.
    """
    prepared = _prepare(database, files, secret_key, publication_id)
    if isinstance(prepared, PublicationState):
        return prepared
    return keep(database, publication_id, _call(prepared))


# -- before the call


def _prepare(
    database: Database, files: FileStore, secret_key: str, publication_id: int
) -> _Prepared | PublicationState:
    with database.writing() as session:
        ended = _gate(session, publication_id)
    if ended is not None:
        return ended
    try:
        with database.reading() as session:
            draft = _load(session, files, secret_key, publication_id)
    except (SealBroken, DamagedFile) as error:
        return keep(database, publication_id, not_called(PublishError(str(error))))
    except FileNotFoundError:
        gone = PublishError("A picture's file is gone from the data folder. Restore it from a backup, then try again.")
        return keep(database, publication_id, not_called(gone))
    payload = draft.payload
    if payload is None:
        try:
            # May ask the network (who is mentioned), so no transaction is open here.
            payload = _safely(
                lambda: draft.publisher.payload(draft.outgoing, draft.key, draft.created_at, draft.account)
            )
        except PublishError as error:
            return keep(database, publication_id, not_called(error))
    with database.writing() as session:
        ended = _gate(session, publication_id)
        return _mark_sending(session, publication_id, draft, payload) if ended is None else ended


def _gate(session: Session, publication_id: int) -> PublicationState | None:
    """Whether it may go out now. Ends what may not, and gives its state; None: it may. Raises Later."""
    publication, post = locked(session, publication_id)
    if publication.state not in (P.SCHEDULED, P.SENDING):
        return P(publication.state)
    refusal = _refusal(session, post, publication)
    if refusal and publication.state == P.SENDING:
        return fail(session, post, publication, P.UNCONFIRMED, f"{refusal} But an earlier try may have arrived.")
    if refusal:
        return fail(session, post, publication, P.FAILED, refusal)
    early = publication.run_at - datetime.now(UTC)
    if publication.state == P.SCHEDULED and early > timedelta():
        raise Later(early, "Its time has not come yet.")  # whoever calls: the time was approved too
    if publication.state == P.SCHEDULED and _is_too_late(publication):
        return _expire(session, post, publication)
    if publication.channel.paused:
        raise Later(WHILE_PAUSED, f"{publication.channel.name} is paused.")
    if publisher_for(publication.channel.network).needs_a_person:
        start_publishing(session, post)
        publication.state = P.WAITING.value
        news.tell_publishers(session, post, publication)
        return P.WAITING
    return None


def _refusal(session: Session, post: Post, publication: Publication) -> str | None:
    """Rule 1: approval and digest are read again, here, and the digest is computed from what is stored."""
    if not still_approved(session, post, publication):
        return "What is stored is not what was approved, so it was not published. Ask for a new approval."
    if publication.revision.link_card:
        return "It has a link card, which cannot be published yet, so nothing was. Change the post: that takes it out."
    if post.state not in (State.SCHEDULED, State.PUBLISHING):
        return f"The post is “{post.state}”, so it was not published."
    if publication.channel.retired_at is not None:
        return f"The channel {publication.channel.name} was removed, so it was not published there."
    return None


def _is_too_late(publication: Publication) -> bool:
    return datetime.now(UTC) - publication.run_at > LATE


def _expire(session: Session, post: Post, publication: Publication) -> PublicationState:
    started = any(
        row.revision_id == publication.revision_id and row.state not in (P.SCHEDULED, P.FAILED, P.CANCELLED)
        for row in post.publications
    )
    if started or post.state != State.SCHEDULED:
        return fail(session, post, publication, P.FAILED, _TIME_PASSED)
    cancel_publications(post)
    apply(session, SYSTEM, post, Action.EXPIRE, {"publication": publication.id, "slot": publication.run_at})
    news.tell_of_publication(session, post, publication)
    return P.CANCELLED


_TIME_PASSED = "It is not published: its time passed more than an hour ago. Try again to publish it now, or leave it."


def _load(session: Session, files: FileStore, secret_key: str, publication_id: int) -> _Draft:
    publication = session.get_one(Publication, publication_id)
    channel = publication.channel
    return _Draft(
        publisher=publisher_for(channel.network),
        account=account_of(channel, secret_key),
        outgoing=outgoing_of(publication.revision, channel, files),
        key=publication.key,
        # What an earlier try may have sent stays as it is; before that, it is made anew for each try.
        payload=publication.payload if publication.state == P.SENDING else None,
        created_at=publication.first_tried_at or datetime.now(UTC),
    )


def outgoing_of(revision: Revision, channel: Channel, files: FileStore) -> Outgoing:
    """What a revision is on one channel, with the pictures' bytes from the store."""
    pictures = tuple(
        Picture(p.sha256, p.media_type, p.width, p.height, p.alt_text, p.size, files.read(p.sha256))
        for p in revision.pictures
    )
    return Outgoing(text=revision.text_for(channel.id), pictures=pictures, language=revision.language)


def _mark_sending(session: Session, publication_id: int, draft: _Draft, payload: dict[str, Any]) -> _Prepared:
    publication = session.get_one(Publication, publication_id)
    found_sending = publication.state == P.SENDING
    start_publishing(session, publication.post)
    publication.state = P.SENDING.value
    publication.attempts += 1
    publication.first_tried_at = publication.first_tried_at or datetime.now(UTC)
    if not found_sending or publication.payload is None:
        publication.payload = payload
        publication.payload_sha256 = hashlib.sha256(canonical(payload)).hexdigest()
    return _Prepared(
        draft.publisher,
        draft.account,
        draft.outgoing,
        publication.payload,
        found_sending,
        too_late=_is_too_late(publication),
    )


# -- the call


def _call(prepared: _Prepared) -> Outcome:
    """Step 2: look first where an earlier try may have arrived, then send, then read back and compare."""
    publisher, account, payload = prepared.publisher, prepared.account, prepared.payload
    published = None
    if prepared.found_sending:
        try:
            published = _safely(lambda: publisher.find(account, payload))
            if published is None and not publisher.safe_to_repeat:
                raise OutcomeUnknown(
                    "An earlier try may have arrived. Look at the account, then say whether it is live."
                )
        except PublishError as error:
            return Outcome(error=error, may_be_live=True, again=isinstance(error, Retryable))
        if published is None and prepared.too_late:
            return Outcome(error=PublishError(_TIME_PASSED))
    if published is None:
        try:
            published = _safely(lambda: publisher.publish(account, payload, prepared.outgoing.pictures))
        except OutcomeUnknown as error:
            # The network honours the key, so a look-up and, if need be, the same again settle it.
            again = publisher.safe_to_repeat and not isinstance(error, NotAsApproved)
            return Outcome(error=error, may_be_live=True, again=again)
        except PublishError as error:
            return Outcome(error=error, may_be_live=prepared.found_sending, again=isinstance(error, Retryable))
    try:
        _safely(lambda: publisher.compare(account, payload))
    except PublishError as error:
        return Outcome(published, error, may_be_live=True, again=isinstance(error, Retryable))
    return Outcome(published)


def _safely(call: Callable[[], Result]) -> Result:
    """Calls an adapter. A fault of its own means that nobody knows; its message may quote the post and is dropped."""
    try:
        return call()
    except PublishError:
        raise
    except Exception as error:
        kind, frame = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1]
        log.error("an adapter failed", why=kind, where=f"{frame.filename}:{frame.lineno}")  # noqa: TRY400
        raise OutcomeUnknown(f"An unexpected fault ({kind}). The server's log says where.") from None
