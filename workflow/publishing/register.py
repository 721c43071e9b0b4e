"""The networks that Teabreak publishes to, by the word that a channel names them with; a channel's account there."""

from __future__ import annotations

from workflow.models import Channel
from workflow.models.seal import unseal
from workflow.publishing.base import Account, Publisher
from workflow.publishing.bluesky import Bluesky
from workflow.publishing.by_hand import ByHand
from workflow.publishing.sample import SampleChannel

publishers: dict[str, Publisher] = {one.network: one for one in (Bluesky(), ByHand(), SampleChannel())}


def publisher_for(network: str) -> Publisher:
    """The adapter for a channel's network. Raises KeyError for one that no version of Teabreak knew."""
    return publishers[network]


def account_of(channel: Channel, secret_key: str) -> Account:
    """The account behind a channel, with its password. Raises SealBroken."""
    return Account(channel.network, channel.handle, channel.service_url, unseal(channel.sealed_secret, secret_key))
