"""Sentences for whoever cannot do something: they fit the case, and say what is so."""

import pytest

from tests.factories import make_channel, make_decision, make_post
from workflow.jobs.worker import Worker
from workflow.roles import NotPermitted, Permission
from workflow.states import Action, NotPossible, State


def test_a_published_post_cannot_be_changed_and_nobody_was_quicker(services, people, sign_in):
    with services.database.writing() as session:
        make_channel(session, services)
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    said = sign_in("author").get(f"/posts/TB-{1000 + post_id}/edit", status=409).soup.main.get_text(" ")
    assert "This post is “published”, so its words cannot be changed." in said
    assert "quicker" not in said


def test_who_may_not_see_the_jobs_is_told_what_it_takes(sign_in):
    said = sign_in("author").get("/jobs", status=403).soup.main.get_text(" ")
    assert "You do not have permission to look after people, channels and jobs." in said


@pytest.mark.parametrize("permission", list(Permission))
def test_every_permission_names_what_is_done_to_what(permission):
    words = str(NotPermitted(permission)).removeprefix("You do not have permission to ").rstrip(".").split()
    assert len(words) > 1  # a verb alone does not say what it is about


# What people do; the other actions are Teabreak's own, and an unforeseen one is said in general.
_OWN = {Action.PASS_CHECK, Action.HOLD, Action.SCHEDULE, Action.START_PUBLISHING, Action.LOSE_TRACK, Action.FAIL}


@pytest.mark.parametrize("action", [action for action in Action if action not in _OWN | {Action.EXPIRE}])
def test_every_action_of_people_has_a_sentence_of_its_own(action):
    said = str(NotPossible(State.REJECTED, action))
    assert said.startswith("This post is “rejected”, so ")
    assert "not possible" not in said
