"""The page of the jobs: what they are about in people's words, none of a post's, and another try."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_decision, make_post
from tests.web.conftest import app, people, sign_in  # noqa: F401 - fixtures
from workflow import outbox
from workflow.jobs import listing as listings
from workflow.jobs.handlers import GiveUp, TryAgain
from workflow.models import Post, RecordEntry
from workflow.models.post import reference_of
from workflow.publishing.base import Retryable
from workflow.publishing.register import publishers
from workflow.publishing.sample import SampleChannel, shown

SECRET = "The mayor's brother got the bin contract."


@pytest.fixture
def page(sign_in):  # noqa: F811
    """The page as the administrator sees it: its text, under each of its three headings."""
    browser = sign_in("administrator")

    def load():
        soup = browser.get("/jobs").soup
        parts, name = {}, ""
        for element in soup.main.find_all(["h2", "h3", "p", "button"]):
            if element.name == "h2":
                name = element.get_text(strip=True)
            parts[name] = parts.get(name, "") + element.get_text(" ", strip=True) + "\n"
        return parts

    load.browser = browser
    return load


def fails_once(jobs, error):
    def fail(args):
        raise error

    jobs.does = [fail, lambda args: None]


def test_nothing_waits(page):
    assert list(page())[1:] == ["Given up: 0", "Failing: 0", "Waiting: 0"]


@pytest.mark.parametrize("who", ["author", "reviewer", "publisher", "records officer", "officer"])
def test_only_administrators_see_and_try_again(jobs, sign_in, who):  # noqa: F811
    fails_once(jobs, GiveUp("The server refuses it for good."))
    jobs.queue()
    jobs.run()
    (row,) = jobs.listing().dead.rows
    browser = sign_in(who)
    browser.get("/jobs", status=403)
    browser.post(f"/jobs/{row.id}/try-again", status=403)
    assert len(jobs.listing().dead) == 1


def test_what_gave_up_is_tried_again_on_request_and_that_is_on_the_record(services, jobs, page):
    fails_once(jobs, GiveUp("The server refuses it for good."))
    jobs.queue(7)
    jobs.run()
    assert "The server refuses it for good." in page()["Given up: 1"]
    (row,) = jobs.listing().dead.rows
    said = page.browser.follow(page.browser.post(f"/jobs/{row.id}/try-again")).soup
    assert f"Job {row.id} is tried again now." in said.get_text()
    assert "Given up: 0" in page()
    assert jobs.run() == 1
    assert jobs.ran == [7, 7]
    assert list(page())[1:] == ["Given up: 0", "Failing: 0", "Waiting: 0"]
    with services.database.reading() as session:
        entry = session.scalars(sa.select(RecordEntry).where(RecordEntry.action == "job tried again")).one()
    assert (entry.actor, entry.object) == ("Sample Administrator", f"job:{row.id}")


def test_what_is_failing_says_when_it_is_tried_next_and_can_be_tried_now(jobs, page):
    fails_once(jobs, TryAgain(timedelta(hours=5), "The channel is paused."))
    jobs.queue()
    jobs.run()
    said = page()["Failing: 1"]
    assert "The channel is paused." in said
    assert "next try" in said
    (row,) = jobs.listing().failing.rows
    assert jobs.run() == 0
    page.browser.post(f"/jobs/{row.id}/try-again")
    assert jobs.run() == 1


def test_a_job_tried_again_has_all_its_tries_before_it(services, jobs, page):
    fails_once(jobs, GiveUp("No."))
    jobs.does[1] = jobs.does[0]
    jobs.queue()
    jobs.run()
    (row,) = jobs.listing().dead.rows
    page.browser.post(f"/jobs/{row.id}/try-again")
    (row,) = jobs.listing().failing.rows
    assert row.failures == 0


def test_trying_again_twice_or_what_is_done_or_never_was_changes_nothing(jobs, page):
    fails_once(jobs, GiveUp("No."))
    jobs.queue()
    jobs.run()
    (row,) = jobs.listing().dead.rows
    page.browser.post(f"/jobs/{row.id}/try-again")
    jobs.run()
    for number in (row.id, 999_999, 2**63 - 1):
        said = page.browser.follow(page.browser.post(f"/jobs/{number}/try-again")).soup
        assert "needs no other try any more" in said.get_text()
    page.browser.post(f"/jobs/{2**63}/try-again", status=404)
    assert jobs.run() == 0


def test_a_dead_job_whose_work_was_asked_for_again_is_not_run_twice(jobs, page):
    fails_once(jobs, GiveUp("No."))
    jobs.queue(1, key="same")
    jobs.run()
    (row,) = jobs.listing().dead.rows
    jobs.queue(1, key="same", run_at=datetime.now(UTC) + timedelta(hours=1))
    page.browser.post(f"/jobs/{row.id}/try-again")
    assert jobs.run() == 1
    assert jobs.run() == 0
    assert list(page())[1:] == ["Given up: 0", "Failing: 0", "Waiting: 0"]


def test_a_waiting_job_cannot_be_hurried(jobs, page):
    jobs.queue(run_at=datetime.now(UTC) + timedelta(hours=1))
    (row,) = jobs.listing().waiting.rows
    page.browser.post(f"/jobs/{row.id}/try-again")
    assert jobs.run() == 0


def test_it_says_in_peoples_words_what_a_job_is_about(services, jobs, people, page, monkeypatch):  # noqa: F811
    class Away(SampleChannel):
        def publish(self, account, payload, pictures):
            raise Retryable("The network is away.")

    with services.database.writing() as session:
        make_channel(session, services)
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id)
    ref = reference_of(post_id)
    said = page()["Waiting: 2"]
    assert f"Publish {ref} on Sample" in said
    assert f"Mail Sample Author about the decision on {ref}" in said
    assert "library van" not in said
    monkeypatch.setitem(publishers, "sample", Away())
    jobs.run()
    said = page()["Failing: 1"]
    assert f"Publish {ref} on Sample" in said
    assert "The network is away." in said
    monkeypatch.undo()
    (row,) = jobs.listing().failing.rows
    page.browser.post(f"/jobs/{row.id}/try-again")
    jobs.run()
    assert len(shown(str(services.settings.data / "sample.jsonl"))) == 1


def test_a_held_posts_jobs_show_nothing_of_it(services, jobs, people, page):  # noqa: F811
    with services.database.writing() as session:
        make_channel(session, services)
        for name in ("held", "officer_asked", "draft_received"):
            outbox.enqueue(
                session,
                "send_mail",
                {"name": name, "key": name, "person_id": people["author"].id, "post_id": 1},
                run_at=datetime.now(UTC) + timedelta(hours=1),
            )
    post_id = make_post(services, people["author"], SECRET)
    assert post_id == 1
    with services.database.writing() as session:
        session.get_one(Post, post_id).state = "held"
    whole = page.browser.get("/jobs").text
    assert whole.count("A mail in confidence") == 3
    for word in ("mayor", "Sample Author", reference_of(post_id)):
        assert word not in whole, word


def test_jobs_about_what_is_gone_or_of_another_version_have_a_row_all_the_same(services, jobs, page):
    for args in ({"publication_id": 99}, {"publication_id": "x"}, {}, {"post_id": None, "name": "new"}):
        with services.database.writing() as session:
            for name in ("publish", "send_mail", "take_in_mail", "check_revision", "of the future"):
                outbox.enqueue(session, name, args)
    assert page()["Waiting: 20"].count("A job called") == 20


def test_many_jobs_are_counted_and_the_first_are_shown(services, jobs, page, monkeypatch):
    with services.database.writing() as session:
        for n in range(listings.MOST + 5):
            outbox.enqueue(session, "sample", {"n": n})
    said = page()[f"Waiting: {listings.MOST + 5}"]
    assert f"There are {listings.MOST + 5}. These are the first {listings.MOST}." in said
    assert said.count("A job called") == listings.MOST
