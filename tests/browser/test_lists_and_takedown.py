"""Pages about a post's later life, and what the browser puts back: accessible, and never wider than the screen."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_channel, make_decision, make_post
from workflow.jobs.worker import Worker
from workflow.review.proposal import Proposal
from workflow.review.submit import propose

pytestmark = pytest.mark.browser

WORDS = "The library van stops at Sample Green."


@pytest.fixture(autouse=True)
def channel(services):
    with services.database.writing() as session:
        row = make_channel(session, services)
        row.name, row.handle = "Noticeboard (by hand)", "noticeboardofthesampleagency.agency.example"
        make_channel(session, services, "museum")


def test_a_long_handle_of_a_channel_makes_no_page_wider(open_page, people, assert_accessible):
    assert_accessible(open_page("/posts/new", people["author"]), "propose-long-handle")


def test_a_draft_its_deletion_and_what_is_left_of_it(services, open_page, people, assert_accessible):
    with services.database.writing() as session:
        proposal = Proposal(text=WORDS, channels=("sample",))
        ref = propose(session, people["author"].as_actor(), proposal, origin="web", save_only=True).ref
    page = open_page(f"/posts/{ref}/edit", people["author"])
    page.get_by_role("link", name="Delete this draft").click()
    page.wait_for_url(f"**/posts/{ref}#delete-draft")
    assert_accessible(page, "draft")
    page.get_by_label("Delete it for good").check()
    page.get_by_role("button", name="Delete this draft").click()
    page.wait_for_url("**/posts")
    page.goto(f"/posts/{ref}")
    expect(page.get_by_text("its words were deleted")).to_be_visible()
    assert_accessible(page, "draft-deleted")


def test_all_posts_and_a_post_that_is_taken_down(services, open_page, people, assert_accessible):
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    page = open_page("/posts/all", people["records officer"])
    expect(page.get_by_role("navigation", name="Teabreak").get_by_text("All posts")).to_have_count(1)
    assert_accessible(page, "all-posts")
    page = open_page(f"/posts/TB-{1000 + post_id}", people["publisher"])
    page.get_by_text("It was taken down", exact=True).first.click()
    assert_accessible(page, "published")
    page.get_by_label("Why it was taken down").fill("The van is out of order.")
    page.get_by_role("button", name="It was taken down").click()
    expect(page.get_by_text("because: The van is out of order")).to_be_visible()
    assert_accessible(page, "taken-down")


def test_back_after_sending_brings_words_and_count_back(open_page, people):
    page = open_page("/posts/new", people["author"])
    page.get_by_label("Text", exact=True).fill(WORDS)
    page.get_by_role("checkbox", name="Noticeboard").check()
    page.get_by_role("button", name="Send for review").click()
    page.wait_for_url("**/posts/TB-1001")
    page.go_back()
    page.wait_for_url("**/posts/new")
    expect(page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    counted = page.locator("#text-counts li").first
    counted.get_by_text(f"{len(WORDS)}").wait_for(timeout=10_000)
    page.get_by_role("button", name="Send for review").click()
    page.wait_for_url("**/posts/TB-1001")
    expect(page.get_by_text("This was sent already, as TB-1001")).to_be_visible()
