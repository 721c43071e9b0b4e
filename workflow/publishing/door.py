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

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from workflow import news
from workflow.digest import canonical, digest
from workflow.models import Channel, Database, Decision, Post, Publication, PublicationState, Revision
from workflow.models.files import DamagedFile, FileStore
from workflow.models.seal import SealBroken, unseal
from workflow.publishing.base import (
    Account,
    NotAsApproved,
    OutcomeUnknown,
    Outgoing,
    Picture,
    Published,
    Publisher,
    PublishError,
    Retryable,
)
from workflow.publishing.plan import cancel_publications
from workflow.publishing.register import publisher_for
from workflow.roles import SYSTEM
from workflow.states import Action, State
from workflow.transition import apply

LATE = timedelta(hours=1)  # a machine that slept past the slot by more asks a person (rule 9)
KEEP_TRYING = timedelta(minutes=30)
WHILE_PAUSED = timedelta(minutes=5)
log = structlog.get_logger()

P = PublicationState
Result = TypeVar("Result")


class Later(Exception):
    """Not now: the network asks to wait, or the channel is paused. `after` says how long."""

    def __init__(self, after: timedelta, why: str) -> None:
        self.after = after
        super().__init__(why)


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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came out of it. `again`: trying again later can settle it; `may_be_live`: it may stand on the network."""

    published: Published | None = None
    error: PublishError | None = None
    may_be_live: bool = False
    again: bool = False
    called: bool = True  # False: it failed before the call, so that nothing has changed since it was found


def _not_called(error: PublishError) -> _Outcome:
    return _Outcome(error=error, again=isinstance(error, Retryable), called=False)


def publish(database: Database, files: FileStore, secret_key: str, publication_id: int) -> PublicationState:
    """Publishes one publication, or finds out what became of it. Gives its state; safe to call again at any time.

    Raises Later where it should be called again.
    """
    prepared = _prepare(database, files, secret_key, publication_id)
    if isinstance(prepared, PublicationState):
        return prepared
    return _keep(database, publication_id, _call(prepared))


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
        return _keep(database, publication_id, _not_called(PublishError(str(error))))
    except FileNotFoundError:
        gone = PublishError("A picture's file is gone from the data folder. Restore it from a backup, then try again.")
        return _keep(database, publication_id, _not_called(gone))
    payload = draft.payload
    if payload is None:
        try:
            # May ask the network (who is mentioned), so no transaction is open here.
            payload = _safely(
                lambda: draft.publisher.payload(draft.outgoing, draft.key, draft.created_at, draft.account)
            )
        except PublishError as error:
            return _keep(database, publication_id, _not_called(error))
    with database.writing() as session:
        ended = _gate(session, publication_id)
        return _mark_sending(session, publication_id, draft, payload) if ended is None else ended


def _gate(session: Session, publication_id: int) -> PublicationState | None:
    """Whether it may go out now. Ends what may not, and gives its state; None: it may. Raises Later."""
    publication, post = _locked(session, publication_id)
    if publication.state not in (P.SCHEDULED, P.SENDING):
        return P(publication.state)
    refusal = _refusal(session, post, publication)
    if refusal and publication.state == P.SENDING:
        return fail(session, post, publication, P.UNCONFIRMED, f"{refusal} But an earlier try may have arrived.")
    if refusal:
        return fail(session, post, publication, P.FAILED, refusal)
    if publication.state == P.SCHEDULED and _is_too_late(publication):
        return _expire(session, post, publication)
    if publication.channel.paused:
        raise Later(WHILE_PAUSED, f"{publication.channel.name} is paused.")
    if publisher_for(publication.channel.network).needs_a_person:
        _start(session, post)
        publication.state = P.WAITING.value
        news.tell_publishers(session, post, publication)
        return P.WAITING
    return None


def _locked(session: Session, publication_id: int) -> tuple[Publication, Post]:
    # "of", because PostgreSQL locks no row that an outer join brings along.
    publication = session.get_one(Publication, publication_id, with_for_update={"of": Publication})
    return publication, session.get_one(Post, publication.post_id, with_for_update={"of": Post})


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
        account=Account(
            channel.network, channel.handle, channel.service_url, unseal(channel.sealed_secret, secret_key)
        ),
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
    _start(session, publication.post)
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


def _start(session: Session, post: Post) -> None:
    if post.state == State.SCHEDULED:
        apply(session, SYSTEM, post, Action.START_PUBLISHING, {"digest": post.digest})


# -- the call


def _call(prepared: _Prepared) -> _Outcome:
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
            return _Outcome(error=error, may_be_live=True, again=isinstance(error, Retryable))
        if published is None and prepared.too_late:
            return _Outcome(error=PublishError(_TIME_PASSED))
    if published is None:
        try:
            published = _safely(lambda: publisher.publish(account, payload, prepared.outgoing.pictures))
        except OutcomeUnknown as error:
            # The network honours the key, so a look-up and, if need be, the same again settle it.
            again = publisher.safe_to_repeat and not isinstance(error, NotAsApproved)
            return _Outcome(error=error, may_be_live=True, again=again)
        except PublishError as error:
            return _Outcome(error=error, may_be_live=prepared.found_sending, again=isinstance(error, Retryable))
    try:
        _safely(lambda: publisher.compare(account, payload))
    except PublishError as error:
        return _Outcome(published, error, may_be_live=True, again=isinstance(error, Retryable))
    return _Outcome(published)


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


# -- after the call


def _keep(database: Database, publication_id: int, outcome: _Outcome) -> PublicationState:
    """Step 3: keeps what came out, or that it is tried again (and raises Later)."""
    with database.writing() as session:
        publication, post = _locked(session, publication_id)
        if outcome.published and publication.network_id is None:
            publication.network_id, publication.address = outcome.published.network_id, outcome.published.address
            publication.response = outcome.published.response
        if publication.state not in (P.SCHEDULED, P.SENDING):
            # This process was away for long, and another one has brought it to its end meanwhile.
            return P(publication.state)
        if outcome.error is None:
            publication.state, publication.error = P.PUBLISHED.value, None
            publication.published_at = datetime.now(UTC)
            after_publication(session, publication)
            return P.PUBLISHED
        may_be_live = outcome.may_be_live if outcome.called else publication.state == P.SENDING
        publication.attempts += not outcome.called
        after = _next_try(publication, outcome)
        if after is None:
            state = P.UNCONFIRMED if may_be_live else P.FAILED
            return fail(session, post, publication, state, _said_at_the_end(publication, outcome))
        publication.state = (P.SENDING if may_be_live else P.SCHEDULED).value
        publication.error = str(outcome.error)
    log.warning("publication put off", publication=publication_id, why=type(outcome.error).__name__)
    raise Later(after, str(outcome.error))


def _said_at_the_end(publication: Publication, outcome: _Outcome) -> str:
    if outcome.again and outcome.published:
        return f"It was sent, but could not be read back: {outcome.error}"
    return f"Given up after {publication.attempts} tries: {outcome.error}" if outcome.again else str(outcome.error)


def _next_try(publication: Publication, outcome: _Outcome) -> timedelta | None:
    """How long to wait; None where it is of no use, or would be later than half an hour after the first try."""
    if not outcome.again:
        return None
    after = timedelta(seconds=min(300, 5 * 2 ** min(publication.attempts, 6)))
    if isinstance(outcome.error, Retryable) and outcome.error.retry_after:
        after = outcome.error.retry_after
    since = max(publication.first_tried_at or publication.run_at, publication.run_at)
    return after if datetime.now(UTC) + after - since < KEEP_TRYING else None


def fail(session: Session, post: Post, publication: Publication, state: PublicationState, why: str) -> PublicationState:
    """Ends a publication that did not come to stand, with its reason in a sentence for people."""
    publication.state, publication.error = state.value, why
    _start(session, post)
    after_publication(session, publication)
    return state


def after_publication(session: Session, publication: Publication) -> None:
    """Tells whom it concerns, and moves the post on once all its publications have come to an end."""
    session.flush()
    # Two channels that end at the same moment wait for each other here, and the second one sees both.
    post = session.get_one(Post, publication.post_id, with_for_update={"of": Post})
    news.tell_of_publication(session, post, publication)
    if publication.state in (P.FAILED, P.UNCONFIRMED):
        news.tell_publishers(session, post, publication)
    current = session.execute(
        sa.select(Publication.channel_id, Publication.state, Publication.address).where(
            Publication.post_id == post.id, Publication.revision_id == publication.revision_id
        )
    ).all()
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
