"""The demo's network: a file with one JSON line a post, which a page shows. Nothing leaves the machine.

`service_url` names the file and, after a "#", the address of that page. It honours a key as Bluesky does: the same
again changes nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workflow.publishing.base import Account, NotAsApproved, Outgoing, Picture, Published, Publisher, Retryable


class SampleChannel(Publisher):
    """Counts like Bluesky, so that the demo shows what a limit does."""

    network = "sample"
    name = "Sample channel"
    limit = 300
    max_pictures = 4
    safe_to_repeat = True

    def key(self, identity: str, at: datetime) -> str:
        """A name for the post on the sample network."""
        return hashlib.sha256(f"{identity}/{at.isoformat()}".encode()).hexdigest()[:13]

    def payload(self, outgoing: Outgoing, key: str, created_at: datetime, account: Account) -> dict[str, Any]:
        """One line of the file."""
        return {
            "key": key,
            "handle": account.handle,
            "text": outgoing.text,
            "language": outgoing.language,
            "pictures": [{"sha256": p.sha256, "alt": p.alt_text} for p in outgoing.pictures],
            "created_at": created_at.isoformat(),
        }

    def publish(self, account: Account, payload: dict[str, Any], pictures: Sequence[Picture]) -> Published:
        """Adds the line, unless it stands there."""
        try:
            with _file(account.service_url).open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not any(line["key"] == payload["key"] for line in shown(account.service_url)):
                    file.write(json.dumps(payload, ensure_ascii=False).encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
        except OSError as error:
            raise Retryable(f"The sample channel's file cannot be written: {error.strerror}.") from error
        return _published(account, payload)

    def find(self, account: Account, payload: dict[str, Any]) -> Published | None:
        """The line with that key."""
        if any(line["key"] == payload["key"] for line in shown(account.service_url)):
            return _published(account, payload)
        return None

    def compare(self, account: Account, payload: dict[str, Any]) -> None:
        """The line has to be what was sent."""
        if payload not in shown(account.service_url):
            raise NotAsApproved("What stands on the sample channel is not what was approved.")

    def test(self, account: Account) -> str:
        """Whether the file's folder is there."""
        if not _file(account.service_url).parent.is_dir():
            raise Retryable("The sample channel's folder is not there.")
        return f"{account.handle} is a sample channel: nothing leaves this machine."


def shown(service_url: str) -> list[dict[str, Any]]:
    """What stands on the sample channel, oldest first."""
    return list(_lines(_file(service_url)))


def _file(service_url: str) -> Path:
    return Path(service_url.partition("#")[0])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):  # the last one may be half written
                yield json.loads(line)


def _published(account: Account, payload: dict[str, Any]) -> Published:
    page = account.service_url.partition("#")[2]
    address = f"{page}#{payload['key']}" if page else f"https://social.example/{payload['handle']}/{payload['key']}"
    return Published(payload["key"], address, {})
