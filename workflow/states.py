"""The states of a post and the one table of what may follow what. Pure: no database, no web.

`TRANSITIONS` is read by `workflow.transition.apply`, the only function that changes a post's
state, and by the documentation's diagram. Who may act is in `workflow.roles`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workflow.roles import Permission


class State(StrEnum):
    """Where a post is on its way."""

    DRAFT = "draft"
    HELD = "held"
    CHECKING = "checking"
    IN_REVIEW = "in review"
    CHANGES_ASKED = "changes asked"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    TAKEN_DOWN = "taken down"


class Action(StrEnum):
    """What a person, or the system, does to a post."""

    SUBMIT = "submit"
    REVISE = "revise"
    PASS_CHECK = "pass check"  # noqa: S105 - a name of a step, no password
    HOLD = "hold"
    RELEASE = "release"
    SEND_TO_OFFICER = "send to officer"
    APPROVE = "approve"
    ASK_FOR_CHANGES = "ask for changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    SCHEDULE = "schedule"
    SCHEDULE_NOW = "publish now"
    START_PUBLISHING = "start publishing"
    CONFIRM = "confirm"
    LOSE_TRACK = "lose track"
    FAIL = "fail"
    SETTLE_LIVE = "settle as live"
    SETTLE_NOT_LIVE = "settle as not live"
    TRY_AGAIN = "try again"
    LEAVE = "leave"
    EXPIRE = "expire"
    TAKE_DOWN = "take down"


@dataclass(frozen=True, slots=True)
class Transition:
    """Where an action leads, and the permission it needs."""

    to: State
    needs: Permission


_CANNOT: dict[Action, str] = {
    Action.SUBMIT: "it cannot be sent for review",
    Action.REVISE: "its words cannot be changed",
    Action.RELEASE: "there is nothing to choose about it",
    Action.SEND_TO_OFFICER: "it cannot be sent to the whistleblowing officer",
    Action.APPROVE: "nothing can be decided on it",
    Action.ASK_FOR_CHANGES: "nothing can be decided on it",
    Action.REJECT: "nothing can be decided on it",
    Action.WITHDRAW: "it cannot be withdrawn",
    Action.SCHEDULE_NOW: "it cannot be published from here",
    Action.CONFIRM: "it does not wait to be published by hand",
    Action.SETTLE_LIVE: "nobody has to say whether it is live",
    Action.SETTLE_NOT_LIVE: "nobody has to say whether it is live",
    Action.TRY_AGAIN: "there is nothing to try again",
    Action.LEAVE: "there is nothing to leave unpublished",
    Action.TAKE_DOWN: "it cannot be marked as taken down",
}


class NotPossible(Exception):
    """The post's state does not allow the action. The message is a sentence for the person: `reason` where given."""

    def __init__(self, state: State, action: Action, reason: str = "") -> None:
        self.state, self.action = state, action
        super().__init__(reason or f"This post is “{state}”, so {_CANNOT.get(action, 'that is not possible')}.")


def _rows(action: Action, needs: Permission, to: State, *states: State) -> dict[tuple[State, Action], Transition]:
    return {(state, action): Transition(to, needs) for state in states}


S, A, P = State, Action, Permission

# Nothing is out yet: a new revision may come, and drops an approval there was.
_OPEN = (S.CHECKING, S.IN_REVIEW, S.CHANGES_ASKED, S.APPROVED, S.SCHEDULED, S.FAILED, S.EXPIRED)

