"""Small jobs for the engines' tests, and the look at what became of them."""

from dataclasses import dataclass, field

import pytest

from workflow import outbox
from workflow.jobs import handlers
from workflow.jobs.listing import list_jobs
from workflow.jobs.worker import Worker


@dataclass
class Jobs:
    """Queues jobs called `sample`, whose runs are kept in `ran`; `does` is what a run does besides."""

    services: object
    ran: list = field(default_factory=list)
    does: list = field(default_factory=list)  # one function a run; the last one stays

    def handler(self, services, args):
        self.ran.append(args.get("n"))
        if self.does:
            (self.does.pop(0) if len(self.does) > 1 else self.does[0])(args)

    def queue(self, n=0, name="sample", **more):
        with self.services.database.writing() as session:
            outbox.enqueue(session, name, {"n": n}, **more)

    def run(self):
        return Worker(self.services).run_until_idle()

    def listing(self):
        with self.services.database.reading() as session:
            return list_jobs(session, self.services.settings)


@pytest.fixture
def jobs(services, monkeypatch):
    made = Jobs(services)
    handlers.load_handlers()
    monkeypatch.setitem(handlers.HANDLERS, "sample", made.handler)
    return made
