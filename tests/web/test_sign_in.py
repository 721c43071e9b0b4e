"""Signing in and out, and that nothing typed is lost (rule 7)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import redirect, render_template_string, request
from sqlalchemy.exc import OperationalError

from tests.factories import PASSWORD
from workflow.models import Person
from workflow.models.database import Database
from workflow.review.people import TRIES, authenticate, disable, set_password
from workflow.review.proposal import Problem
from workflow.roles import SYSTEM
from workflow.web.forms import filled
from workflow.web.security import needs
from workflow.web.sign_in import TRIES_BY_ADDRESS

_FORM = """
{% extends "layouts/page.html" %}
{% from "components/fields.html" import start_form, end_form, text_input, text_area, radios, check_boxes, select,
   file_upload, date_time, button with context %}
{% set title = "Sample form" %}
{% set options = [{"value": "a", "text": "First", "hint": "A hint"}, {"value": "b", "text": "Second"}] %}
{% block before %}{{ back_link("/") }}{% endblock %}
{% block content %}<h1>Sample form</h1>
{{ start_form("/sample-form", form, files=true) }}
{{ text_input(form, "name", "Name") }}
{{ text_area(form, "text", "Text", hint="In your words", counts=[{"network": "Bluesky", "limit": 300}]) }}
{{ radios(form, "one", "Choose one", options) }}
{{ check_boxes(form, "some", "Choose some", options, hint="As many as you like") }}
{{ select(form, "which", "Which", options) }}
{{ file_upload(form, "picture", "Picture", accept="image/*") }}
{{ date_time(form, "publish_at", "When") }}
{{ button("Send") }}
{{ end_form() }}{% endblock %}
"""
FIELDS = {
    "form_at": "/sample-form?from=mail",
    "name": "Sample name",
    "text": "Two lines,\r\n<b>one</b> bold & “quoted” \u202e.",
    "one": "b",
    "some": ["a", "b"],
    "which": "b",
    "publish_at-day": "31",
}


@pytest.fixture
def carried_out(app):
    """What the sample form carried out."""
    done = []

    @needs()
    def sample_form():
        if request.method == "POST":
            form = filled()
            if form.value("name") == "fault":
                raise ZeroDivisionError(form.value("text"))
            if not form.value("name"):
                problems = [Problem(name, f"Mend {name}.") for name in ("name", "one", "some", "picture", "publish_at")]
                return render_template_string(_FORM, form=form.with_problems(problems)), 422
            done.append(form.value("text"))
            return redirect("/", 303)
        return render_template_string(_FORM, form=filled(initial={"name": "At first"}))

    app.add_url_rule("/sample-form", "sample_form", sample_form, methods=["GET", "POST"])
    return done


def values(page):
    """What stands in the sample form."""
    form = page.find("form", action="/sample-form")
    return {
        "name": form.find(id="name")["value"],
        "text": form.find(id="text").string.removeprefix("\n"),
        "ticked": [box["value"] for box in form.select("input[checked]")],
        "which": form.select_one("option[selected]")["value"],
        "day": form.find(id="publish_at")["value"],
        "form_at": form.find("input", attrs={"name": "form_at"})["value"],
    }


AS_TYPED = {
    "name": "Sample name",
    "text": "Two lines,\n<b>one</b> bold & “quoted” \u202e.",
    "ticked": ["b", "a", "b"],
    "which": "b",
    "day": "31",
    "form_at": "/sample-form?from=mail",
}


def test_signing_in_leads_on_to_the_page_that_was_asked_for(browser, people):
    asked = browser.get("/guide?print=1", status=302)
    page = browser.follow(asked).soup
    where = page.find("input", attrs={"name": "next"})["value"]
    response = browser.post("/sign-in", {"email": people["author"].email, "password": PASSWORD, "next": where})
    assert response.headers["Location"] == "/guide?print=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil", "/\t/evil.example"],
)
def test_signing_in_never_leads_to_another_site(browser, people, elsewhere):
    fields = {"email": people["author"].email, "password": PASSWORD, "next": elsewhere}
    assert browser.post("/sign-in", fields).headers["Location"] == "/"


def test_every_failure_reads_the_same(browser, people, services):
    with services.database.writing() as session:
        disable(session, SYSTEM, session.get_one(Person, people["publisher"].id))
    tries = [
        (people["author"].email, "wrong"),
        ("nobody@agency.example", PASSWORD),
        (people["publisher"].email, PASSWORD),
    ]
    said = set()
    for email, password in tries:
        page = browser.post("/sign-in", {"email": email, "password": password}, status=422).soup
        said.add(page.select_one(".govuk-error-summary").get_text())
        assert page.find(id="email")["value"] == email
        assert not page.find(id="password").get("value")
    assert len(said) == 1


def test_empty_fields_are_named_in_the_error_summary(browser):
    page = browser.post("/sign-in", {"email": " ", "password": ""}, status=422).soup
    links = [link["href"] for link in page.select(".govuk-error-summary a")]
    assert links == ["#email", "#password"]
    assert page.find(id="email")["aria-describedby"] == "email-error"


def test_signing_out_ends_a_copied_session_too(app, sign_in):
    browser = sign_in("author")
    copied = browser.client.get_cookie("teabreak").value
    browser.post("/sign-out")
    browser.client.set_cookie("teabreak", copied)
    browser.get("/", status=302)


def test_a_new_password_ends_all_sessions(sign_in, people, services):
    browser = sign_in("author")
    browser.get("/")
    with services.database.writing() as session:
        set_password(session, SYSTEM, session.get_one(Person, people["author"].id), "another-sample-password")
    browser.get("/", status=302)


def test_a_session_ends_after_the_hours_without_use_and_not_before(sign_in, services):
    hours = timedelta(hours=services.settings.session_hours)
    with time_machine.travel("2026-11-24T09:00:00Z", tick=False) as clock:
        browser = sign_in("author")
        for _ in range(3):  # used now and then, it lasts
            clock.shift(hours - timedelta(minutes=1))
            browser.get("/")
        clock.shift(hours + timedelta(minutes=1))
        browser.get("/", status=302)


def test_a_form_shows_its_errors_and_what_was_typed(sign_in, carried_out):
    browser = sign_in("author")
    page = browser.post("/sample-form", {**FIELDS, "name": ""}, status=422).soup
    assert values(page) == {**AS_TYPED, "name": ""}
    links = [link["href"] for link in page.select(".govuk-error-summary a")]
    assert links == ["#name", "#one", "#some", "#picture", "#publish_at"]
    assert page.select_one("nav[aria-label=Back] a")


def test_a_form_sent_after_the_session_ended_comes_back_filled_and_is_not_carried_out(browser, people, carried_out):
    page = browser.post("/sample-form", FIELDS, status=401).soup
    assert "signed out" in page.main.get_text()
    kept = page.find("input", attrs={"name": "kept"})["value"]
    fields = {"email": people["author"].email, "password": "wrong", "kept": kept}
    again = browser.post("/sign-in", fields, status=422).soup  # a mistyped password loses nothing
    fields = {**fields, "password": PASSWORD, "kept": again.find("input", attrs={"name": "kept"})["value"]}
    page = browser.post("/sign-in", fields, status=200).soup
    assert values(page) == AS_TYPED
    assert carried_out == []
    token = page.find("form", action="/sample-form").find("input", attrs={"name": "csrf_token"})["value"]
    browser.post("/sample-form", FIELDS, token=token)  # that very page can be sent
    assert carried_out == [AS_TYPED["text"]]


def test_files_cannot_be_kept_and_the_page_says_so(browser, carried_out):
    from io import BytesIO

    fields = {**FIELDS, "picture": (BytesIO(b"sample"), "sample.png")}
    page = browser.post("/sample-form", fields, status=401).soup
    assert "choose them again" in page.main.get_text()


def test_a_form_of_a_stranger_is_not_kept(browser, carried_out):
    page = browser.post("/sample-form", FIELDS, status=401, site="cross-site").soup
    assert not page.find("input", attrs={"name": "kept"})


@pytest.mark.parametrize("change", [lambda kept: kept[:-2] + "xx", lambda kept: "", lambda kept: "nonsense"])
def test_a_kept_form_that_was_tampered_with_is_not_given_back(browser, people, carried_out, change):
    kept = browser.post("/sample-form", FIELDS, status=401).soup.find("input", attrs={"name": "kept"})["value"]
    fields = {"email": people["author"].email, "password": PASSWORD, "kept": change(kept)}
    assert browser.post("/sign-in", fields).headers["Location"] == "/"


def test_a_form_out_of_date_comes_back_filled(sign_in, carried_out):
    browser = sign_in("author")
    page = browser.post("/sample-form", FIELDS, token="out-of-date", status=400).soup
    assert values(page) == AS_TYPED
    assert "open for too long" in page.main.get_text()
    assert carried_out == []
    fresh = page.find("form", action="/sample-form").find("input", attrs={"name": "csrf_token"})["value"]
    browser.post("/sample-form", FIELDS, token=fresh)
    assert len(carried_out) == 1


def test_a_request_forged_elsewhere_is_refused_and_shows_nothing_of_its_own(sign_in, carried_out):
    page = sign_in("author").post("/sample-form", FIELDS, token="", status=400, site="cross-site").soup
    assert FIELDS["name"] not in page.get_text()
    assert carried_out == []


def test_with_the_database_away_the_form_is_kept_and_comes_back_once_it_answers(sign_in, carried_out, monkeypatch):
    browser = sign_in("author")
    token = browser.token()
    with monkeypatch.context() as away:
        away.setattr(Database, "reading", _away)
        page = browser.post("/sample-form", FIELDS, token=token, status=503).soup
    assert "“quoted”" in page.main.get_text()
    kept = page.find("input", attrs={"name": "kept"})["value"]
    assert values(browser.post("/form-again", {"kept": kept}, status=200).soup) == AS_TYPED
    assert carried_out == []


def _away(*_):
    raise OperationalError("select 1", {}, Exception("sample: disk is full"))


def test_after_a_fault_of_ours_the_words_are_on_the_page_and_the_form_comes_back(sign_in, carried_out, capsys):
    browser = sign_in("author")
    page = browser.post("/sample-form", {**FIELDS, "name": "fault"}, status=500).soup
    assert "“quoted”" in page.main.get_text()
    kept = page.find("input", attrs={"name": "kept"})["value"]
    page = browser.post("/form-again", {"kept": kept}, status=200).soup
    assert values(page) == {**AS_TYPED, "name": "fault"}
    logged = capsys.readouterr()
    assert "ZeroDivisionError" in logged.out + logged.err
    assert "quoted" not in logged.out + logged.err


@pytest.mark.parametrize("address", ["/guide/%00", "/channels/%00/sample", "/posts/TB-1001%00", "/posts/%00"])
def test_an_address_with_control_data_names_no_page(sign_in, address):
    sign_in("author").get(address, status=404)


def test_control_data_in_an_email_address_is_nobodys(browser):
    page = browser.post("/sign-in", {"email": "author\x00@agency.example", "password": "sample"}, status=422).soup
    assert "is not right" in page.select_one(".govuk-error-summary").get_text()


def test_many_wrong_passwords_at_once_are_all_counted(services, people):
    email = people["author"].email

    def guess(_):
        return authenticate(services.database, email, "not the password")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(guess, range(TRIES))) == [None] * TRIES
    assert authenticate(services.database, email, PASSWORD) is None, "the account is closed for a while"


def test_a_program_that_guesses_addresses_is_slowed_down(browser):
    tries = int(TRIES_BY_ADDRESS.partition(" ")[0])
    guess = {"email": "nobody@agency.example", "password": "sample"}
    for _ in range(tries):
        browser.post("/sign-in", guess, status=422)
    refused = browser.post("/sign-in", guess, status=429)
    assert "That was too often" in refused.soup.select_one(".govuk-error-summary").get_text()
