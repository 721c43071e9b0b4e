"""What the check finds is shown while somebody types, quietly; and everything works without it."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_channel
from tests.web.test_propose import MARKED
from workflow.web import checking
from workflow.web.security import limiter

pytestmark = pytest.mark.browser

FINE = "Missing your bin lid? Ring us."


@pytest.fixture
def author(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")
    return people["author"]


def typed(page, words):
    """Types them into the text, key by key."""
    field = page.get_by_label("Text", exact=True)
    field.fill("")
    field.press_sequentially(words)
    return field


def status(page):
    return page.locator(".live-check [role=status]")


def test_a_mobile_number_is_marked_while_somebody_types_and_no_more_once_it_is_gone(
    open_page, author, assert_accessible
):
    page = open_page("/posts/new", author)
    field = typed(page, MARKED)
    expect(status(page)).to_have_text("1 passage to look at")
    expect(page.locator("#found mark.passage")).to_have_text("07700 900123")
    expect(page.get_by_text("Checked as it stands now.")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value(MARKED)
    assert_accessible(page, "check-while-typing")
    typed(page, FINE)
    expect(status(page)).to_have_text("Nothing to look at")
    expect(page.locator("#found mark.passage")).to_have_count(0)
    expect(field).to_be_focused()
    assert_accessible(page, "check-while-typing-nothing")
    field.fill("")
    expect(page.locator("#found")).to_have_count(0)


def test_it_says_the_number_and_not_the_list_to_those_who_do_not_see_it(open_page, author):
    page = open_page("/posts/new", author)
    page.evaluate(
        """() => {
            window.said = [];
            const status = document.querySelector(".live-check [role=status]");
            new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
        }"""
    )
    typed(page, MARKED)
    expect(status(page)).to_have_text("1 passage to look at")
    typed(page, MARKED + " Thank you.")
    expect(page.locator("#found .typed").first).to_have_text(re.compile("Thank you"))
    assert page.evaluate("window.said") == ["1 passage to look at"]
    assert page.locator("[aria-live], [role=alert], [role=status]").filter(has=page.locator("#found")).count() == 0


def test_what_has_changed_since_is_said_to_be_from_before(open_page, author):
    page = open_page("/posts/new", author)
    typed(page, MARKED)
    expect(page.locator("#found mark.passage")).to_have_count(1)
    waits = []
    page.route("**/check", lambda route: waits.append(route))
    page.get_by_label("Text", exact=True).press("End")
    page.keyboard.type(" More.")
    expect(page.get_by_text("You have changed something.")).to_be_visible()
    expect(page.locator(".live-check--stale")).to_be_visible()
    expect(page.locator("#found mark.passage")).to_have_count(1)
    page.unroute("**/check")
    for route in waits:
        route.continue_()


def test_the_guide_opens_beside_what_was_typed(open_page, author):
    page = open_page("/posts/new", author)
    typed(page, MARKED)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Nobody's details without consent (opens in new tab)").click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value(MARKED)


def test_of_two_answers_only_the_newer_is_shown(open_page, author):
    page = open_page("/posts/new", author)
    first = []
    page.route("**/check", lambda route: route.continue_() if first else first.append(route))
    with page.expect_request("**/check"):
        typed(page, MARKED)
    typed(page, FINE)
    expect(status(page)).to_have_text("Nothing to look at")
    assert len(first) == 1
    assert first[0].request.failure == "net::ERR_ABORTED", "the older request is given up"


@pytest.mark.parametrize("anchoring", ["auto", "none"])
def test_the_note_is_checked_and_nothing_moves_under_the_hands(open_page, author, anchoring):
    page = open_page("/posts/new", author)
    # Not every browser holds the page still by itself.
    page.evaluate("anchoring => (document.documentElement.style.overflowAnchor = anchoring)", anchoring)
    page.set_viewport_size({"width": 375, "height": 600})
    note = page.get_by_label("Note for the reviewer")
    note.scroll_into_view_if_needed()
    note.click()
    before = note.bounding_box()["y"]
    page.keyboard.type("Ring 07700 900456.")
    expect(status(page)).to_have_text("1 passage to look at")
    expect(page.get_by_role("heading", name="In the note for the reviewer")).to_be_attached()
    assert abs(note.bounding_box()["y"] - before) < 3
    expect(note).to_be_focused()


def test_findings_that_somebody_is_reading_by_keyboard_are_not_taken_away(open_page, author):
    page = open_page("/posts/new", author)
    typed(page, MARKED)
    expect(page.locator("#found mark.passage")).to_have_count(1)
    link = page.locator("#found .finding__title a")
    page.keyboard.type(" More.")
    link.focus()
    with page.expect_response("**/check"):
        pass
    expect(link).to_be_focused()
    page.get_by_label("Text", exact=True).focus()
    expect(page.locator("#found .typed").first).to_have_text(re.compile("More"))


def test_what_check_it_first_found_gives_way_to_what_is_found_while_typing(open_page, author, assert_accessible):
    page = open_page("/posts/new", author)
    page.locator("#channels").check()
    page.get_by_label("Text", exact=True).fill(MARKED)
    page.get_by_role("button", name="Check it first").click()
    page.get_by_text("Nothing was saved or sent").wait_for()
    field = page.get_by_label("Text", exact=True)
    field.press("Control+End")
    page.keyboard.type(" Or 07700 900456.")
    expect(status(page)).to_have_text("2 passages to look at")
    expect(page.locator("#found")).to_have_count(1)
    expect(page.get_by_text("Nothing was saved or sent")).to_have_count(0)
    assert_accessible(page, "check-while-typing-after-check-it-first")


def test_an_ended_session_says_sign_in_again_and_nothing_is_lost(open_page, author, assert_accessible):
    page = open_page("/posts/new", author)
    typed(page, MARKED)
    expect(status(page)).to_have_text("1 passage to look at")
    page.context.clear_cookies()
    typed(page, FINE)
    expect(page.get_by_text("You are not signed in any more. Nothing is lost")).to_be_visible()
    expect(page.get_by_text("This is from before your last change.")).to_be_visible()
    assert_accessible(page, "check-while-typing-signed-out")
    page.get_by_role("button", name="Check it first").click()
    page.get_by_label("Email address").fill(author.email)
    page.get_by_label("Password", exact=True).fill("sample-password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value(FINE)


@pytest.mark.parametrize("fault", ["away", "too often", "something else"])
def test_where_it_could_not_check_it_says_so_and_goes_on(open_page, author, monkeypatch, fault):
    page = open_page("/posts/new", author)
    if fault == "away":
        page.route("**/check", lambda route: route.fulfill(status=503, body="away"))
        said = "This could not be checked just now."
    elif fault == "something else":
        page.route("**/check", lambda route: route.fulfill(status=200, body="<p>a sign-in page of a proxy</p>"))
        said = "This could not be checked just now."
    else:
        limiter.reset()
        monkeypatch.setattr(checking, "TIMES_A_PERSON", "1 per hour")
        typed(page, FINE)
        expect(status(page)).to_have_text("Nothing to look at")
        said = "This was checked very often."
    field = typed(page, MARKED)
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator("#found")).to_have_count(0)  # "nothing found" would not be true any more
    expect(field).to_have_value(MARKED)
    monkeypatch.undo()
    limiter.reset()
    page.unroute("**/check")
    field.press("End")
    page.keyboard.type(" ")
    expect(status(page)).to_have_text("1 passage to look at")
    expect(page.get_by_text(said)).to_have_count(0)


def test_without_scripts_the_form_works_as_before(open_page, author, services):
    page = open_page("/posts/new", author, scripts=False)
    expect(page.locator(".live-check")).to_be_hidden()
    page.locator("#channels").check()
    page.get_by_label("Text", exact=True).fill(MARKED)
    page.get_by_role("button", name="Check it first").click()
    expect(page.get_by_role("heading", name="What the check found: 1")).to_be_visible()
    expect(page.locator("#found mark.passage")).to_have_text("07700 900123")
    page.get_by_role("button", name="Send for review").click()
    expect(page.get_by_text("was sent. It is checked now")).to_be_visible()
