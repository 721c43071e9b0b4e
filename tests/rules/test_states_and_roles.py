"""Every (state, action, role): what is allowed is written here a second time, by hand, and nothing else may be."""

import pytest

from workflow.roles import EVERYWHERE, SYSTEM, Actor, NotPermitted, Permission, PostFacts, Role, may, require
from workflow.states import FINAL, PRIVATE, TRANSITIONS, Action, NotPossible, State, follow

AUTHOR_ID, OTHER_ID = 1, 2
ACTORS = {
    "the author": Actor(AUTHOR_ID, "Sample Author", frozenset({(Role.AUTHOR, EVERYWHERE)})),
    "another author": Actor(OTHER_ID, "Sample Second Author", frozenset({(Role.AUTHOR, EVERYWHERE)})),
    "a reviewer": Actor(OTHER_ID, "Sample Reviewer", frozenset({(Role.REVIEWER, EVERYWHERE)})),
    "a publisher": Actor(OTHER_ID, "Sample Publisher", frozenset({(Role.PUBLISHER, EVERYWHERE)})),
    "a records officer": Actor(OTHER_ID, "Sample Records Officer", frozenset({(Role.RECORDS_OFFICER, EVERYWHERE)})),
    "a whistleblowing officer": Actor(
        OTHER_ID, "Sample Officer", frozenset({(Role.WHISTLEBLOWING_OFFICER, EVERYWHERE)})
    ),
    "an administrator": Actor(OTHER_ID, "Sample Administrator", frozenset({(Role.ADMINISTRATOR, EVERYWHERE)})),
    "the author with every role": Actor(AUTHOR_ID, "Sample Author", frozenset((role, EVERYWHERE) for role in Role)),
    "the system": SYSTEM,
}
AUTHORS = {"the author", "the author with every role"}
REVIEWERS = {"a reviewer"}
# A publisher who is the author may publish what somebody else approved: publishing changes no words.
PUBLISHERS = {"a publisher", "the author with every role"}
SYSTEMS = {"the system"}

# (state, action): (where it leads, who may).
ALLOWED: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("draft", "submit"): ("checking", AUTHORS),
    ("draft", "revise"): ("draft", AUTHORS),
    ("draft", "withdraw"): ("withdrawn", AUTHORS),
    ("checking", "pass check"): ("in review", SYSTEMS),
    ("checking", "hold"): ("held", SYSTEMS),
    ("checking", "revise"): ("checking", AUTHORS),
    ("checking", "withdraw"): ("withdrawn", AUTHORS),
    ("held", "release"): ("in review", AUTHORS),
    ("held", "send to officer"): ("held", AUTHORS),
    ("held", "withdraw"): ("withdrawn", AUTHORS),
    ("in review", "approve"): ("approved", REVIEWERS),
    ("in review", "ask for changes"): ("changes asked", REVIEWERS),
    ("in review", "reject"): ("rejected", REVIEWERS),
    ("in review", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("in review", "withdraw"): ("withdrawn", AUTHORS),
    ("changes asked", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("changes asked", "withdraw"): ("withdrawn", AUTHORS),
    ("approved", "schedule"): ("scheduled", SYSTEMS),
    ("approved", "publish now"): ("scheduled", PUBLISHERS),
    ("approved", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("approved", "withdraw"): ("withdrawn", AUTHORS),
    ("approved", "expire"): ("expired", SYSTEMS),
    ("scheduled", "start publishing"): ("publishing", SYSTEMS),
    ("scheduled", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("scheduled", "withdraw"): ("withdrawn", AUTHORS),
    ("scheduled", "expire"): ("expired", SYSTEMS),
    ("publishing", "confirm"): ("published", SYSTEMS),
    ("publishing", "lose track"): ("unconfirmed", SYSTEMS),
    ("publishing", "fail"): ("failed", SYSTEMS),
    ("unconfirmed", "settle as live"): ("published", PUBLISHERS),
    ("unconfirmed", "settle as not live"): ("failed", PUBLISHERS),
    ("failed", "try again"): ("scheduled", PUBLISHERS),
    ("failed", "leave"): ("published", PUBLISHERS),
    ("failed", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("failed", "withdraw"): ("withdrawn", AUTHORS),
    ("expired", "publish now"): ("scheduled", PUBLISHERS),
    ("expired", "revise"): ("checking", AUTHORS | REVIEWERS),
    ("expired", "withdraw"): ("withdrawn", AUTHORS),
    ("published", "take down"): ("taken down", PUBLISHERS),
}


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("state", list(State))
def test_every_state_action_and_role(state, action, who):
    facts = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("sample",), private=state in PRIVATE)
    expected, allowed = ALLOWED.get((state.value, action.value), (None, set()))
    if expected is None:
        with pytest.raises(NotPossible, match=f"“{state.value}”"):
            follow(state, action)
        return
    transition = follow(state, action)
    assert transition.to.value == expected
    assert may(transition.needs, ACTORS[who], facts) is (who in allowed)


def test_the_table_has_no_more_and_no_less():
    assert {(state.value, action.value) for state, action in TRANSITIONS} == set(ALLOWED)
    assert {state.value for state in FINAL} == {"rejected", "withdrawn", "taken down"}


@pytest.mark.parametrize("permission", list(Permission))
def test_nobody_without_a_role_may_do_anything_to_others_posts(permission):
    stranger = Actor(99, "Sample Stranger")
    facts = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("sample",))
    assert not may(permission, stranger, facts)
    with pytest.raises(NotPermitted):
        require(permission, stranger, facts)


def test_whoever_changed_the_words_cannot_approve_them():
    reviewer = ACTORS["a reviewer"]
    facts = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID, OTHER_ID}), ("sample",))
    assert may(Permission.REVISE, reviewer, facts)
    with pytest.raises(NotPermitted, match="somebody else has to decide"):
        require(Permission.DECIDE, reviewer, facts)


def test_a_reviewer_of_one_channel_decides_only_where_all_channels_are_theirs():
    reviewer = Actor(OTHER_ID, "Sample Reviewer", frozenset({(Role.REVIEWER, "bluesky")}))
    own = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("bluesky",))
    mixed = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("bluesky", "noticeboard"))
    assert may(Permission.DECIDE, reviewer, own)
    assert not may(Permission.DECIDE, reviewer, mixed)
    assert may(Permission.READ, reviewer, mixed)


@pytest.mark.parametrize("who", [who for who in ACTORS if who not in AUTHORS | SYSTEMS])
def test_a_private_post_is_seen_by_nobody_but_its_author(who):
    facts = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("sample",), private=True)
    assert not may(Permission.READ, ACTORS[who], facts)


def test_a_held_post_sent_to_the_officer_is_seen_by_the_officer_alone():
    facts = PostFacts(AUTHOR_ID, frozenset({AUTHOR_ID}), ("sample",), private=True, sent_to_officer=True)
    may_read = {who for who, actor in ACTORS.items() if may(Permission.READ, actor, facts)}
    assert may_read == AUTHORS | {"a whistleblowing officer", "the system"}


def test_what_the_check_has_learned_is_for_reviewers_and_administrators():
    may_read = {who for who, actor in ACTORS.items() if may(Permission.READ_LEARNED, actor)}
    assert may_read == {"a reviewer", "an administrator", "the author with every role"}
