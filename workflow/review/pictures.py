"""Pictures on their way in: decoded, bounded, and freed of what they should not carry.

Freed here and not when they are published: then what is stored, checked, approved (the digest holds the bytes) and
published is one and the same. What the file said about itself is read before, and kept beside the picture.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import replace

from PIL import Image, ImageOps, UnidentifiedImageError

from workflow.checks.pictures.carried import Carried, read_carried
from workflow.models.files import FileStore
from workflow.review.proposal import NewPicture

MAX_PIXELS = 50_000_000  # about 8,000 by 6,000; a decompression bomb is far above
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


class Refused(Exception):
    """The file cannot be taken as a picture. The message says why and what to do."""


def accept(store: FileStore, name: str, content: bytes, max_bytes: int) -> NewPicture:
    """Checks and cleans a picture and puts it into the store.

    What is stored, shown, approved and published are the same bytes: the picture turned upright, without its metadata
    (place, camera, names), with its colour profile. Raises Refused.
    """
    shown = name.rpartition("/")[2].rpartition("\\")[2][:120] or "picture"
    if not content:
        raise Refused(f"{shown} is empty. Choose the file again.")
    if len(content) > max_bytes:
        raise Refused(f"{shown} is {len(content) / 1e6:.1f} MB; the most is {max_bytes / 1e6:.0f} MB. Make it smaller.")
    image, kind, carried = _open(shown, content)
    cleaned = _clean(image, kind)
    sha256 = store.put(cleaned)
    facts = carried.as_json() if carried != Carried() else None
    return NewPicture(sha256, shown, FORMATS[kind], len(cleaned), image.width, image.height, carried=facts)


def _open(name: str, content: bytes) -> tuple[Image.Image, str, Carried]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content))
            kind = image.format or ""
            if image.width * image.height > MAX_PIXELS:
                raise Refused(f"{name} has {image.width} by {image.height} points, which is too many. Make it smaller.")
            if kind not in FORMATS:
                raise Refused(f"{name} is {kind or 'no picture we know'}; use JPEG, PNG, GIF or WebP.")
            if getattr(image, "n_frames", 1) > 1:
                raise Refused(f"{name} moves; only still pictures can be taken so far.")
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"{name} unpacks to far too many points. Use another file.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Refused(f"{name} is no picture, or it is damaged. Use JPEG, PNG, GIF or WebP.") from None
    carried = read_carried(image)
    try:
        upright = ImageOps.exif_transpose(image)
    except Exception:  # its metadata is broken in whatever way: they go anyway, and the finding says so
        upright, carried = image, replace(carried, unread=True)
    return upright, kind, carried


def _clean(image: Image.Image, kind: str) -> bytes:
    image.info = {key: value for key, value in image.info.items() if key in ("transparency", "icc_profile")}
    out = io.BytesIO()
    icc = image.info.get("icc_profile")
    if kind == "JPEG":
        image.convert("RGB").save(out, "JPEG", quality=92, optimize=True, icc_profile=icc, exif=b"")
    elif kind == "WEBP":
        image.save(out, "WEBP", quality=92, exif=b"", icc_profile=icc or b"")
    else:
        image.save(out, kind, optimize=True)
    return out.getvalue()
