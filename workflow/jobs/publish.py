"""Publishing at its time."""

from __future__ import annotations

from typing import Any

from workflow.jobs.handlers import TryAgain, handler
from workflow.publishing import door
from workflow.publishing.outcome import Later
from workflow.services import Services


@handler("publish")
def publish(services: Services, args: dict[str, Any]) -> None:
    """Publishes one publication. `args`: publication_id."""
    secret_key = services.settings.secret_key.get_secret_value()
    try:
        door.publish(services.database, services.files, secret_key, args["publication_id"])
    except Later as later:
        raise TryAgain(later.after, str(later)) from later
