"""Publishing by hand, and the sample channel, in Chromium: accessible, and the copy buttons copy."""

import dataclasses
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.factories import make_channel, make_decision, make_post
from workflow.jobs.worker import Worker
from workflow.models.post import reference_of
from workflow.review.pictures import accept

pytestmark = pytest.mark.browser

WORDS = "Minutes & agenda are on the noticeboard.\n\n“Quoted” 🫖  two spaces https://www.agency.example/" + "long" * 30


@pytest.fixture
def approved(services, people):
    """A post with a picture that was approved for a channel by hand and for a sample channel: the by-hand page."""
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), "#0b4a6f").save(out, "PNG")
    taken = accept(services.files, "poster.png", out.getvalue(), 1_000_000)
    picture = dataclasses.replace(taken, alt_text="Blue poster: minutes and agenda")
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
        make_channel(session, services)
    values = {"channels": ("noticeboard", "sample"), "pictures": (picture,)}
    post_id = make_post(services, people["author"], WORDS, **values)
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    return f"/posts/{reference_of(post_id)}/by-hand/noticeboard"


def test_the_page_is_accessible_and_so_are_its_errors(open_page, people, assert_accessible, approved):
    page = open_page(approved, people["publisher"])
    assert_accessible(page, "by-hand")
    page.get_by_role("button", name="It is published").click()
    expect(page).to_have_title(re.compile("^Error: "))
    assert_accessible(page, "by-hand-errors")


def test_the_page_once_it_is_done_is_accessible(open_page, people, assert_accessible, approved):
    page = open_page(approved, people["publisher"])
    page.get_by_label("Address of the published post").fill("https://social.example/agency/1")
    page.get_by_role("button", name="It is published").click()
    expect(page.get_by_text("is kept as published on Noticeboard")).to_be_visible()
    assert_accessible(page, "by-hand-done")


def test_the_copy_buttons_copy_the_exact_words(open_page, people, approved):
    page = open_page(approved, people["publisher"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy text").click()
    page.get_by_role("button", name="Copied text").wait_for()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()") == WORDS
    page.get_by_role("button", name="Copy description of picture 1").click()
    page.get_by_role("button", name="Copied description of picture 1").wait_for()
    expect(page.get_by_role("button", name="Copy text")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "Blue poster: minutes and agenda"


def test_where_copying_is_not_allowed_the_words_are_selected(open_page, people, approved):
    page = open_page(approved, people["publisher"])
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    page.get_by_role("button", name="Copy text").click()
    page.get_by_role("button", name="Selected: press Ctrl and C to copy text").wait_for()
    selected = (
        "document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)"
    )
    assert page.evaluate(selected) == WORDS


def test_without_scripts_the_words_are_there_and_no_button_that_does_nothing(open_page, people, approved):
    page = open_page(approved, people["publisher"], scripts=False)
    expect(page.get_by_label("Text", exact=True)).to_have_value(WORDS)
    expect(page.get_by_role("button", name="Copy text")).to_have_count(0)


def test_the_sample_channel_is_accessible(open_page, people, assert_accessible, approved):
    page = open_page("/channels/sample/sample", people["author"])
    expect(page.get_by_role("img", name="Blue poster: minutes and agenda")).to_be_visible()
    assert_accessible(page, "sample-channel")
