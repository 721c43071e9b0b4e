"""Letters to staff who only ever email: nothing in them needs a sign-in. And where a held mail lies, which is said."""

import pytest
from bs4 import BeautifulSoup

from tests.factories import make_channel, make_decision, make_person
from tests.intake.conftest import Intake, mail, picture, set_up_sending
from tests.web.conftest import app, sign_in  # noqa: F401 - fixtures
from workflow.jobs.take_in_mail import keep
from workflow.models import OutgoingMail
from workflow.roles import Role

WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."
ROUTES = "Sample Whistleblowing Officer, officer@agency.example\nA prescribed body: the agency names its own here"
ASK = "sign-ins@agency.example"
POSTS = "https://teabreak.agency.example/posts"
PHONE = "07700 900123"


class Agency(Intake):
    """The intake whose mailbox is already read."""

    def take_in(self, *messages, mailbox="submissions"):
        for message in messages:
            number = len(self.ledger()) + 1
            where = (1, number) if mailbox else (None, None)
            keep(self.services, mailbox or "pipe", message.as_bytes(), *where)
            self.run()

    def letter(self, name, who="mail-only@agency.example"):
        """The plain and the HTML part, as text, of the one letter of that name to that person."""
        with self.services.database.reading() as session:
            ids = [row.message_id for row in session.query(OutgoingMail) if (row.name, row.recipient) == (name, who)]
        [arrived] = [arrived for arrived in self.smtp.arrived if arrived.message["Message-ID"] in ids]
        html = BeautifulSoup(arrived.part("html"), "html.parser")
        return " ".join(arrived.part("plain").split()), html


@pytest.fixture
def agency(services, people, smtp):
    with services.database.writing() as session:
        make_channel(session, services)
        person = make_person(session, "mail only", [Role.AUTHOR])
        person.password_hash = ""
    set_up_sending(services, smtp)
    services.settings.whistleblowing_routes = ROUTES
    services.settings.guide_contact = ASK
    return Agency(services, None, smtp, people)


def by_mail_only(text, **more):
    return mail(text, sender="mail-only@agency.example", **more)


def needs_no_sign_in(plain, html):
    for said in (plain, str(html)):
        assert POSTS not in said
        assert "on the web" not in said
    assert "Sign in to" not in plain + html.get_text()


def test_a_held_letter_names_the_routes_and_whom_to_ask_for_a_sign_in_and_quotes_nothing(agency):
    agency.take_in(by_mail_only(WHISTLE, subject="Unsafe cladding"))
    plain, html = agency.letter("held")
    needs_no_sign_in(plain, html)
    for said in (plain, html.get_text()):
        assert ASK in said
        assert all(route in said for route in ROUTES.splitlines())
        assert "need not say why" in said
        assert "cladding" not in said


@pytest.mark.parametrize("contact", [ASK, ""])
def test_whoever_can_sign_in_is_not_sent_to_ask_for_it(agency, contact):
    agency.services.settings.guide_contact = contact
    agency.take_in(mail(WHISTLE), by_mail_only(WHISTLE + " Again."))
    plain, html = agency.letter("held", "author@agency.example")
    assert f"{POSTS}/TB-1001" in plain
    assert html.find("a", href=f"{POSTS}/TB-1001")
    assert "need not say why" not in plain
    without, _ = agency.letter("held")
    assert (contact or "whoever looks after Teabreak at Sample Agency") in without


def test_an_unfinished_draft_is_finished_by_a_new_mail(agency):
    message = by_mail_only("The pool opens on Monday. " * 40)
    message.add_attachment(picture(), maintype="image", subtype="png", filename="pool.png")
    agency.take_in(message)
    plain, html = agency.letter("draft_unfinished")
    needs_no_sign_in(plain, html)
    for said in (plain, " ".join(html.get_text().split())):
        assert "Send the mail again with that mended." in said


def test_changes_that_are_asked_for_come_as_a_new_mail_that_names_the_post(agency):
    agency.take_in(by_mail_only(f"Ring {PHONE} about the pool."))
    plain, html = agency.letter("draft_received")
    needs_no_sign_in(plain, html)
    post = agency.post("TB-1001")
    clauses = [("personal-information", "Leave out the number.")]
    make_decision(agency.services, agency.people["reviewer"], post.id, "ask for changes", clauses, "Please shorten it.")
    agency.run()
    plain, html = agency.letter("decision")
    needs_no_sign_in(plain, html)
    for said in (plain, " ".join(html.get_text().split())):
        assert "Send a new mail with the changed text" in said
        assert "“Instead of TB-1001”" in said
    agency.take_in(by_mail_only("The pool opens on Monday.", subject="Instead of TB-1001"))
    assert "Instead of TB-1001" in agency.post("TB-1002").revision.note


def test_a_mail_that_became_no_post_is_answered_without_a_link(agency):
    agency.take_in(by_mail_only("", subject="Nothing"))
    needs_no_sign_in(*agency.letter("not_taken"))


@pytest.mark.parametrize("mailbox", ["submissions", ""], ids=["in a mailbox", "by a pipe"])
def test_where_the_mail_of_a_held_post_still_lies_is_said(agency, sign_in, mailbox):  # noqa: F811 - the fixture
    agency.take_in(mail(WHISTLE), mailbox=mailbox)
    plain, html = agency.letter("held", "author@agency.example")
    page = sign_in("author").get("/posts/TB-1001").soup.main.get_text(" ")
    for said in (plain, html.get_text(), page):
        said = " ".join(said.split())
        assert ("shared mailbox" in said) == bool(mailbox)
        assert ("deletes the mail there as well" in said) == bool(mailbox)
    assert "Only you can see this in Teabreak" in " ".join(page.split())
