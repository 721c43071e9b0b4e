"""The frame of every page: layout, navigation, guide, statement, errors, headers, static files."""

import re

import pytest
from sqlalchemy.exc import OperationalError

from tests.web.routes import OPEN, ROUTES, SIGNED_IN
from workflow.models.database import Database
from workflow.roles import may
from workflow.web.display import GO_TO, LOOK_AFTER
from workflow.web.security import needs_of


def test_every_route_is_in_the_table_with_what_it_needs(app):
    found = {}
    for rule in app.url_map.iter_rules():
        what = needs_of(app, rule.endpoint)
        found[rule.endpoint] = OPEN if what.open else what.permission or SIGNED_IN
    assert found == ROUTES


def test_every_closed_page_asks_a_stranger_to_sign_in(app, browser):
    for rule in app.url_map.iter_rules():
        if ROUTES[rule.endpoint] == OPEN:
            continue
        address = re.sub(r"<[^>]*>", "1", str(rule))
        if "GET" in rule.methods:
            response = browser.get(address, status=302)
            assert response.headers["Location"].startswith("/sign-in?next="), address
        if "POST" in rule.methods:
            browser.post(address, status=401)


def test_a_view_that_declares_nothing_is_never_run(app, sign_in):
    app.add_url_rule("/undeclared", "undeclared", lambda: "ran")
    response = sign_in("administrator").get("/undeclared", status=500)
    assert "ran" not in response.soup.main.get_text().split()


def test_home_offers_what_the_person_may_do(app, people, sign_in):
    for who in ("author", "reviewer", "administrator"):
        page = sign_in(who).get("/").soup
        assert page.h1.string == "Your turn"
        shown = {link.get_text(strip=True) for link in page.select("nav a, main a")}
        for _, words, endpoint, permission in GO_TO + LOOK_AFTER:
            allowed = permission is None or may(permission, people[who].as_actor())
            assert (words in shown) == (allowed and endpoint in app.view_functions), (who, words)


def test_the_guide_has_an_anchor_for_each_clause_and_an_address_for_ever(services, sign_in):
    services.settings.whistleblowing_routes = "Sample officer\nSample helpline"
    services.settings.policy_url = "https://www.agency.example/policy"
    browser = sign_in("author")
    page = browser.get("/guide").soup
    assert page.find(id="personal-information")
    assert "Where to go instead" in page.find(id="whistleblowing").get_text()
    assert "Not like this" in page.get_text()
    assert page.find("a", href="https://www.agency.example/policy")
    for_ever = page.find("a", string="address of this version")["href"]
    assert browser.get(for_ever).soup.find(id="personal-information")
    browser.get("/guide/never-was", status=404)


def test_the_statement_is_open_to_all(browser):
    assert "WCAG" in browser.get("/accessibility-statement").soup.get_text()


def test_errors_are_pages_in_plain_words(sign_in, browser):
    page = sign_in("author").get("/no-such-page", status=404).soup
    assert page.h1.string == "There is no such page"
    browser.get("/no-such-page", status=404)
    browser.get("/sign-out", status=405)


def test_a_database_that_is_away_gives_503_and_readyz_says_so(sign_in, browser, monkeypatch):
    signed_in = sign_in("author")
    monkeypatch.setattr(Database, "reading", _away)
    monkeypatch.setattr(Database, "writing", _away)
    response = signed_in.get("/", status=503)
    assert response.headers["Retry-After"] == "60"
    assert browser.get("/readyz", status=503).json["database"] == "away"
    assert browser.get("/healthz").json == {"status": "alive"}


def _away(*_):
    raise OperationalError("select 1", {}, Exception("database or disk is full: sample detail"))


def test_readyz_is_200_when_the_database_answers(browser):
    assert browser.get("/readyz").json["status"] == "ready"


def test_too_large_a_request_is_refused_with_what_to_do(app, sign_in):
    browser = sign_in("author")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    page = browser.post("/form-again", {"text": "x" * 5000}, status=413).soup
    assert "smaller" in page.main.get_text()


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("Content-Security-Policy", "frame-ancestors 'none'"),
        ("Content-Security-Policy", "default-src 'self'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ],
)
def test_pages_carry_the_security_headers(browser, header, part):
    assert part in browser.get("/sign-in").headers[header]


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(browser, people):
    cookie = browser.post("/sign-in", {"email": people["author"].email, "password": "sample-password"}).headers[
        "Set-Cookie"
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_static_files_are_named_by_content_and_kept_for_ever(browser):
    page = browser.get("/sign-in").soup
    for link in page.select("link[rel=stylesheet], link[rel=icon]"):
        assert "?v=" in link["href"]
        with browser.get(link["href"]) as response:
            assert "immutable" in response.headers["Cache-Control"]
            assert "GDS Transport" not in response.text
            assert "govuk-crest" not in response.text
    assert browser.get("/favicon.ico", status=308).headers["Location"].startswith("/static/favicon.svg")
