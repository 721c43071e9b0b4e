"""Looks at pictures in a process of their own, each reader with a time limit. A fault is an answer, never an exception.

A hostile or enormous picture can make a decoder hang, fill memory or crash: then that process goes, and what it should
have read is "not checked".
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final

from workflow.checks.pictures.seen import Seen, seen_of

#: Seconds for one reader and one picture, the start of the process included.
WORDS_SECONDS: Final = 60.0
PEOPLE_SECONDS: Final = 30.0
#: Seconds for all pictures of a post together.
ALL_SECONDS: Final = 300.0
_LONGEST_ANSWER: Final = 10_000_000
_COMMAND: Final = (sys.executable, "-P", "-m", "workflow.checks.pictures.worker")
# Nothing of ours that is secret: settings come by the environment too.
_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")


class PictureReader:
    """Reads pictures one after the other; use it as a context manager, for one post.

    `words_seconds` and `people_seconds` are for each picture, `all_seconds` for all of them.
    """

    def __init__(
        self,
        *,
        words_seconds: float = WORDS_SECONDS,
        people_seconds: float = PEOPLE_SECONDS,
        all_seconds: float = ALL_SECONDS,
    ) -> None:
        self._limits = {"words": words_seconds, "people": people_seconds}
        self._all_seconds = all_seconds
        self._until = time.monotonic() + all_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PictureReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, content: bytes) -> Seen:
        """What is seen in one picture, with a sentence for each reader that could not read it."""
        found: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for reader, limit in self._limits.items():
            answer = self._asked(reader, content, limit)
            if "fault" in answer:
                faults[reader] = str(answer["fault"])
            else:
                found |= answer
        seen = seen_of(found)
        return Seen(seen.lines, seen.faces, faults)

    def _asked(self, reader: str, content: bytes, limit: float) -> dict[str, Any]:
        left = self._until - time.monotonic()
        if left <= 0:
            return {"fault": f"the pictures of this post took more than {self._all_seconds:g} seconds"}
        seconds = min(limit, left)
        try:
            process = self._running()
        except OSError as fault:
            return {"fault": f"its reader could not be started ({type(fault).__name__})"}
        # Killed from a thread: then neither writing to a process that hangs nor waiting for it can last.
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        killer = threading.Timer(seconds, end)
        killer.daemon = True
        killer.start()
        try:
            line = self._answer(process, reader, content)
        finally:
            killer.cancel()
            killer.join()
        if late.is_set() or not line.endswith(b"\n"):
            self._end()
            why = f"took more than {seconds:.3g} seconds" if late.is_set() else "broke down"
            return {"fault": f"its reader {why}"}
        answer: dict[str, Any] = json.loads(line)
        if "fault" in answer:
            return {"fault": f"its reader failed ({answer['fault']})"}
        return answer

    def _answer(self, process: subprocess.Popen[bytes], reader: str, content: bytes) -> bytes:
        """The line it answers with; without its end where the process is gone."""
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - both are pipes
        try:
            process.stdin.write(json.dumps({"reader": reader, "size": len(content)}).encode() + b"\n" + content)
            process.stdin.flush()
            return process.stdout.readline(_LONGEST_ANSWER)
        except OSError:
            return b""

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                (*_COMMAND, str(os.getpid())),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(os.environ),
                start_new_session=True,  # Ctrl-C at the terminal is for the server, which ends it
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not written is of no use any more
                    continue
        process.wait()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name in _ENVIRONMENT or name.startswith(("LC_", "OPENBLAS"))}
