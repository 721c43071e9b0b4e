"""Reads the words in a picture (OCR), with the models that come inside the package `rapidocr` (Apache-2.0).

Runs in the worker. Nothing is downloaded: the model files are named, and where one is missing that is a fault.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from PIL import Image

from workflow.checks.pictures.seen import Line

#: A picture is read in pieces of at most this length, in points; smaller ones are made larger first.
PIECE: Final = 2000
SMALL: Final = 1000
SHORT_SIDE: Final = 1500
OVERLAP: Final = 150
MOST_PIECES: Final = 6
SURE: Final = 0.6
LEAST: Final = 2  # letters and digits: single ones are seen in all kinds of shapes
SMALLEST: Final = 8  # points: no word is lower
THREADS: Final = 2


def read_words(image: Image.Image) -> tuple[Line, ...]:
    """The lines of words in an upright RGB image, from top to bottom."""
    scaled = image.resize(_readable_size(*image.size), Image.Resampling.LANCZOS)
    width, height = scaled.size
    if min(width, height) < SMALLEST:
        return ()
    lines = []
    for left, top, piece in _pieces(scaled):
        for text, corners in _lines(piece):
            placed = [((left + x) / width, (top + y) / height) for x, y in corners]
            lines.append(Line(text, (placed[0], placed[1], placed[2], placed[3])))
    return tuple(lines)


def _readable_size(width: int, height: int) -> tuple[int, int]:
    """Large enough for small words, and bounded, whatever the picture's shape."""
    short, long = sorted((width, height))
    scale = min(SHORT_SIDE / short, MOST_PIECES * (PIECE - OVERLAP) / long)
    if long * scale <= PIECE:
        scale = PIECE / long
    scale = min(scale, max(1.0, min(SMALL / long, 3.0)))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _pieces(image: Image.Image) -> Iterator[tuple[int, int, Image.Image]]:
    """(left, top, piece): the image cut along its longer side, with an overlap so that no line is cut in two."""
    width, height = image.size
    long = max(width, height)
    for start in range(0, max(1, long - OVERLAP), PIECE - OVERLAP):
        end = min(start + PIECE, long)
        box = (start, 0, end, height) if width >= height else (0, start, width, end)
        yield box[0], box[1], image.crop(box)


def _lines(piece: Image.Image) -> list[tuple[str, list[tuple[float, float]]]]:
    import numpy as np

    # The engine reads colours in the order blue, green, red.
    read = _engine()(np.ascontiguousarray(np.asarray(piece)[:, :, ::-1]))
    if read.txts is None or read.boxes is None:
        return []
    return [
        (" ".join(text.split()), [(float(x), float(y)) for x, y in corners])
        for text, score, corners in zip(read.txts, read.scores, read.boxes, strict=True)
        if score >= SURE and sum(char.isalnum() for char in text) >= LEAST
    ]


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": PIECE,
            "Det.model_path": _model("*det*.onnx"),
            "Cls.model_path": _model("*cls*.onnx"),
            "Rec.model_path": _model("*rec*.onnx"),
            # Never more points than the piece has: the default makes narrow strips enormous.
            "Det.limit_type": "max",
            "Det.limit_side_len": PIECE,
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        }
    )


def _model(pattern: str) -> str:
    """A model file of the installed package. Raises FileNotFoundError."""
    package = importlib.util.find_spec("rapidocr")
    folders = list(package.submodule_search_locations or ()) if package else []
    found = sorted(path for folder in folders for path in Path(folder, "models").glob(pattern))
    if not found:
        raise FileNotFoundError(f"rapidocr brought no model {pattern}")
    return str(found[0])
