"""The part of a check that looks at pictures: one post at a time, in a process of its own, within its time."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta

from workflow.checks.finding import Finding
from workflow.checks.pictures.findings import CheckedPicture, of_file, of_seen
from workflow.checks.pictures.reading import PictureReader
from workflow.checks.pictures.seen import Seen
from workflow.guide.clauses import Guide
from workflow.jobs.handlers import TryAgain
from workflow.models.files import DamagedFile, FileStore

# The reading process takes most of a gigabyte; a second one waits, and not in a thread that others could use.
_one_at_a_time = threading.Lock()
_PATIENCE = 1.0
_LATER = timedelta(seconds=3)


def look_at_pictures(
    files: FileStore,
    pictures: Sequence[CheckedPicture],
    known: Mapping[str, Seen],
    guide: Guide,
    allow_list: Sequence[str],
) -> tuple[list[Finding], dict[int, Seen]]:
    """The findings on all pictures, and what was seen in each, by number.

    `known` is what was seen before, by SHA-256: a picture is looked at once a post. Raises TryAgain where this process
    is reading another post's pictures.
    """
    wanted = {picture.sha256 for picture in pictures} - set(known)
    seen = {**known, **(_read(files, wanted) if wanted else {})}
    found: list[Finding] = []
    for picture in pictures:
        found += of_file(picture, guide, allow_list)
        found += of_seen(picture, seen[picture.sha256], guide, allow_list)
    return found, {picture.number: seen[picture.sha256] for picture in pictures}


def _read(files: FileStore, wanted: set[str]) -> dict[str, Seen]:
    if not _one_at_a_time.acquire(timeout=_PATIENCE):
        raise TryAgain(_LATER, "The pictures of another post are being read; these come next.")
    try:
        with PictureReader() as reader:
            return {sha256: _read_one(files, reader, sha256) for sha256 in sorted(wanted)}
    finally:
        _one_at_a_time.release()


def _read_one(files: FileStore, reader: PictureReader, sha256: str) -> Seen:
    try:
        content = files.read(sha256)
    except FileNotFoundError:
        return Seen(faults=dict.fromkeys(("words", "people"), "its file is gone"))
    except DamagedFile:
        return Seen(faults=dict.fromkeys(("words", "people"), "its file has changed on disk"))
    return reader.read(content)
