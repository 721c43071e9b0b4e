"""The one door through which a post changes its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from workflow import record
from workflow.models import Post
from workflow.roles import Actor, require
from workflow.states import Action, State, follow

# How the record says what was done.
SAID: dict[Action, str] = {
    Action.SUBMIT: "submitted",
    Action.REVISE: "revised",
    Action.PASS_CHECK: "checked",
    Action.HOLD: "held",
    Action.RELEASE: "released",
    Action.SEND_TO_OFFICER: "sent to officer",
    Action.APPROVE: "approved",
    Action.ASK_FOR_CHANGES: "changes asked",
    Action.REJECT: "rejected",
    Action.WITHDRAW: "withdrawn",
    Action.SCHEDULE: "scheduled",
    Action.SCHEDULE_NOW: "scheduled for now",
    Action.START_PUBLISHING: "publishing started",
    Action.CONFIRM: "published",
    Action.LOSE_TRACK: "outcome not known",
    Action.FAIL: "publishing failed",
    Action.SETTLE_LIVE: "settled as live",
    Action.SETTLE_NOT_LIVE: "settled as not live",
    Action.TRY_AGAIN: "tried again",
    Action.LEAVE: "left as it is",
    Action.EXPIRE: "expired",
    Action.TAKE_DOWN: "taken down",
}


def apply(
    session: Session, actor: Actor, post: Post, action: Action, payload: Mapping[str, Any] | None = None
) -> State:
    """Checks the table and the permission, moves the post, writes the record. Gives the new state.

    Raises NotPossible or NotPermitted, with nothing changed. The database's CHECK constraints are asked at once
    (flush), so that a fault shows here and not at the commit.
    """
    transition = follow(State(post.state), action)
    require(transition.needs, actor, post.facts())
    post.state = transition.to.value
    post.state_since = datetime.now(UTC)
    record.append(session, actor, SAID[action], post.ref, payload)
    return transition.to
