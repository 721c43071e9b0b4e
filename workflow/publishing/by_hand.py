"""Networks that Teabreak does not speak to: a person copies the approved text and pastes the address back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from workflow.publishing.base import Account, Outgoing, Picture, Publisher, PublishError


class ByHand(Publisher):
    """The door stops at `needs_a_person`, so nothing here is ever called."""

    network = "by_hand"
    name = "By hand"
    needs_a_person = True

    def key(self, identity: str, at: datetime) -> str:
        """Only for the row: nobody but us reads it."""
        return hashlib.sha256(f"{identity}/{at.isoformat()}".encode()).hexdigest()[:32]

    def payload(self, outgoing: Outgoing, key: str, created_at: datetime, account: Account) -> dict[str, Any]:
        """What the person is given to copy."""
        return {
            "key": key,
            "text": outgoing.text,
            "pictures": [{"sha256": p.sha256, "alt": p.alt_text} for p in outgoing.pictures],
        }

    def publish(self, account: Account, payload: dict[str, Any], pictures: Sequence[Picture]) -> NoReturn:
        """Raises PublishError: there is nobody to send it to."""
        raise PublishError("This channel is published by hand.")

    def find(self, account: Account, payload: dict[str, Any]) -> None:
        """Nobody can be asked."""
        return

    def compare(self, account: Account, payload: dict[str, Any]) -> None:
        """Nothing can be read back."""

    def test(self, account: Account) -> str:
        """Nothing to sign in to."""
        return f"{account.handle or 'This channel'} is published by hand, so there is nothing to sign in to."
