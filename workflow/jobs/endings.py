"""How a run of a job ends: the rules that both engines share."""

from __future__ import annotations

import random
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from workflow.jobs.handlers import GiveUp, TryAgain, handler_of, in_a_sentence
from workflow.services import Services

LEASE = timedelta(seconds=15)  # so long after its last sign of life a process counts as gone
WENT_AWAY = "The process that ran it went away."
MAX_BACK_OFF = 3600.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """Without `error` it is done; `dead`: never again; `after`: again, as it asked for; else it failed, for now."""

    error: str | None = None
    dead: bool = False
    after: timedelta | None = None


def run_handler(services: Services, job_id: int, name: str, args: dict[str, Any]) -> Ending:
    """Runs the handler called `name`. Whatever it raises becomes an ending."""
    try:
        handler_of(name)(services, args)
    except GiveUp as error:
        log.warning("a job gave up", job=job_id, name=name)
        return Ending(error=in_a_sentence(error), dead=True)
    except TryAgain as error:
        return Ending(error=in_a_sentence(error), after=error.after)
    except Exception as error:  # a row on the jobs page, whatever it is
        # Where it was, never its message: that may hold words of people.
        where = "".join(traceback.format_tb(error.__traceback__))
        log.error("a job failed", job=job_id, name=name, fault=type(error).__name__, where=where)  # noqa: TRY400
        return Ending(error=in_a_sentence(error))
    return Ending()


def back_off(failures: int) -> timedelta:
    """How long to wait after that many failures: doubling, at most an hour, with jitter."""
    seconds = min(MAX_BACK_OFF, 2.0 ** min(failures, 12)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
    return timedelta(seconds=seconds)
