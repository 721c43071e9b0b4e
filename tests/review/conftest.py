"""People and channels for the use cases, on both databases."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from workflow.jobs.worker import Worker
from workflow.models import Channel, Post
from workflow.review.guide_in_use import ensure_guide
from workflow.review.people import add_person
from workflow.review.proposal import Proposal
from workflow.review.submit import propose
from workflow.roles import SYSTEM, Role


@dataclass
class House:
    """A small agency: one person of each kind, two channels, and the jobs."""

    services: object
    people: dict

    @property
    def database(self):
        return self.services.database

    def actor(self, who):
        return self.people[who].as_actor()

    def run_jobs(self):
        Worker(self.services).run_until_idle()

    def propose(self, text="The library van stops at Sample Green on Thursday.", *, by="author", **values):
        """A proposed and checked post's id."""
        values.setdefault("channels", ("sample",))
        with self.database.writing() as session:
            post_id = propose(session, self.actor(by), Proposal(text=text, **values), origin="web").id
        self.run_jobs()
        return post_id

    def state(self, post_id):
        with self.database.reading() as session:
            return session.get_one(Post, post_id).state


@pytest.fixture
def house(services):
    people = {}
    with services.database.writing() as session:
        ensure_guide(session)
        for who, roles in {
            "author": [Role.AUTHOR],
            "second author": [Role.AUTHOR],
            "reviewer": [Role.REVIEWER, Role.AUTHOR],
            "second reviewer": [Role.REVIEWER],
            "publisher": [Role.PUBLISHER],
            "officer": [Role.WHISTLEBLOWING_OFFICER],
            "administrator": [Role.ADMINISTRATOR],
        }.items():
            address = f"{who.replace(' ', '-')}@agency.example"
            people[who] = add_person(session, SYSTEM, name=f"Sample {who.title()}", email=address, roles=roles)
        for name, network in (("sample", "sample"), ("noticeboard", "by_hand")):
            target = str(services.settings.data / f"{name}.jsonl")
            session.add(
                Channel(id=name, name=name.title(), network=network, service_url=target, created_at=datetime.now(UTC))
            )
    return House(services, people)


@pytest.fixture
def count(database):
    def counting(model):
        with database.reading() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(model))

    return counting
