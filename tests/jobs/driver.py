"""What the processes of the kill and freeze tests do, one function a role.

Real parts: the use cases, the outbox, the worker of the product. What a process did stands in files of a folder, each
line on disk before the next thing is done, so that it is known after a SIGKILL too.
"""

import os
import threading
import time
import uuid
from datetime import timedelta

import sqlalchemy as sa

from tests.factories import make_channel, make_people
from workflow.checks.register import check_text
from workflow.guide.loader import built_in
from workflow.jobs import distributed, embedded
from workflow.jobs.handlers import HANDLERS, GiveUp, load_handlers
from workflow.jobs.lease import Lease
from workflow.jobs.worker import Worker
from workflow.models import Person, Post
from workflow.publishing.register import publishers
from workflow.publishing.sample import SampleChannel
from workflow.review.decide import decide
from workflow.review.proposal import Proposal, Stale
from workflow.review.submit import propose
from workflow.settings import Settings
from workflow.start import open_services
from workflow.states import NotPossible, State

LEASE = timedelta(seconds=4)  # long enough for a busy machine to give a sign of life in time
NETWORK = 0.08  # seconds before and after the sample network takes a post, so that kills meet a call on its way


# All that a worker needs, so that a process which is forked from one that has read this file begins its work at once.
load_handlers()
ENGINES = (embedded, distributed)
check_text("Sample notice on 07700 900123", built_in())


def run(role, folder, url):
    """A process's whole life."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    services = open_services(Settings(data=folder / "var", agency_name="Sample Agency", database_url=url))
    ROLES[role](services, folder)


def set_up(services):
    """The people and the channel that the submitter needs."""
    with services.database.writing() as session:
        make_people(session)
        make_channel(session, services)


def note(folder, name, line):
    """One line more in a file of the folder, on the disk before this returns."""
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, f"{line}\n".encode())
    os.fsync(descriptor)
    os.close(descriptor)


def noted(folder, name):
    """The lines of a file of the folder."""
    path = folder / name
    return path.read_text().splitlines() if path.exists() else []


def work(services, folder):
    """Runs jobs until it is killed."""
    publishers["sample"] = SlowSample(folder)
    HANDLERS["held up"] = lambda services, args: hold_up(folder)
    Worker(services, lease=LEASE).start()
    note(folder, "ready", os.getpid())
    threading.Event().wait()


class SlowSample(SampleChannel):
    """The sample network, at a distance; each call stands in "calls"."""

    def __init__(self, folder):
        self.folder = folder

    def publish(self, account, payload, pictures):
        note(self.folder, "calls", payload["text"])
        time.sleep(NETWORK)
        published = super().publish(account, payload, pictures)
        time.sleep(NETWORK)
        return published


def hold_up(folder):
    """Waits until the test lets this process go on; the first of them to begin gives up then."""
    first = not noted(folder, "begun")
    note(folder, "begun", os.getpid())
    while not (folder / f"go-{os.getpid()}").exists():
        time.sleep(0.02)
    if first:
        raise GiveUp("The first one gave up.")


def submit(services, folder):
    """Proposes posts and approves those that are checked, until it is killed."""
    with services.database.reading() as session:
        author = session.scalars(sa.select(Person).where(Person.email == "author@agency.example")).one().as_actor()
    note(folder, "ready", os.getpid())
    while True:
        with services.database.writing() as session:
            text = f"Sample notice {uuid.uuid4().hex}"
            propose(session, author, Proposal(text=text, channels=("sample",)), origin="web")
        note(folder, "promised", text)
        approve_all(services)
        time.sleep(0.02)


def approve_all(services):
    """Approves every post that waits for a review."""
    with services.database.reading() as session:
        reviewer = session.scalars(sa.select(Person).where(Person.email == "reviewer@agency.example")).one().as_actor()
        waiting = list(session.scalars(sa.select(Post.id).where(Post.state == State.IN_REVIEW)))
    for post_id in waiting:
        try:
            with services.database.writing() as session:
                post = session.get_one(Post, post_id)
                decide(session, reviewer, post, "approve", digest=post.revision.digest, clauses=(), note="")
        except (NotPossible, Stale):
            continue  # approved already


def lead(services, folder):
    """Takes or keeps the lease `sample`, and says so each time, until it is killed."""
    lease = Lease(services.database, "sample", ttl=1.0)
    note(folder, "ready", os.getpid())
    while True:
        if lease.acquire_or_renew():
            note(folder, "led", f"{os.getpid()} {lease.fence}")
        time.sleep(0.2)


ROLES = {"work": work, "submit": submit, "lead": lead}
