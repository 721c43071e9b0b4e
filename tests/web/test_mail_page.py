"""The page of mail set aside: what came, why it became no post, and how the mailboxes do."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from tests.factories import make_channel
from workflow.jobs.take_in_mail import keep
from workflow.jobs.watch_mail import note_state
from workflow.jobs.worker import Worker
from workflow.models import IncomingMail, MailboxState
from workflow.review import mail as mail_page
from workflow.settings import MailIn

WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."


def raw(number, text="The van stops here.", *, sender="stranger@elsewhere.example", subject=None):
    subject = subject or f"Subject {number}"
    return f"From: {sender}\nSubject: {subject}\nMessage-ID: <{number}@x.example>\n\n{text}\n".encode()


@pytest.fixture
def take_in(services, people):
    """`take_in(raw, ...)`: hands mail in and runs the jobs."""
    with services.database.writing() as session:
        make_channel(session, services)

    def run(*mails, mailbox="pipe"):
        for one in mails:
            keep(services, mailbox, one)
        Worker(services).run_until_idle()

    return run


def titles(page):
    return [found.get_text() for found in page.soup.select("main .post-list h3")]


def test_mail_set_aside_is_listed_newest_first_with_its_reason_and_nothing_of_its_text(sign_in, take_in):
    take_in(raw(1), raw(2, "A text that nobody reads here."), mailbox="submissions")
    page = sign_in("administrator").get("/mail")
    assert titles(page) == ["Subject 2", "Subject 1"]
    said = page.soup.main.get_text(" ")
    for wanted in (
        "from stranger@elsewhere.example",
        "Its sender is not known here.",
        "to submissions",
        "1 kB",
        f"came {datetime.now(UTC):%A}",
    ):
        assert wanted in said
    assert "A text that nobody reads here." not in page.text


def test_long_lists_come_in_pages_that_lose_nothing_and_show_nothing_twice(sign_in, take_in, monkeypatch):
    monkeypatch.setattr(mail_page, "_BATCH", 4)
    take_in(*(raw(n, WHISTLE if n % 3 == 0 else "x") for n in range(60)))
    browser, seen, address = sign_in("administrator"), [], "/mail"
    while address:
        page = browser.get(address)
        seen += titles(page)
        link = page.soup.select_one(".govuk-pagination__next a")
        address = link["href"] if link else None
    assert seen == [f"Subject {n}" for n in reversed(range(60)) if n % 3]


def test_mail_of_posts_and_mail_that_may_raise_a_concern_is_not_listed(services, sign_in, take_in):
    concern = raw(2, WHISTLE, sender="author@agency.example", subject="The cladding")
    take_in(
        raw(1, sender="author@agency.example"),
        concern,
        b"Received: again\n" + concern,
        raw(3, WHISTLE, subject="From a private address"),
        raw(4, subject=WHISTLE),
        raw(5, WHISTLE, sender="publisher@agency.example"),
    )
    browser = sign_in("administrator")
    page = browser.get("/mail")
    assert titles(page) == []
    assert "cladding" not in page.text.lower()
    assert "private address" not in page.text
    with services.database.reading() as session:
        ids = [row.id for row in session.query(IncomingMail)]
    assert len(ids) == 6
    for mail_id in ids:
        browser.get(f"/mail/{mail_id}.eml", status=404)


def test_mail_that_is_not_understood_yet_is_listed_and_cannot_be_opened(services, sign_in, people):
    mail_id = keep(services, "pipe", raw(1))
    browser = sign_in("administrator")
    page = browser.get("/mail")
    assert titles(page) == [f"Mail {mail_id}, not understood yet"]
    assert "Subject 1" not in page.text
    assert page.soup.find("a", download=True) is None
    browser.get(f"/mail/{mail_id}.eml", status=404)


def test_a_mail_can_be_saved_as_it_came_and_is_never_shown_as_a_page(sign_in, take_in):
    nasty = raw(1, "<script>alert(1)</script>", subject="<b>Bold</b> =?utf-8?q?=E2=80=AE?=gpj")
    take_in(nasty)
    browser = sign_in("administrator")
    page = browser.get("/mail")
    assert titles(page)[0].startswith("<b>Bold</b>")
    response = browser.get(page.soup.find("a", download=True)["href"])
    assert response.data == nasty
    assert response.headers["Content-Type"] == "message/rfc822"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=mail-")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_mail_whose_file_is_gone_is_not_found(services, sign_in, take_in):
    take_in(raw(1))
    for path in services.files.root.rglob("*"):
        if path.is_file():
            path.unlink()
    browser = sign_in("administrator")
    address = browser.get("/mail").soup.find("a", download=True)["href"]
    browser.get(address, status=404)


@pytest.mark.parametrize("who", ["author", "reviewer", "publisher", "records officer", "officer"])
def test_nobody_but_administrators_sees_it(sign_in, take_in, who):
    take_in(raw(1))
    browser = sign_in(who)
    assert "stranger@elsewhere.example" not in browser.get("/mail", status=403).text
    browser.get("/mail/1.eml", status=403)


@pytest.mark.parametrize("before", ["x", "-1", "9" * 17, "1%00", "²"])
def test_a_place_that_is_none_is_a_bad_request(sign_in, before):
    sign_in("administrator").get(f"/mail?before={before}", status=400)


def box(name):
    return MailIn(name=name, host="127.0.0.1", user="x", password=SecretStr("a-secret-password"))


def test_the_mailboxes_say_how_they_do(services, sign_in):
    services.settings.mail_in = [box("good"), box("bad"), box("silent"), box("new")]
    with services.database.writing() as session:
        note_state(session, "good", "", taken=1)
        note_state(session, "bad", "The mail server refused the login of x: check the user name and the password.")
        note_state(session, "silent", "")
        session.flush()
        session.get_one(MailboxState, "silent").last_checked_at = datetime.now(UTC) - timedelta(hours=1)
    page = sign_in("administrator").get("/mail")
    shown = {item.h3.get_text(" ").split()[0]: item.get_text(" ") for item in page.soup.select("main .post-list li")}
    assert "In order" in shown["good"]
    assert "last mail" in shown["good"]
    assert "refused the login" in shown["bad"]
    assert "since " in shown["bad"]
    assert "Nothing reads it any more." in shown["silent"]
    assert "It was not read yet." in shown["new"]
    assert "a-secret-password" not in page.text


def test_without_a_mailbox_the_page_says_so_and_the_home_page_leads_to_it(sign_in):
    browser = sign_in("administrator")
    assert browser.get("/").soup.find("a", href="/mail")
    page = browser.get("/mail").soup.main.get_text(" ")
    assert "No mailbox is set up, so nobody can propose by mail." in page
    assert "None: every mail so far became a post." in page