TRANSITIONS: dict[tuple[State, Action], Transition] = {
    **_rows(A.SUBMIT, P.REVISE, S.CHECKING, S.DRAFT),
    **_rows(A.REVISE, P.REVISE, S.DRAFT, S.DRAFT),
    **_rows(A.REVISE, P.REVISE, S.CHECKING, *_OPEN),
    # the check
    **_rows(A.PASS_CHECK, P.RUN_JOBS, S.IN_REVIEW, S.CHECKING),
    **_rows(A.HOLD, P.RUN_JOBS, S.HELD, S.CHECKING),
    **_rows(A.RELEASE, P.CHOOSE_HOLD, S.IN_REVIEW, S.HELD),
    **_rows(A.SEND_TO_OFFICER, P.CHOOSE_HOLD, S.HELD, S.HELD),
    # the decision
    **_rows(A.APPROVE, P.DECIDE, S.APPROVED, S.IN_REVIEW),
    **_rows(A.ASK_FOR_CHANGES, P.DECIDE, S.CHANGES_ASKED, S.IN_REVIEW),
    **_rows(A.REJECT, P.DECIDE, S.REJECTED, S.IN_REVIEW),
    **_rows(A.WITHDRAW, P.WITHDRAW, S.WITHDRAWN, S.DRAFT, S.HELD, *_OPEN),
    # on its way out
    **_rows(A.SCHEDULE, P.RUN_JOBS, S.SCHEDULED, S.APPROVED),
    **_rows(A.SCHEDULE_NOW, P.PUBLISH, S.SCHEDULED, S.APPROVED, S.EXPIRED),
    **_rows(A.START_PUBLISHING, P.RUN_JOBS, S.PUBLISHING, S.SCHEDULED),
    **_rows(A.CONFIRM, P.RUN_JOBS, S.PUBLISHED, S.PUBLISHING),
    **_rows(A.LOSE_TRACK, P.RUN_JOBS, S.UNCONFIRMED, S.PUBLISHING),
    **_rows(A.FAIL, P.RUN_JOBS, S.FAILED, S.PUBLISHING),
    **_rows(A.SETTLE_LIVE, P.PUBLISH, S.PUBLISHED, S.UNCONFIRMED),
    **_rows(A.SETTLE_NOT_LIVE, P.PUBLISH, S.FAILED, S.UNCONFIRMED),
    **_rows(A.TRY_AGAIN, P.PUBLISH, S.SCHEDULED, S.FAILED),
    **_rows(A.LEAVE, P.PUBLISH, S.PUBLISHED, S.FAILED),  # where it is live on a channel at least
    **_rows(A.EXPIRE, P.RUN_JOBS, S.EXPIRED, S.APPROVED, S.SCHEDULED),
    **_rows(A.TAKE_DOWN, P.PUBLISH, S.TAKEN_DOWN, S.PUBLISHED),
}

FINAL: frozenset[State] = frozenset(State) - frozenset(state for state, _ in TRANSITIONS)
# Only its author sees it: not sent yet, not checked yet, or waiting for the whistleblowing choice.
PRIVATE: frozenset[State] = frozenset({S.DRAFT, S.CHECKING, S.HELD})
APPROVED_STATES: frozenset[State] = frozenset({S.APPROVED, S.SCHEDULED, S.PUBLISHING, S.PUBLISHED, S.UNCONFIRMED})


def follow(state: State, action: Action) -> Transition:
    """What `action` does in `state`. Raises NotPossible."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise NotPossible(state, action) from None


def diagram() -> str:
    """The table as a Mermaid state diagram, for docs/states.md."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    ids = {state: state.value.replace(" ", "_") for state in State}
    lines += [f'    state "{state.value}" as {ids[state]}' for state in State if ids[state] != state.value]
    edges: dict[tuple[State, State], list[str]] = {}
    for (state, action), transition in TRANSITIONS.items():
        edges.setdefault((state, transition.to), []).append(action.value)
    lines += [f"    {ids[a]} --> {ids[b]}: {', '.join(actions)}" for (a, b), actions in edges.items()]
    lines += [f"    {ids[state]} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/states.md."""
    about = "Drawn from `TRANSITIONS` in `workflow/states.py` by `script/diagram`; a test keeps it current."
    return f"# The states of a post\n\n{about}\n\n```mermaid\n{diagram()}```\n"


if __name__ == "__main__":
    print(page(), end="")
