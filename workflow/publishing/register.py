"""The networks that Teabreak publishes to, by the word that a channel names them with."""

from __future__ import annotations

from workflow.publishing.base import Publisher
from workflow.publishing.bluesky import Bluesky
from workflow.publishing.by_hand import ByHand
from workflow.publishing.sample import SampleChannel

publishers: dict[str, Publisher] = {one.network: one for one in (Bluesky(), ByHand(), SampleChannel())}


def publisher_for(network: str) -> Publisher:
    """The adapter for a channel's network. Raises KeyError for one that no version of Teabreak knew."""
    return publishers[network]
