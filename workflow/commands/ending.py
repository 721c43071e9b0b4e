"""How a long command ends: asked by SIGTERM or Ctrl-C, in good order."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Protocol


class Part(Protocol):
    """Something that runs until it is stopped: the worker, the planner, a mailbox's watcher."""

    def start(self) -> None:
        """Begins, in threads of its own."""

    def stop(self) -> None:
        """Asks it to end, and waits for it."""


def asked_to_end() -> Event:
    """An event that is set once somebody asks this process to end. From here on, that does nothing else."""
    event = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: event.set())
    return event


def stop_all(parts: list[Part]) -> None:
    """Stops all of them at once: each waits for what it has in hand."""
    if parts:
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(lambda part: part.stop(), parts))
