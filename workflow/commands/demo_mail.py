"""The demo's mail server, as a process that ends with the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Runs PyPI's mail-devel with this process's arguments."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    from mail_devel.__main__ import main as serve  # type: ignore[import-untyped]

    serve()


if __name__ == "__main__":
    main()
