"""The process that opens strangers' pictures: one request a line on its input, one answer a line on its output.

Started, given a time limit and ended by `reading`. It has no secrets in its environment, reaches no network and starts
no programs, and it goes when whoever started it goes.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, ImageOps

from workflow.checks.pictures import people, words
from workflow.checks.pictures.seen import Seen

#: More points than this are not opened at all.
MOST_POINTS: Final = 50_000_000
FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
CPU_SECONDS: Final = 1800
_REFUSED: Final = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system", "os.exec")

READERS: Final[dict[str, Callable[[Image.Image], Seen]]] = {
    "words": lambda image: Seen(lines=words.read_words(image)),
    "people": lambda image: Seen(faces=people.find_faces(image)),
}
#: What each reader says of a picture that shows nothing.
NOTHING: Final = {"words": Seen(lines=()), "people": Seen(faces=())}


def main() -> None:
    """Answers until its input ends. The one argument is the number of the process that started it."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    shut_in()
    threading.Thread(target=_go_with_parent, args=(int(sys.argv[1]),), daemon=True).start()
    while line := requests.readline():
        answers.write(json.dumps(answer(json.loads(line), requests)).encode() + b"\n")
        answers.flush()


def answer(request: dict[str, Any], source: BinaryIO) -> dict[str, Any]:
    """`request` names the reader and the size of the picture, which follows it. Gives what was seen, or the fault."""
    content, reader = source.read(request["size"]), request["reader"]
    try:
        image = opened(content)
        return (NOTHING[reader] if is_bare(image) else READERS[reader](image)).as_json()
    except Exception as fault:  # whatever it is, it is told; the next picture may be sound
        return {"fault": type(fault).__name__}


def opened(content: bytes) -> Image.Image:
    """The picture, upright and in RGB. Raises for what is no picture or has too many points."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > MOST_POINTS:
            raise Image.DecompressionBombError
        image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        # On white, as most readers see it.
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def is_bare(image: Image.Image) -> bool:
    """Whether the picture is of one colour throughout; then no reader need be loaded."""
    return all(band.getextrema()[0] == band.getextrema()[1] for band in image.split())


def shut_in() -> None:
    """From here on Python reaches no network and starts no program, and the process is the first to be ended."""
    sys.addaudithook(_refuse)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # of Linux alone: memory that runs out is taken from here first
        Path("/proc/self/oom_score_adj").write_text("1000")
    with contextlib.suppress(OSError):
        os.nice(5)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(f"{event} is not for this process")


def _go_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
