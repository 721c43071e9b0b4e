"""The register of job handlers, and how a handler says that it wants another try or none."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from workflow.services import Services

Handler = Callable[[Services, dict[str, Any]], None]

HANDLERS: dict[str, Handler] = {}
MODULES = (
    "anchor_record",
    "check_revision",
    "erase_files",
    "erase_from_mailbox",
    "publish",
    "send_mail",
    "take_in_mail",
)


class TryAgain(Exception):
    """Not now: run the job again after `after`. The message says why, for the jobs page."""

    def __init__(self, after: timedelta, why: str) -> None:
        self.after = after
        super().__init__(why)


class GiveUp(Exception):
    """Never: the job is dead at once, and stands on the jobs page with the message."""


class UnknownJob(GiveUp):
    """No handler has that name: an older or newer version of Teabreak queued it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"This version of Teabreak knows no job called “{name}”. Is an older part still running?")


def handler(name: str) -> Callable[[Handler], Handler]:
    """Registers a function as the handler of the jobs called `name`. It must bear being run twice for one job."""

    def register(function: Handler) -> Handler:
        HANDLERS[name] = function
        return function

    return register


def load_handlers() -> dict[str, Handler]:
    """All handlers of the product, by name."""
    for module in MODULES:
        importlib.import_module(f"workflow.jobs.{module}")
    return HANDLERS


def handler_of(name: str) -> Handler:
    """The handler called `name`. Raises UnknownJob."""
    try:
        return load_handlers()[name]
    except KeyError:
        raise UnknownJob(name) from None


def in_a_sentence(error: BaseException) -> str:
    """What a failed job shows: the sentence of an error meant for people, else only its kind (no content leaks)."""
    if isinstance(error, (TryAgain, GiveUp)):
        return str(error)[:1000]
    return f"An unexpected fault ({type(error).__name__}). The server's log has the details."
