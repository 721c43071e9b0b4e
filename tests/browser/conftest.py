"""The real application on a loopback port, and Debian's Chromium."""

import os
import shutil
import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from waitress import create_server

from tests.factories import PASSWORD, make_people
from workflow.app import create_app

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Two cores run everything at once in CI: how long to wait for what will certainly come, in milliseconds.
PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)
WIDTHS = (1280, 375, 320)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def chromium():
    """Chromium itself; one for all tests."""
    if not os.path.exists(CHROMIUM):
        missing = "Chromium is missing: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def people(services):
    """One person of each role."""
    with services.database.writing() as session:
        return make_people(session)


@pytest.fixture
def site(services, people):
    """The address of the running application."""
    server = create_server(create_app(services.settings, services.database), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="site", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def open_page(chromium, site):
    """`open_page("/guide", who)`: the page in a browser of its own, signed in as `who` (a Person) or as nobody.

    Whatever the page writes to its console as an error, a refusal of the policy among them, fails the test.
    """
    contexts, faults = [], []

    def opened(path, person=None, *, scripts=True):
        context = chromium.new_context(base_url=site, java_script_enabled=scripts)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        if person is not None:
            page.goto("/sign-in")
            page.get_by_label("Email address").fill(person.email)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("/")
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    expected = ("status of 4", "status of 5")  # error pages are visited on purpose
    assert [fault for fault in faults if not any(part in fault for part in expected)] == []


@pytest.fixture
def assert_accessible():
    """`assert_accessible(page)`: no axe violation and no sideways scrolling, at each width.

    With TEABREAK_SHOTS=FOLDER each page is photographed there.
    """

    def accessible(page, name=""):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            result = Axe().run(page, options={"runOnly": {"type": "tag", "values": _TAGS}})
            assert result.violations_count == 0, f"{page.url} at {width} px:\n{result.generate_report()}"
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{page.url} is {wide} px wide at {width} px"
            if os.environ.get("TEABREAK_SHOTS") and name:
                folder = os.environ["TEABREAK_SHOTS"]
                page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)

    return accessible
