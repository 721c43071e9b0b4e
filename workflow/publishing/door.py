"""The only door out: nothing reaches a network but through `publish`.

Three steps, with no transaction open over a network call:
1. in one transaction: read the approval and the digest again, compute the digest anew from what is stored, write
   exactly what will be sent, and mark the publication as being sent;
2. call the network;
3. in one transaction: keep the answer.
A publication found marked at the start means that a process died in between: it is looked up by its key first, and sent
again only to a network that honours the key. So it never goes out twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session
from workflow.publishing.base import (
    Account,
    OutcomeUnknown,
    Outgoing,
    Picture,
    Published,
    Publisher,
    PublishError,
    Retryable,
)
from workflow.publishing.register import publisher_for

from workflow import news
from workflow.digest import canonical, digest
from workflow.models import Channel, Database, Decision, Post, Publication, PublicationState, Revision
from workflow.models.files import FileStore
from workflow.models.seal import unseal
from workflow.roles import SYSTEM
from workflow.states import Action, State
from workflow.transition import apply

LATE = timedelta(hours=1)  # a machine that slept past the slot by more asks a person (rule 9)
KEEP_TRYING = timedelta(minutes=30)
log = structlog.get_logger()

P = PublicationState


class Later(Exception):
    """Not now: the network asks to wait, or the channel is paused. `after` says how long."""

    def __init__(self, after: timedelta, why: str) -> None:
        self.after = after
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class _Prepared:
    publisher: Publisher
    account: Account
    outgoing: Outgoing
    payload: dict[str, Any]
    found_sending: bool


def publish(database: Database, files: FileStore, secret_key: str, publication_id: int) -> PublicationState:
    """Publishes one publication, or finds out what became of it. Gives its state; safe to call again at any time.

    Raises Later where it should be called again.
    """
    prepared = _prepare(database, files, secret_key, publication_id)
    if isinstance(prepared, PublicationState):
        return prepared
    try:
        published = _call(prepared)
    except Retryable as error:
        return _keep_retry(database, publication_id, error)
    except OutcomeUnknown as error:
        return _keep_failure(database, publication_id, P.UNCONFIRMED, str(error))
    except PublishError as error:
        return _keep_failure(database, publication_id, P.FAILED, str(error))
    return _keep_success(database, publication_id, published)


def _call(prepared: _Prepared) -> Published:
    """Steps 2: look first where an earlier try may have arrived, then send, then read back and compare."""
    publisher, account = prepared.publisher, prepared.account
    published = publisher.find(account, prepared.payload) if prepared.found_sending else None
    if published is None:
        if prepared.found_sending and not publisher.safe_to_repeat:
            raise OutcomeUnknown("An earlier try may have arrived. Look at the account, then say whether it is live.")
        published = publisher.publish(account, prepared.payload, prepared.outgoing.pictures)
    publisher.compare(account, prepared.payload)
    return published


def _prepare(
    database: Database, files: FileStore, secret_key: str, publication_id: int
) -> _Prepared | PublicationState:
    with database.reading() as session:
        draft = _load(session, files, secret_key, publication_id)
    if isinstance(draft, PublicationState):
        return draft
    publisher, account, outgoing, key, payload, created_at = draft
    try:
        # May ask the network (who is mentioned), so no transaction is open here.
        payload = payload or publisher.payload(outgoing, key, created_at, account)
    except Retryable as error:
        return _keep_retry(database, publication_id, error)
    except PublishError as error:
        return _keep_failure(database, publication_id, P.FAILED, str(error))
    with database.writing() as session:
        return _mark_sending(session, publication_id, publisher, account, outgoing, payload)


def _load(session: Session, files: FileStore, secret_key: str, publication_id: int) -> Any:
    publication = session.get_one(Publication, publication_id)
    if publication.state not in (P.SCHEDULED, P.SENDING):
        return P(publication.state)
    channel, revision = publication.channel, publication.revision
    if channel.paused:
        raise Later(timedelta(minutes=5), f"{channel.name} is paused.")
    publisher = publisher_for(channel.network)
    account = Account(channel.network, channel.handle, channel.service_url, unseal(channel.sealed_secret, secret_key))
    outgoing = outgoing_of(revision, channel, files)
    created_at = publication.first_tried_at or datetime.now(UTC)
    return publisher, account, outgoing, publication.key, publication.payload, created_at


def outgoing_of(revision: Revision, channel: Channel, files: FileStore) -> Outgoing:
    """What a revision is on one channel, with the pictures' bytes from the store."""
    pictures = tuple(
        Picture(p.sha256, p.media_type, p.width, p.height, p.alt_text, p.size, files.read(p.sha256))
        for p in revision.pictures
    )
    return Outgoing(text=revision.text_for(channel.id), pictures=pictures, language=revision.language)


