"""Checks many texts, one JSON object a line: what `teabreak check --format jsonl` does."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeAlias

from workflow.checks.finding import Finding, as_json
from workflow.checks.phrases import Phrases
from workflow.checks.register import check_text
from workflow.guide.clauses import Guide

#: Lines read ahead for each thread, so that none waits for the next line.
AHEAD: Final = 4

_Begun: TypeAlias = "queue.Queue[Future[str] | Exception | None]"


class BadLine(Exception):
    """A line that is not {"id": text, "text": text}. `number` counts from 1."""

    def __init__(self, number: int, what: str) -> None:
        self.number = number
        super().__init__(f'Line {number} {what}. Write {{"id": "...", "text": "..."}} on one line.')


def check_lines(
    lines: Iterable[str],
    guide: Guide | None = None,
    *,
    allow_list: Iterable[str] = (),
    phrases: Sequence[Phrases] | None = None,
    threads: int | None = None,
    house: Callable[[str], list[Finding]] | None = None,
) -> Iterator[str]:
    """For each line {"id", "text"} one line {"id", "findings"}, in the same order, as soon as it is ready.

    Lines come out without their line break; empty ones are passed over. Several are checked at once, by as many
    threads as there are cores without `threads`; the one who writes need not send another line to get an answer.
    `house`: what else to find in a text, after the findings of the guide.
    Raises BadLine at the first faulty line, after the answers to those before it.
    """
    allowed = tuple(allow_list)

    def answer(name: str, text: str) -> str:
        every = [*check_text(text, guide, allow_list=allowed, phrases=phrases), *(house(text) if house else ())]
        found = [as_json(finding) for finding in every]
        # ASCII, so that a lone surrogate in an id or a passage can be written anywhere.
        return json.dumps({"id": name, "findings": found})

    threads = threads or cores()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="check")
    begun: _Begun = queue.Queue(maxsize=AHEAD * threads)
    over = threading.Event()
    reader = threading.Thread(target=_begin, args=(lines, answer, pool, begun, over), name="check lines", daemon=True)
    try:
        reader.start()
        while (ready := begun.get()) is not None:
            if isinstance(ready, Exception):
                raise ready
            yield ready.result()
    finally:
        over.set()
        while not begun.empty():  # a reader that waits for room finds some, and sees that it is over
            begun.get_nowait()
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(
    lines: Iterable[str],
    answer: Callable[[str, str], str],
    pool: ThreadPoolExecutor,
    begun: _Begun,
    over: threading.Event,
) -> None:
    """Hands each line to the pool, in order; the end is None or the fault that ended it."""
    try:
        for number, line in enumerate(lines, 1):
            if over.is_set():
                return
            if line.strip():
                begun.put(pool.submit(answer, *_asked(number, line)))
    except Exception as fault:  # raised again where the answers are read
        begun.put(fault)
    else:
        begun.put(None)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _asked(number: int, line: str) -> tuple[str, str]:
    try:
        asked = json.loads(line.removeprefix("\ufeff") if number == 1 else line)
    except ValueError as fault:
        raise BadLine(number, "is not JSON") from fault
    except RecursionError as fault:
        raise BadLine(number, "is nested too deeply") from fault
    if not isinstance(asked, dict):
        raise BadLine(number, "is not a JSON object")
    for field in ("id", "text"):
        if not isinstance(asked.get(field), str):
            raise BadLine(number, f"has no “{field}” that is a text")
    return asked["id"], asked["text"]
