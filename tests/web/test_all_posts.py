"""All posts: what records officers, reviewers and publishers may read, in one list; never what is private to others."""

import pytest

from tests.factories import make_channel, make_person, make_post
from workflow.models import Post, RoleGrant
from workflow.review.hold import send_to_officer
from workflow.review.mine import PAGE
from workflow.review.proposal import Proposal
from workflow.review.submit import propose
from workflow.roles import Role

HELD = "Our managers are covering up unsafe cladding at zebrafinch Court and staff were told to keep quiet about it."


@pytest.fixture(autouse=True)
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "museum")


def listed(page):
    return [link.get_text() for link in page.select(".post-list__title a")]


def test_it_lists_what_is_shared_newest_first_with_its_author(services, people, sign_in):
    make_post(services, people["author"], "First")
    make_post(services, people["second author"], "Second", channels=("museum",))
    for who in ("records officer", "reviewer", "publisher"):
        page = sign_in(who).get("/posts/all").soup
        assert listed(page) == ["Second", "First"]
        assert "by Sample Second Author" in page.select_one(".post-list__post").get_text()
        assert page.select_one(".post-list__title a")["href"] == "/posts/TB-1002"


def test_private_posts_of_others_are_in_nobodys_list(services, people, sign_in):
    author = people["author"]
    make_post(services, author, "Shared")
    held = make_post(services, author, HELD)
    with services.database.writing() as session:
        send_to_officer(session, author.as_actor(), session.get_one(Post, held))
        proposal = Proposal(text="Draft of another zebrafinch")
        propose(session, author.as_actor(), proposal, origin="web", save_only=True)
        proposal = Proposal(text="A zebrafinch that is not checked", channels=("sample",))
        propose(session, author.as_actor(), proposal, origin="web")
        for who in ("officer", "administrator"):
            people[who].grants.append(RoleGrant(role=Role.RECORDS_OFFICER.value))
            session.merge(people[who])
    for who in ("records officer", "reviewer", "publisher", "officer", "administrator"):
        page = sign_in(who).get("/posts/all").soup
        assert listed(page) == ["Shared"], who
        assert "zebrafinch" not in page.get_text()


def test_ones_own_private_posts_are_among_them(services, people, sign_in):
    reviewer = people["second reviewer"]
    with services.database.writing() as session:
        proposal = Proposal(text="My draft")
        propose(session, reviewer.as_actor(), proposal, origin="web", save_only=True)
    page = sign_in("second reviewer").get("/posts/all").soup
    assert listed(page) == ["My draft"]
    assert "by you" in page.select_one(".post-list__post").get_text()


def test_a_reviewer_of_one_channel_sees_the_posts_of_that_channel(services, people, sign_in):
    with services.database.writing() as session:
        person = make_person(session, "museum reviewer")
        person.grants.append(RoleGrant(role=Role.REVIEWER.value, channel_id="museum"))
    people["museum reviewer"] = person
    make_post(services, people["author"], "For the sample channel")
    make_post(services, people["author"], "For both", channels=("sample", "museum"))
    assert listed(sign_in("museum reviewer").get("/posts/all").soup) == ["For both"]


def test_the_list_goes_on_page_by_page_without_a_gap(services, people, sign_in):
    with services.database.writing() as session:
        for number in range(PAGE * 2 + 1):
            proposal = Proposal(text=f"Draft {number}")
            propose(session, people["second reviewer"].as_actor(), proposal, origin="web", save_only=True)
    browser, address, found = sign_in("second reviewer"), "/posts/all", []
    while address:
        page = browser.get(address).soup
        found += listed(page)
        older = page.find("a", rel="next")
        address = older["href"] if older else ""
    assert found == [f"Draft {number}" for number in reversed(range(PAGE * 2 + 1))]
    assert page.find("a", href="/posts/all")


def test_who_finds_it_where(sign_in):
    def led(who):
        page = sign_in(who).get("/").soup
        return (
            bool(page.select_one("nav a[href='/posts/all']")),
            len(page.select("main a[href='/posts/all']")),
        )

    assert led("records officer") == (True, 1)
    assert led("reviewer") == (False, 1)
    assert led("publisher") == (False, 1)
    assert led("author") == (False, 0)
    for who in ("author", "officer", "administrator"):
        page = sign_in(who).get("/posts/all", status=403).soup
        assert "You do not have permission to read the list of all posts." in page.get_text()


@pytest.mark.parametrize("before", ["x", "-1", "²", "9" * 20])
def test_a_place_that_is_none_is_refused(sign_in, before):
    sign_in("records officer").get(f"/posts/all?before={before}", status=400)
