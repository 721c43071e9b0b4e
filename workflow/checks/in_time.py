"""A limit in time for readers that others wrote, or that wait for another machine.

A thread cannot be killed. One that does not answer in time is left behind, and a reader that has left several behind is
not asked again until one of them has ended: so a reader that hangs costs a few threads, however many posts are checked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

Answer = TypeVar("Answer")

#: So many threads of one reader may be left behind.
MOST_LEFT_BEHIND: Final = 3

_left_behind: dict[str, list[threading.Thread]] = {}
_lock = threading.Lock()


class ReaderFault(Exception):
    """A reader that did not do its work; the message goes into a sentence for people, after "The reader “...” "."""


def in_time(name: str, work: Callable[[], Answer], seconds: float) -> Answer:
    """What `work` gives. Raises what it raises, and ReaderFault where it is not done within `seconds`."""
    if _still_busy(name) >= MOST_LEFT_BEHIND:
        raise ReaderFault(f"was not asked: it is still busy with {MOST_LEFT_BEHIND} texts that it did not read in time")
    answer: list[Answer] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(work())
        except BaseException as fault:  # raised again in the thread that waits
            faults.append(fault)

    thread = threading.Thread(target=run, name=f"check {name}", daemon=True)
    thread.start()
    thread.join(seconds)
    if faults:
        if isinstance(faults[0], Exception):
            raise faults[0]
        raise ReaderFault("stopped")
    if not answer:
        with _lock:
            _left_behind.setdefault(name, []).append(thread)
        raise ReaderFault(f"did not answer within {seconds:g} seconds")
    return answer[0]


def _still_busy(name: str) -> int:
    """How many threads of that reader were left behind and have not ended since."""
    with _lock:
        busy = [thread for thread in _left_behind.pop(name, []) if thread.is_alive()]
        if busy:
            _left_behind[name] = busy
        return len(busy)
