"""Sample people, channels and posts for tests, made through the use cases."""

from argon2 import PasswordHasher

from workflow.models import Channel, Person, Post
from workflow.review.decide import decide
from workflow.review.people import add_person
from workflow.review.proposal import Proposal
from workflow.review.submit import propose
from workflow.roles import SYSTEM, Role

PASSWORD = "sample-password"
# Cheap on purpose: what signing in costs is not what these tests are about.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

PEOPLE = {
    "author": [Role.AUTHOR],
    "second author": [Role.AUTHOR],
    "reviewer": [Role.REVIEWER],
    "second reviewer": [Role.REVIEWER, Role.AUTHOR],
    "publisher": [Role.PUBLISHER],
    "records officer": [Role.RECORDS_OFFICER],
    "officer": [Role.WHISTLEBLOWING_OFFICER],
    "administrator": [Role.ADMINISTRATOR],
}


def make_people(session) -> dict[str, Person]:
    """A person of each role, by name of the role; all sign in with PASSWORD."""
    return {who: make_person(session, who, roles) for who, roles in PEOPLE.items()}


def make_person(session, who, roles=()) -> Person:
    """One sample person."""
    email = f"{who.replace(' ', '-')}@agency.example"
    person = add_person(session, SYSTEM, name=f"Sample {who.title()}", email=email, roles=roles)
    person.password_hash = _HASH
    return person


def make_channel(session, services, id_="sample", network="sample") -> Channel:
    """A channel that shows what would be published, or one that is published by hand (`network="by_hand"`)."""
    from datetime import UTC, datetime

    target = str(services.settings.data / f"{id_}.jsonl") if network == "sample" else ""
    channel = Channel(id=id_, name=id_.title(), network=network, service_url=target, created_at=datetime.now(UTC))
    session.add(channel)
    session.flush()
    return channel


def make_post(services, author, text="The library van stops at Sample Green on Thursday.", **values) -> int:
    """A post that was proposed and checked: in review, or held. Gives its id."""
    from workflow.jobs.worker import Worker

    values.setdefault("channels", ("sample",))
    with services.database.writing() as session:
        post_id = propose(session, author.as_actor(), Proposal(text=text, **values), origin="web").id
    Worker(services).run_until_idle()
    return post_id


def make_decision(services, reviewer, post_id, decision="approve", clauses=(), note="") -> None:
    """Decides on the post as it stands."""
    with services.database.writing() as session:
        post = session.get_one(Post, post_id)
        decide(session, reviewer.as_actor(), post, decision, digest=post.revision.digest, clauses=clauses, note=note)
