"""What is sent twice by mistake becomes one post: Back and Send again, or two presses at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from tests.factories import make_channel
from workflow.models import Post

SENT = {"text": "The library van stops at Sample Green.", "channels": ["sample"], "when": "approval", "do": "send"}


@pytest.fixture(autouse=True)
def channel(services):
    with services.database.writing() as session:
        make_channel(session, services)


def posts(services):
    with services.database.reading() as session:
        return session.scalars(sa.select(Post.state).order_by(Post.id)).all()


def test_the_same_again_leads_to_the_first(services, sign_in):
    browser = sign_in("author")
    first = browser.post("/posts/new", SENT)
    second = browser.post("/posts/new", SENT)
    assert second.headers["Location"] == first.headers["Location"] == "/posts/TB-1001"
    assert "This was sent already, as TB-1001" in browser.follow(second).soup.get_text()
    assert posts(services) == ["checking"]


@pytest.mark.parametrize("change", [{"text": "Another van."}, {"note": "For the other village."}])
def test_whatever_differs_is_a_post_of_its_own(services, sign_in, change):
    browser = sign_in("author")
    browser.post("/posts/new", SENT)
    browser.post("/posts/new", SENT | change)
    assert len(posts(services)) == 2


def test_somebody_else_may_send_the_same(services, sign_in):
    sign_in("author").post("/posts/new", SENT)
    sign_in("second author").post("/posts/new", SENT)
    assert len(posts(services)) == 2


def test_after_a_while_or_a_withdrawal_it_is_meant(services, sign_in):
    browser = sign_in("author")
    browser.post("/posts/new", SENT)
    browser.post("/posts/TB-1001/withdraw")
    browser.post("/posts/new", SENT)
    assert posts(services) == ["withdrawn", "checking"]
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6), tick=True):
        browser.post("/posts/new", SENT)
    assert posts(services) == ["withdrawn", "checking", "checking"]


def test_a_draft_is_saved_once_and_sending_it_from_the_same_page_sends_that_draft(services, sign_in):
    browser = sign_in("author")
    first = browser.post("/posts/new", SENT | {"do": "save"})
    second = browser.post("/posts/new", SENT | {"do": "save"})
    assert second.headers["Location"] == first.headers["Location"] == "/posts/TB-1001/edit"
    assert "This was saved already" in browser.follow(second).soup.get_text()
    assert posts(services) == ["draft"]
    assert browser.post("/posts/new", SENT).headers["Location"] == "/posts/TB-1001"
    assert posts(services) == ["checking"]


def test_two_presses_at_once_make_one_post(services, sign_in):
    at_once = 6
    browsers = [sign_in("author") for _ in range(at_once)]
    tokens = [browser.token() for browser in browsers]
    together, locations = threading.Barrier(at_once), []

    def press(browser, token):
        together.wait(30)
        locations.append(browser.post("/posts/new", SENT, token=token).headers["Location"])

    threads = [threading.Thread(target=press, args=one) for one in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert locations == ["/posts/TB-1001"] * at_once
    assert posts(services) == ["checking"]
