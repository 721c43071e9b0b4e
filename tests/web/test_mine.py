"""My posts: what is listed, for whom, and page by page."""

import pytest

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Post
from workflow.review.hold import withdraw_for_good
from workflow.review.mine import PAGE
from workflow.review.proposal import Proposal
from workflow.review.submit import propose


@pytest.fixture(autouse=True)
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "museum")


def draft(services, person, text, **values):
    with services.database.writing() as session:
        return propose(session, person.as_actor(), Proposal(text=text, **values), origin="web", save_only=True).id


def listed(page):
    return [link.get_text() for link in page.select(".post-list__title a")]


def test_my_own_posts_are_listed_newest_first_and_nobody_elses(services, people, sign_in):
    make_post(services, people["author"], "First\nof two lines", channels=("sample", "museum"))
    make_post(services, people["second author"], "Not mine")
    draft(services, people["author"], "Unfinished")
    page = sign_in("author").get("/posts").soup
    assert listed(page) == ["Unfinished", "First"]
    unfinished, first = page.select(".post-list__post")
    assert "Nobody but you sees it" in unfinished.get_text()
    assert "no channel yet" in unfinished.get_text()
    assert unfinished.a["href"] == "/posts/TB-1003/edit"
    assert first.a["href"] == "/posts/TB-1001"
    assert "Sample, Museum" in first.get_text()
    assert "In review" in first.get_text()
    assert "as soon as it is approved" in first.get_text()
    assert page.select_one("nav a[aria-current]").get_text(strip=True) == "My posts"


def test_the_list_goes_on_page_by_page_without_a_gap(services, people, sign_in):
    for number in range(PAGE * 2 + 1):
        draft(services, people["author"], f"Draft {number}")
    browser, address, found, sizes = sign_in("author"), "/posts", [], []
    while address:
        page = browser.get(address).soup
        found += listed(page)
        sizes.append(len(listed(page)))
        older = page.find("a", rel="next")
        address = older["href"] if older else ""
    assert found == [f"Draft {number}" for number in reversed(range(PAGE * 2 + 1))]
    assert sizes == [PAGE, PAGE, 1]
    assert page.find("a", href="/posts")


def test_who_has_proposed_nothing_is_led_to_the_form_where_they_may(sign_in):
    page = sign_in("author").get("/posts").soup
    assert page.main.find("a", href="/posts/new")
    page = sign_in("administrator").get("/posts").soup
    assert "nothing yet" in page.main.get_text()
    assert not page.main.find("a", href="/posts/new")


@pytest.mark.parametrize("before", ["x", "-1", "1.5", "²", "9" * 20])
def test_a_place_that_is_none_is_refused(sign_in, before):
    sign_in("author").get(f"/posts?before={before}", status=400)


def test_a_post_withdrawn_for_good_shows_no_words(services, people, sign_in):
    post_id = draft(services, people["author"], "Words that are erased")
    with services.database.writing() as session:
        withdraw_for_good(session, people["author"].as_actor(), session.get_one(Post, post_id))
    page = sign_in("author").get("/posts").soup
    assert listed(page) == ["(withdrawn, and its words deleted)"]


def test_a_decided_post_shows_its_state(services, people, sign_in):
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id, "reject", [("personal-opinion", "")], "No.")
    assert "Rejected" in sign_in("author").get("/posts").soup.select_one(".post-list__post").get_text()
