"""An agency whose posts are approved and ready to go out, on both databases."""

import itertools
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_decision, make_people, make_post
from workflow.models import Channel, Post, Publication
from workflow.models.seal import seal
from workflow.publishing import door
from workflow.publishing.sample import shown


@dataclass
class Agency:
    """People, channels, and what stands on the networks. Jobs run only where a test runs them."""

    services: object
    people: dict
    numbers: object = field(default_factory=lambda: itertools.count(1))

    @property
    def database(self):
        return self.services.database

    @property
    def secret_key(self):
        return self.services.settings.secret_key.get_secret_value()

    def add_channel(self, id_, network, **values):
        """One more channel; gives its id."""
        secret = values.pop("secret", "")
        with self.database.writing() as session:
            channel = make_channel(session, self.services, id_, network)
            for name, value in values.items():
                setattr(channel, name, value)
            channel.sealed_secret = seal(secret, self.secret_key) if secret else b""
        return id_

    def change_channel(self, id_, **values):
        with self.database.writing() as session:
            session.execute(sa.update(Channel).where(Channel.id == id_).values(**values))

    def approved(self, text="The library van stops at Sample Green on Thursday.", **values):
        """The id of an approved post, scheduled on its channels. (Running the check publishes earlier ones.)"""
        post_id = make_post(self.services, self.people["author"], text, **values)
        make_decision(self.services, self.people["reviewer"], post_id)
        return post_id

    def ids(self, post_id):
        """The ids of the post's publications, by channel."""
        with self.database.reading() as session:
            return {row.channel_id: row.id for row in session.get_one(Post, post_id).publications}

    def publish(self, post_id, channel=None):
        """Calls the door for the post's publication on that channel, or on its only one."""
        ids = self.ids(post_id)
        publication_id = ids[channel] if channel else next(iter(ids.values()))
        return door.publish(self.database, self.services.files, self.secret_key, publication_id)

    def publication(self, post_id, channel=None):
        ids = self.ids(post_id)
        with self.database.reading() as session:
            row = session.get_one(Publication, ids[channel] if channel else next(iter(ids.values())))
            session.expunge(row)
            return row

    def state(self, post_id):
        with self.database.reading() as session:
            return session.get_one(Post, post_id).state

    def shown(self, channel="sample"):
        """The texts on a sample channel."""
        with self.database.reading() as session:
            target = session.get_one(Channel, channel).service_url
        return [line["text"] for line in shown(target)]


@pytest.fixture
def agency(services):
    with services.database.writing() as session:
        people = make_people(session)
        make_channel(session, services)
        make_channel(session, services, "second")
        make_channel(session, services, "noticeboard", "by_hand")
    return Agency(services, people)