def _mark_sending(
    session: Session,
    publication_id: int,
    publisher: Publisher,
    account: Account,
    outgoing: Outgoing,
    payload: dict[str, Any],
) -> _Prepared | PublicationState:
    publication = session.get_one(Publication, publication_id, with_for_update=True)
    post = session.get_one(Post, publication.post_id, with_for_update=True)
    found_sending = publication.state == P.SENDING
    if publication.state not in (P.SCHEDULED, P.SENDING):
        return P(publication.state)
    refusal = _refusal(session, post, publication)
    if refusal:
        return fail(session, post, publication, P.FAILED, refusal)
    if _is_too_late(post, publication):
        publication.state = P.CANCELLED.value
        if post.state == State.SCHEDULED:
            apply(session, SYSTEM, post, Action.EXPIRE, {"publication": publication.id, "slot": publication.run_at})
        news.tell_of_publication(session, post, publication)
        return P.CANCELLED
    if publication.channel.retired_at is not None:
        return fail(session, post, publication, P.FAILED, f"The channel {publication.channel.name} was removed.")
    if post.state == State.SCHEDULED:
        apply(session, SYSTEM, post, Action.START_PUBLISHING, {"digest": post.digest})
    if publisher.needs_a_person:
        publication.state = P.WAITING.value
        news.tell_publishers(session, post, publication)
        return P.WAITING
    publication.state = P.SENDING.value
    publication.attempts += 1
    publication.first_tried_at = publication.first_tried_at or datetime.now(UTC)
    if publication.payload is None:
        publication.payload = payload
        publication.payload_sha256 = hashlib.sha256(canonical(payload)).hexdigest()
    return _Prepared(publisher, account, outgoing, publication.payload, found_sending)


def _refusal(session: Session, post: Post, publication: Publication) -> str | None:
    """Rule 1: approval and digest are read again, here, and the digest is computed from what is stored."""
    decision = session.get_one(Decision, publication.decision_id)
    revision = post.revision
    approved = (
        decision.decision == "approve"
        and decision.post_id == post.id
        and decision.reviewer_id != post.author_id
        and revision.id == publication.revision_id
        and decision.digest == publication.digest == post.digest == post.approved_digest == digest(revision)
    )
    if not approved:
        return "What is stored is not what was approved, so it was not published. Ask for a new approval."
    if post.state not in (State.SCHEDULED, State.PUBLISHING):
        return f"The post is “{post.state}”, so it was not published."
    return None


def _is_too_late(post: Post, publication: Publication) -> bool:
    first = publication.attempts == 0 and publication.state == P.SCHEDULED and post.state == State.SCHEDULED
    return first and datetime.now(UTC) - publication.run_at > LATE


def _keep_success(database: Database, publication_id: int, published: Published) -> PublicationState:
    with database.writing() as session:
        publication = session.get_one(Publication, publication_id, with_for_update=True)
        if publication.state == P.PUBLISHED:
            return P.PUBLISHED
        publication.state = P.PUBLISHED.value
        publication.published_at = datetime.now(UTC)
        publication.network_id, publication.address = published.network_id, published.address
        publication.response, publication.error = published.response, None
        after_publication(session, publication)
    return P.PUBLISHED


def _keep_retry(database: Database, publication_id: int, error: Retryable) -> PublicationState:
    """The network certainly did not take it: later again, for half an hour from the first try."""
    with database.writing() as session:
        publication = session.get_one(Publication, publication_id, with_for_update=True)
        since = publication.first_tried_at or publication.run_at
        if datetime.now(UTC) - max(since, publication.run_at) > KEEP_TRYING:
            post = session.get_one(Post, publication.post_id, with_for_update=True)
            return fail(session, post, publication, P.FAILED, f"Given up after {publication.attempts} tries: {error}")
        publication.error = str(error)
    log.warning("publication put off", publication=publication_id, why=type(error).__name__)
    raise Later(error.retry_after or timedelta(seconds=min(300, 5 * 2 ** min(publication.attempts, 6))), str(error))


def _keep_failure(database: Database, publication_id: int, state: PublicationState, why: str) -> PublicationState:
    with database.writing() as session:
        publication = session.get_one(Publication, publication_id, with_for_update=True)
        post = session.get_one(Post, publication.post_id, with_for_update=True)
        if publication.state == P.PUBLISHED:
            return P.PUBLISHED
        return fail(session, post, publication, state, why)


def fail(session: Session, post: Post, publication: Publication, state: PublicationState, why: str) -> PublicationState:
    """Ends a publication that did not come to stand, with its reason in a sentence for people."""
    publication.state, publication.error = state.value, why
    if post.state == State.SCHEDULED:
        apply(session, SYSTEM, post, Action.START_PUBLISHING, {"digest": post.digest})
    after_publication(session, publication)
    return state


def after_publication(session: Session, publication: Publication) -> None:
    """Tells whom it concerns, and moves the post on once all its publications have come to an end."""
    post = session.get_one(Post, publication.post_id)
    session.flush()
    news.tell_of_publication(session, post, publication)
    if publication.state in (P.FAILED, P.UNCONFIRMED):
        news.tell_publishers(session, post, publication)
    current = [row for row in post.publications if row.revision_id == publication.revision_id]
    states = {row.state for row in current}
    if states & {P.SCHEDULED, P.SENDING, P.WAITING} or post.state != State.PUBLISHING:
        return
    facts = {
        "publications": {row.channel_id: row.state for row in current},
        "addresses": {row.channel_id: row.address for row in current if row.address},
        "digest": post.digest,
    }
    if P.UNCONFIRMED in states:
        apply(session, SYSTEM, post, Action.LOSE_TRACK, facts)
    elif P.FAILED in states or P.CANCELLED in states:
        apply(session, SYSTEM, post, Action.FAIL, facts)
    else:
        apply(session, SYSTEM, post, Action.CONFIRM, facts)
