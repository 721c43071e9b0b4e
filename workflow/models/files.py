"""Content-addressed files under the data folder: attachments and raw mail.

A file is safe on disk, under the name of its SHA-256, before the row that names it is written.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


class FileStore:
    """Files by the SHA-256 of their content."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where that content stands. Raises ValueError for what is no SHA-256 in hex."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256 in hex")
        return self.root / sha256[:2] / sha256[2:]

    def has(self, sha256: str) -> bool:
        """Whether the content is here."""
        return self.path(sha256).is_file()

    def put(self, content: bytes) -> str:
        """Stores `content` durably and gives its SHA-256. Raises OSError (a full disk) with nothing half-written."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if target.is_file():
            return sha256
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sync(self.root)  # else a power cut may take the new folder with the file in it
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._sync(target.parent)
        return sha256

    def read(self, sha256: str) -> bytes:
        """The content. Raises FileNotFoundError where it is gone, and DamagedFile where it is not what it was."""
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedFile(f"The stored file {sha256[:12]}... has changed on disk. Restore it from a backup.")
        return content

    def remove(self, sha256: str) -> None:
        """Removes the content for good (a lawful erasure)."""
        self.path(sha256).unlink(missing_ok=True)

    @staticmethod
    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class DamagedFile(Exception):
    """A stored file's bytes are not those of its name."""
