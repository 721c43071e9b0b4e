"""What a network's adapter offers, what it is given, and the errors it may raise.

An adapter speaks to one network and decides nothing: whether, when and what is published is the door's business
(workflow.publishing.door), which is also its only caller.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import regex


@dataclass(frozen=True, slots=True)
class Account:
    """One account on one network. `secret` is its app password, and never shown."""

    network: str
    handle: str
    service_url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on its way out. `size` in bytes; `content` is empty where only the rules are asked."""

    sha256: str
    media_type: str
    width: int
    height: int
    alt_text: str
    size: int
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a revision is on one channel."""

    text: str
    language: str = "en"
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What the network said: its own id, the public address, and its answer as kept."""

    network_id: str
    address: str
    response: dict[str, Any]


class PublishError(Exception):
    """The network refused for good. The message is a sentence for people, without secrets."""


class AuthorisationNeeded(PublishError):
    """The account's password was refused, or is missing: somebody has to give the channel a new one."""


class OutcomeUnknown(PublishError):
    """The post may be live or not: no answer came. Never sent again blindly; a look-up or a person settles it."""


class NotAsApproved(OutcomeUnknown):
    """It stands on the network, but not as it was approved. A person has to look."""


class Retryable(PublishError):
    """The network certainly did not take it; the same again later may work. `retry_after` if the network named it."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


def graphemes(text: str) -> int:
    """Characters as people count them: extended grapheme clusters (Unicode UAX 29)."""
    return len(regex.findall(r"\X", text))


class Publisher(ABC):
    """One network. Stateless: one object serves all accounts and threads."""

    network: ClassVar[str]
    name: ClassVar[str]  # as people call it
    limit: ClassVar[int | None] = None  # characters, as `count` counts them; None: no limit that we know
    max_pictures: ClassVar[int] = 20
    needs_secret: ClassVar[bool] = False
    needs_a_person: ClassVar[bool] = False  # a person publishes it, and pastes the address
    safe_to_repeat: ClassVar[bool] = False  # the network honours our key: the same again does nothing

    def count(self, text: str) -> int:
        """The length of a text as this network counts it."""
        return graphemes(text)

    def problems(self, outgoing: Outgoing) -> list[str]:
        """Why the network would refuse this, in sentences; asks nobody."""
        found = []
        length = self.count(outgoing.text)
        if self.limit is not None and length > self.limit:
            over = length - self.limit
            found.append(
                f"the text has {length} characters; the most is {self.limit}. Take out {over}, or drop the channel."
            )
        if len(outgoing.pictures) > self.max_pictures:
            found.append(f"{len(outgoing.pictures)} pictures; the most is {self.max_pictures}. Take some out.")
        return found

    @abstractmethod
    def key(self, identity: str, at: datetime) -> str:
        """The network's idempotency key for a publication: the same for the same `identity` and moment of approval."""

    @abstractmethod
    def payload(self, outgoing: Outgoing, key: str, created_at: datetime, account: Account) -> dict[str, Any]:
        """Exactly what will be sent, as JSON; it is kept before the call. May ask the network (who is mentioned).

        Raises Retryable or another PublishError.
        """

    @abstractmethod
    def publish(self, account: Account, payload: dict[str, Any], pictures: Sequence[Picture]) -> Published:
        """Sends it. Raises Retryable, OutcomeUnknown or another PublishError."""

    @abstractmethod
    def find(self, account: Account, payload: dict[str, Any]) -> Published | None:
        """What became of an earlier try; None where nothing stands under the key. Raises like `publish`."""

    @abstractmethod
    def compare(self, account: Account, payload: dict[str, Any]) -> None:
        """Reads it back and compares. Raises NotAsApproved where it differs, Retryable where it cannot be read."""

    @abstractmethod
    def test(self, account: Account) -> str:
        """Signs in without publishing anything. Gives a sentence that says it is well, or raises PublishError."""
