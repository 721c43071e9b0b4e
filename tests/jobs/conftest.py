"""Small jobs for the engines' tests, and the look at what became of them."""

import multiprocessing
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.jobs import driver
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

    def left(self):
        """How many are neither done nor dead."""
        listing = self.listing()
        return len(listing.waiting) + len(listing.failing)


@pytest.fixture
def jobs(services, monkeypatch):
    made = Jobs(services)
    handlers.load_handlers()
    monkeypatch.setitem(handlers.HANDLERS, "sample", made.handler)
    return made


def wait_until(condition, what, deadline=60):
    """Looks until it holds."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        threading.Event().wait(0.02)


# Forked from a process that has read the product already: a new one begins in a blink, so that there is much to kill.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.jobs.driver"])


@dataclass
class Processes:
    """Processes of tests.jobs.driver on the database of `services`."""

    services: object
    folder: Path
    running: list = field(default_factory=list)

    def start(self, role, *, wait=True):
        """Starts one; with `wait` it has begun its work when this returns."""
        url = self.services.settings.database_url
        process = FORKS.Process(target=driver.run, args=(role, self.folder, url), daemon=True)
        process.start()
        self.running.append(process)
        if wait:
            wait_until(lambda: self.is_ready(process) or not process.is_alive(), f"{role} is ready", 60)
            assert process.is_alive(), self.log()[-3000:]
        return process

    def is_ready(self, process):
        return str(process.pid) in driver.noted(self.folder, "ready")

    def signal(self, process, number):
        os.kill(process.pid, number)

    def kill(self, process):
        process.kill()
        process.join(10)
        self.running.remove(process)

    def noted(self, name):
        return driver.noted(self.folder, name)

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


@pytest.fixture
def processes(services, tmp_path):
    made = Processes(services, tmp_path)
    yield made
    for process in list(made.running):
        made.kill(process)
