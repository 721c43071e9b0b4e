"""Every page is accessible: no axe violation (WCAG 2.2 AA and best practice) at three widths, and no sideways scroll.

A page group adds its pages to PAGES: (name, path, who is signed in).
"""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = [
    ("sign-in", "/sign-in", None),
    ("statement", "/accessibility-statement", None),
    ("home-author", "/", "author"),
    ("home-reviewer", "/", "reviewer"),
    ("home-administrator", "/", "administrator"),
    ("guide", "/guide", "author"),
    ("guide-at-a-clause", "/guide#whistleblowing", "author"),
    ("learned-nothing-yet", "/guide/learned", "administrator"),
    ("propose", "/posts/new", "author"),
    ("mine", "/posts", "author"),
    ("jobs", "/jobs", "administrator"),
    ("allow-list", "/allow-list", "administrator"),
    ("mail", "/mail", "administrator"),
    ("not-found", "/no-such-page", "author"),
    ("not-found-signed-out", "/no-such-page", None),
]


@pytest.mark.parametrize(("name", "path", "who"), PAGES, ids=[name for name, *_ in PAGES])
def test_page_is_accessible(open_page, people, assert_accessible, name, path, who):
    assert_accessible(open_page(path, people[who] if who else None), name)


@pytest.mark.parametrize(
    "fault",
    ["<button></button>", "<p class='govuk-body' data-grey>Grey</p>", "<pre>" + "wide" * 400 + "</pre>"],
    ids=["no name", "no contrast", "too wide"],
)
def test_the_check_of_pages_sees_a_fault(open_page, assert_accessible, fault):
    page = open_page("/sign-in")
    page.evaluate("html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", fault)
    page.evaluate("document.querySelectorAll('[data-grey]').forEach(element => element.style.color = '#ccc')")
    with pytest.raises(AssertionError):
        assert_accessible(page)


def test_sign_in_with_errors_takes_the_focus_to_the_summary_and_is_accessible(open_page, assert_accessible):
    page = open_page("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title(re.compile("^Error: "))
    page.wait_for_function("wanted => document.activeElement.className === wanted", arg="govuk-error-summary")
    page.get_by_role("link", name="Enter your password.").click()
    page.wait_for_function("wanted => document.activeElement.id === wanted", arg="password")
    assert_accessible(page, "sign-in-errors")


def test_the_page_after_an_ended_session_is_accessible(open_page, people, assert_accessible):
    page = open_page("/", people["author"])
    page.context.clear_cookies()
    if page.get_by_role("button", name="Menu").is_visible():
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("nothing has been sent")).to_be_visible()
    assert_accessible(page, "session-ended")


def test_signing_in_works_without_scripts(open_page, people):
    page = open_page("/guide", people["author"], scripts=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(open_page):
    page = open_page("/sign-in")
    page.keyboard.press("Tab")
    page.wait_for_function("wanted => document.activeElement.textContent === wanted", arg="Skip to main content")
    page.keyboard.press("Enter")
    page.wait_for_function("wanted => document.activeElement.id === wanted", arg="main-content")


def test_jobs_that_gave_up_and_that_wait_are_accessible(open_page, people, services, assert_accessible):
    from workflow import outbox
    from workflow.jobs.worker import Worker

    for name, key in (("of the future", "gives up"), ("of the far future", "gives up too"), ("later", "waits")):
        with services.database.writing() as session:
            outbox.enqueue(session, name, {}, key=key)
        if key != "waits":
            Worker(services).run_until_idle()
    page = open_page("/jobs", people["administrator"])
    expect(page.get_by_role("button", name="Try again")).to_have_count(2)
    assert_accessible(page, "jobs-with-rows")


def test_the_allow_list_with_entries_is_accessible(open_page, people, services, assert_accessible):
    from datetime import date

    from workflow.models.allow_list import AllowKind
    from workflow.review.allow_list import put_on_list
    from workflow.review.allow_list_file import Line
    from workflow.roles import COMMAND_LINE

    address = f"{'a-long-name-' * 4}press@communications.sample-agency.example"
    with services.database.writing() as session:
        lines = [
            Line(2, AllowKind.OFFICE_HOLDER, "Sam Example", "01632960111", address, "Councillor", date(2099, 5, 31)),
            Line(3, AllowKind.CONTACT, "", "", address, "", date(2020, 5, 31)),
        ]
        put_on_list(session, COMMAND_LINE, lines)
    page = open_page("/allow-list", people["administrator"])
    expect(page.get_by_text("ran out after 31 May 2020")).to_be_visible()
    assert_accessible(page, "allow-list-with-entries")


def test_what_the_check_has_learned_is_accessible(open_page, people, services, assert_accessible):
    from tests.factories import make_channel, make_decision, make_post
    from tests.web.test_learned import many

    with services.database.writing() as session:
        make_channel(session, services)
    for count, kind, source in ((30, "dismissed", "phrases"), (5, "consent", "model")):
        many(services, people, count, kind, source=source)
        post_id = make_post(services, people["author"])
        make_decision(services, people["reviewer"], post_id, "reject", [("respect", ""), ("boundaries", "")], "Sample.")
    page = open_page("/guide", people["reviewer"])
    page.get_by_role("link", name="What the check has learned").click()
    expect(page.get_by_text("30 of 30 answered findings were dismissed.")).to_be_visible()
    expect(page.get_by_role("table", name="Posts sent back, by month")).to_have_count(2)
    assert_accessible(page, "learned")
