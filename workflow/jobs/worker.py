"""A worker: runs jobs by the engine that fits the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from workflow.jobs.endings import LEASE
from workflow.jobs.handlers import load_handlers
from workflow.services import Services


class Engine(Protocol):
    """What both engines offer."""

    def start(self) -> None:
        """Begins to run jobs, in threads of its own."""

    def stop(self) -> None:
        """Takes no more jobs and waits for those that run."""

    def run_until_idle(self) -> int:
        """Runs all that is due in the calling thread; gives how many runs that was."""


class Worker:
    """Runs jobs. Any number of workers, in any number of processes, may run at once.

    Jobs of one that has given no sign of life for the time of a `lease` are taken up by the others.
    """

    def __init__(self, services: Services, *, threads: int = 4, lease: timedelta = LEASE) -> None:
        load_handlers()
        self.engine: Engine
        if services.database.on_postgresql:
            from workflow.jobs.distributed import DistributedEngine

            self.engine = DistributedEngine(services, threads=threads, lease=lease)
        else:
            from workflow.jobs.embedded import EmbeddedEngine

            self.engine = EmbeddedEngine(services, threads=threads, lease=lease)

    def start(self) -> None:
        """Begins to run jobs, in threads of its own."""
        self.engine.start()

    def stop(self) -> None:
        """Takes no more jobs and waits for those that run."""
        self.engine.stop()

    def run_until_idle(self) -> int:
        """Runs all that is due in the calling thread; gives how many runs that was."""
        return self.engine.run_until_idle()
