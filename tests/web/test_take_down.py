"""A publisher says that a published post was taken down, and why; Teabreak itself deletes nothing."""

import pytest

from tests.factories import make_channel, make_decision, make_post
from workflow.jobs.worker import Worker
from workflow.models import Post


@pytest.fixture
def published(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    assert state(services, f"TB-{1000 + post_id}") == "published"
    return f"TB-{1000 + post_id}"


def state(services, ref):
    with services.database.reading() as session:
        return session.get_one(Post, int(ref[3:]) - 1000).state


def say(browser, ref, why, status=303):
    fields = {"form": "taken-down", "form_at": f"/posts/{ref}", "why": why}
    return browser.post(f"/posts/{ref}/taken-down", fields, status=status)


def test_a_publisher_says_so_with_a_reason_and_the_history_keeps_it(services, sign_in, published):
    browser = sign_in("publisher")
    page = browser.get(f"/posts/{published}").soup
    assert page.find(id="words-heading").get_text() == "What was published"
    assert "Teabreak does not delete posts on the networks yet" in page.main.get_text()
    page = say(browser, published, " \n ", status=422).soup
    assert page.select_one(".govuk-error-summary a")["href"] == "#taken-down-why"
    assert state(services, published) == "published"
    page = browser.follow(say(browser, published, "The van\nis out of order.")).soup
    assert state(services, published) == "taken down"
    last = page.select(".history li")[-1].get_text()
    assert last.endswith(": Sample Publisher said that it was taken down, because: The van is out of order.")
    assert "taken down later" in page.main.get_text()
    assert not page.find(id="taken-down-heading")
    say(browser, published, "Again", status=409)


@pytest.mark.parametrize("who", ["author", "reviewer", "records officer"])
def test_nobody_else_can(services, sign_in, published, who):
    browser = sign_in(who)
    assert not browser.get(f"/posts/{published}").soup.find(id="taken-down-heading")
    page = say(browser, published, "Because", status=403).soup
    assert "You do not have permission to publish this post." in page.get_text()
    assert state(services, published) == "published"


def test_a_reason_has_an_end(services, sign_in, published):
    say(sign_in("publisher"), published, "x" * 1001, status=422)
    assert state(services, published) == "published"


def test_only_what_is_published_can_be_taken_down(services, people, sign_in, published):
    ref = f"TB-{1000 + make_post(services, people['author'])}"
    page = say(sign_in("publisher"), ref, "Because", status=409).soup
    assert "This post is “in review”, so it cannot be marked as taken down." in page.get_text()
