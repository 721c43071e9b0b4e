"""Mail in and out as in the field: a real mailbox (Dovecot), the jobs, and a real SMTP server at the other end."""

from __future__ import annotations

import io
import itertools
import uuid
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from PIL import Image
from pydantic import SecretStr

from mail.mailbox import Mailbox
from tests.factories import make_channel, make_people
from tests.fixtures.dovecot import PASSWORD
from workflow.jobs.watch_mail import mailbox_settings, read_once
from workflow.jobs.worker import Worker
from workflow.models import IncomingMail, Post
from workflow.models.post import id_of
from workflow.settings import MailIn, MailOut

TEXT = "The library van stops at Sample Green on Thursday, 10am to noon."
_numbers = itertools.count(1)


def mail(text=TEXT, *, sender="author@agency.example", subject="Library van", **headers):
    """A mail as a person writes it, with a Message-ID of its own. `headers`: Auto_Submitted="auto-replied"."""
    message = EmailMessage()
    message["From"] = f"Sample Person <{sender}>"
    message["To"] = "social@agency.example"
    message["Subject"] = subject
    message["Message-ID"] = f"<sample-{next(_numbers)}-{uuid.uuid4().hex[:6]}@mail.agency.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def picture(colour="#0b4a6f", size=(40, 30), kind="PNG"):
    """A plain picture's bytes."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


@dataclass
class Intake:
    """An agency with one mailbox or more; what is delivered, read, run and sent."""

    services: object
    server: object
    smtp: object
    people: dict
    _user: str = field(default_factory=lambda: "box" + uuid.uuid4().hex[:10])

    def __post_init__(self):
        self.boxes = [self._box("submissions", self._user)] if self.server else []
        self.services.settings.mail_in = list(self.boxes)

    @property
    def box(self):
        return self.boxes[0]

    def _box(self, name, user):
        return MailIn(
            name=name, host=self.server.host, port=self.server.port, tls=False, user=user, password=SecretStr(PASSWORD)
        )

    def another_box(self):
        """One more mailbox that staff may write to."""
        self.boxes.append(self._box(f"box {len(self.boxes)}", self._user + str(len(self.boxes))))
        self.services.settings.mail_in = list(self.boxes)
        return self.boxes[-1]

    def set(self, **values):
        """Changes the settings of the first mailbox."""
        self.boxes[0] = self.box.model_copy(update=values)
        self.services.settings.mail_in = list(self.boxes)

    def deliver(self, message, box=None):
        """Puts a message, or raw bytes, into a mailbox."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        self.server.deliver((box or self.box).user, raw)

    def read(self, box=None):
        """One look into a mailbox."""
        box = box or self.box
        with Mailbox(mailbox_settings(box)) as mailbox:
            return read_once(self.services, box, mailbox)

    def run(self):
        """Runs the jobs that are due."""
        Worker(self.services).run_until_idle()

    def take_in(self, *messages):
        """Delivers, reads and runs everything; gives the ledger's rows."""
        for message in messages:
            self.deliver(message)
        self.read()
        self.run()
        return self.ledger()

    def ledger(self):
        """All rows of the ledger, oldest first."""
        with self.services.database.reading() as session:
            rows = list(session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id)))
            session.expunge_all()
            return rows

    def posts(self):
        """All posts with revision and pictures, oldest first."""
        with self.services.database.reading() as session:
            posts = list(session.scalars(sa.select(Post).order_by(Post.id)))
            for post in posts:
                assert all(revision.pictures is not None for revision in post.revisions)  # loaded, to be looked at
            session.expunge_all()
            return posts

    def post(self, ref):
        """One post."""
        return next(post for post in self.posts() if post.id == id_of(ref))

    def in_folder(self, folder="INBOX", box=None):
        """What stands in a folder of the mailbox."""
        return self.server.messages((box or self.box).user, folder)

    def to(self, who):
        """The mails that arrived for a person."""
        return self.smtp.to(self.people[who].email)


@pytest.fixture
def people(services):
    """One person of each role, and two who write."""
    with services.database.writing() as session:
        return make_people(session)


@pytest.fixture
def intake(services, people, dovecot, smtp):
    """The agency: mailbox, people of every role, one channel, an SMTP server to send by."""
    with services.database.writing() as session:
        make_channel(session, services)
    set_up_sending(services, smtp)
    return Intake(services, dovecot, smtp, people)


def set_up_sending(services, smtp):
    """Lets our mails go to `smtp`."""
    services.settings.mail_out = MailOut(
        host=smtp.host, port=smtp.port, starttls=False, sender="Teabreak <social@agency.example>"
    )
    services.settings.public_url = "https://teabreak.agency.example"
