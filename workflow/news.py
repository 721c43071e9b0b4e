"""Who is told what: the only place that queues mails about posts.

The mail itself is rendered and sent by a job; it is named by what it is about, so that the same news is told once.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import outbox
from workflow.models import Decision, Person, Post, Publication, RoleGrant
from workflow.roles import Permission, Role, may


def _queue(session: Session, name: str, key: str, person: Person, post: Post, **facts: object) -> None:
    """`name` is a folder under templates/emails."""
    args = {"name": name, "key": f"{name}:{key}:{person.id}", "person_id": person.id, "post_id": post.id, **facts}
    outbox.enqueue(session, "send_mail", args, key=f"mail:{args['key']}", priority=80)


def reviewers_of(session: Session, post: Post) -> list[Person]:
    """All who may decide on the post: active, reviewer on its channels, and not one of its writers."""
    people = session.scalars(
        sa.select(Person)
        .join(RoleGrant)
        .where(Person.active.is_(sa.true()), RoleGrant.role == Role.REVIEWER.value)
        .distinct()
        .order_by(Person.id)
    )
    facts = post.facts()
    return [person for person in people if may(Permission.DECIDE, person.as_actor(), facts)]


def tell_of_review(session: Session, post: Post) -> None:
    """The reviewers get the whole post; an author who mailed it gets what was understood and found."""
    revision = post.revision
    for person in reviewers_of(session, post):
        _queue(session, "review_asked", str(revision.id), person, post, revision_id=revision.id)
    if revision.incoming_mail_id is not None:
        _queue(session, "draft_received", str(revision.id), post.author, post, revision_id=revision.id)


def tell_author_held(session: Session, post: Post) -> None:
    """The author alone learns that a choice is open; the mail quotes nothing."""
    _queue(session, "held", str(post.revision.id), post.author, post, revision_id=post.revision.id)


def tell_officers(session: Session, post: Post, officers: Iterable[Person]) -> None:
    """The whistleblowing officers learn that something waits for them; the mail quotes nothing."""
    for person in officers:
        _queue(session, "officer_asked", str(post.revision.id), person, post, revision_id=post.revision.id)


def tell_of_decision(session: Session, post: Post, decision: Decision) -> None:
    """The author gets the decision with the clauses' words."""
    _queue(session, "decision", str(decision.id), post.author, post, decision_id=decision.id)


def _key_of(publication: Publication) -> str:
    """One piece of news: this outcome, of this try."""
    return f"{publication.id}:{publication.state}:{publication.attempts}:{publication.run_at:%Y%m%d%H%M%S%f}"


def tell_of_publication(session: Session, post: Post, publication: Publication) -> None:
    """The author learns that it stands, failed, or that nobody knows; publishers learn of the last two."""
    key = _key_of(publication)
    _queue(session, "publication", key, post.author, post, publication_id=publication.id)


def tell_publishers(session: Session, post: Post, publication: Publication) -> None:
    """Whoever may publish on the post's channels: something waits for a person (by hand, failed, not known)."""
    people = session.scalars(
        sa.select(Person)
        .join(RoleGrant)
        .where(Person.active.is_(sa.true()), RoleGrant.role == Role.PUBLISHER.value)
        .distinct()
    )
    facts = post.facts()
    key = _key_of(publication)
    for person in people:
        if may(Permission.PUBLISH, person.as_actor(), facts):
            _queue(session, "publisher_asked", key, person, post, publication_id=publication.id)
