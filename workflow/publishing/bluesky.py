"""Bluesky, by the AT Protocol (https://atproto.com, lexicon app.bsky.feed.post)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workflow.publishing.base import Account, Outgoing, Picture, Published, Publisher

_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"


class Bluesky(Publisher):
    """Posts under record keys of our own, so that the same again changes nothing."""

    network = "bluesky"
    name = "Bluesky"
    limit = 300
    max_pictures = 4
    needs_secret = True
    safe_to_repeat = True

    def key(self, identity: str, at: datetime) -> str:
        """A TID (https://atproto.com/specs/tid): the moment of approval, and ten bits of the identity's hash."""
        micros = int(at.timestamp() * 1_000_000)
        clock = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:2]) & 0x3FF
        number = (micros << 10) | clock
        return "".join(_TID_ALPHABET[(number >> shift) & 31] for shift in range(60, -1, -5))

    def payload(self, outgoing: Outgoing, key: str, created_at: datetime, account: Account) -> dict[str, Any]:
        raise NotImplementedError

    def publish(self, account: Account, payload: dict[str, Any], pictures: Sequence[Picture]) -> Published:
        raise NotImplementedError

    def find(self, account: Account, payload: dict[str, Any]) -> Published | None:
        raise NotImplementedError

    def compare(self, account: Account, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def test(self, account: Account) -> str:
        raise NotImplementedError
