"""What our mails say: each in text and HTML, as its reader gets it. TEABREAK_LETTERS=FOLDER keeps them to look at."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from bs4 import BeautifulSoup
from click.testing import CliRunner

from tests.factories import make_channel, make_decision, make_people, make_post
from tests.fixtures.smtp import SmtpServer
from tests.intake.conftest import TEXT, Intake, mail, picture, set_up_sending
from workflow import news
from workflow.app import create_app
from workflow.cli import cli
from workflow.jobs import anchor_record
from workflow.jobs.take_in_mail import keep
from workflow.models import OutgoingMail, Post
from workflow.review.hold import send_to_officer
from workflow.settings import Settings
from workflow.start import open_services

MARKED = """Well done to Sample Pupil, aged 9, of 12 Sample Road, who won our poster prize!


Ring Sample Helper on 07700 900123, or see <https://www.agency.example/poster?a=1&b=2>."""
WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."
ROUTES = "Sample Whistleblowing Officer, officer@agency.example\nA prescribed body: the agency names its own here"


def with_picture(text, *, alt="Alt: Blue poster with the prize winner's drawing", name="poster.png", content=None):
    message = mail(f"{text}\n{alt}\n\n-- \nSample Author\nSample Agency", subject="Poster “prize” & more")
    message.add_attachment(content or picture(), maintype="image", subtype="png", filename=name)
    return message


class Agency(Intake):
    """The intake without a mailbox: mail is handed in as a mail server's pipe does."""

    def take_in(self, *messages):
        for message in messages:
            keep(self.services, "pipe", message.as_bytes())
        self.run()
        return self.ledger()

    def letters(self):
        """All mails that went out: (name, Arrived), in order."""
        with self.services.database.reading() as session:
            names = {row.message_id: row.name for row in session.query(OutgoingMail)}
        return [(names[arrived.message["Message-ID"]], arrived) for arrived in self.smtp.arrived]

    def letter(self, name):
        """The first mail of that name."""
        return next(arrived for found, arrived in self.letters() if found == name)


@pytest.fixture
def agency(services, people, smtp):
    return _agency(services, people, smtp)


def _agency(services, people, smtp):
    with services.database.writing() as session:
        make_channel(session, services)
    set_up_sending(services, smtp)
    return Agency(services, None, smtp, people)


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """An agency that has sent each kind of mail, in each case that words differ in. Only to be looked at."""
    services = open_services(Settings(data=tmp_path_factory.mktemp("var"), agency_name="Sample Agency Môn"))
    services.settings.whistleblowing_routes = ROUTES
    smtp = SmtpServer()
    smtp.start()
    with services.database.writing() as session:
        people = make_people(session)
    agency = _agency(services, people, smtp)
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
    _happens(agency)
    yield agency
    smtp.stop()
    services.database.close()


@pytest.fixture(scope="module")
def everything(busy):
    """All its mails: (name, Arrived), in order."""
    letters = busy.letters()
    folder = os.environ.get("TEABREAK_LETTERS")
    for number, (name, arrived) in enumerate(letters if folder else []):
        subject = re.sub(r"\W+", "-", arrived.message["Subject"])[:60]
        for kind, ending in (("plain", "txt"), ("html", "html")):
            Path(folder, f"{name}-{subject}-{number}.{ending}").write_text(arrived.part(kind))
    return letters


def _happens(agency):
    services, people = agency.services, agency.people
    agency.take_in(with_picture(MARKED), mail(), mail(subject="Third"), mail("", subject="Nothing in it"))
    agency.take_in(with_picture("No description " * 200, alt=""), mail(WHISTLE, subject="What is going on here"))
    marked, plain, third, _, held = (post.id for post in agency.posts())
    personal = [("personal-information", "Leave out the street.")]
    note = "Please shorten it.\n\n\nIt names a child."
    make_decision(services, people["reviewer"], marked, "ask for changes", personal, note)
    make_decision(services, people["reviewer"], third, "reject", [("agency-voice", "")], "We said that last week.")
    make_decision(services, people["reviewer"], plain, "approve", note="Clear & useful.")
    agency.run()
    _ends(agency, plain)
    with services.database.writing() as session:
        send_to_officer(session, people["author"].as_actor(), session.get_one(Post, held))
    anchor_record.anchor_record(services, {})
    agency.run()


def _ends(agency, post_id):
    """The post's publication on the sample channel ends in each way in turn, and each is told."""
    for number, state in enumerate(("unconfirmed", "failed", "cancelled"), 10):
        with agency.services.database.writing() as session:
            post = session.get_one(Post, post_id)
            row = next(row for row in post.publications if row.channel_id == "sample")
            row.state, row.error, row.attempts = state, "Sample: the account's password was refused.", number
            session.flush()
            news.tell_of_publication(session, post, row)
            if state != "cancelled":
                news.tell_publishers(session, post, row)
        agency.run()


SUBJECTS = [
    ("not_taken", "Your mail “Nothing in it” did not become a post"),
    ("review_asked", "TB-1001: your review is asked"),
    ("draft_received", "TB-1001: your post is with the reviewers"),
    ("draft_unfinished", "TB-1004: your draft needs something before it can be reviewed"),
    ("held", "TB-1005: your choice is needed"),
    ("decision", "TB-1001: changes are asked for"),
    ("decision", "TB-1002 is approved"),
    ("decision", "TB-1003 is rejected"),
    ("publication", "TB-1002 is published on Sample"),
    ("publication", "TB-1002: nobody knows yet whether it is on Sample"),
    ("publication", "TB-1002 could not be published on Sample"),
    ("publication", "TB-1002 was not published: its time had passed"),
    ("publisher_asked", "TB-1002: please publish it on Noticeboard"),
    ("publisher_asked", "TB-1002: please check whether it is on Sample"),
    ("publisher_asked", "TB-1002 could not be published on Sample"),
    ("officer_asked", "TB-1005: sent to you in confidence"),
]


def test_every_kind_of_mail_goes_out_with_its_subject_and_reads_well_in_text_and_html(busy, everything):
    found = [(name, arrived.message["Subject"]) for name, arrived in everything]
    assert set(SUBJECTS) <= set(found)
    assert {name for name, _ in found} == {name for name, _ in SUBJECTS} | {"anchor"}
    app = create_app(busy.services.settings, busy.services.database)
    for name, arrived in everything:
        plain, soup = arrived.part("plain"), BeautifulSoup(arrived.part("html"), "html.parser")
        _is_marked_as_automatic(name, arrived.message)
        _is_laid_out(plain)
        _says_the_same(arrived.message["Subject"], plain, soup)
        for address in [*_addresses(plain), *(link["href"] for link in soup.find_all("a"))]:
            _leads_somewhere(app, address)
        assert not soup.find_all(["img", "script", "link", "iframe"])


def _is_marked_as_automatic(name, message):
    answers = name in ("draft_received", "draft_unfinished", "not_taken", "decision")
    assert message["Auto-Submitted"] == ("auto-replied" if answers else "auto-generated")
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["From"] == "Teabreak <social@agency.example>"
    assert message.get_content_type() == "multipart/alternative"
    assert bool(message["In-Reply-To"]) == answers
    assert message["References"] == message["In-Reply-To"]


def _is_laid_out(plain):
    typed = plain.split("-" * 64)[1::2]
    ours = "-".join(plain.split("-" * 64)[::2])
    assert "\n\n\n" not in ours
    assert not [line for line in ours.split("\n") if line != line.rstrip() and line != "-- "]
    assert all(text.startswith("\n") and text.endswith("\n") and text.strip() for text in typed)
    assert plain.endswith(".\n")


def _says_the_same(subject, plain, soup):
    """Whatever the HTML says stands in the text as well, apart from what is written on the button."""
    for button in soup.select(".button, style, title"):
        button.extract()
    missing = set(_words(soup.get_text(" "))) - set(_words(plain)) - set(_words(subject))
    assert missing <= {"it", "before"}, missing
    for quoted in soup.find_all("blockquote"):
        assert quoted.get_text() in plain


def _words(text):
    return re.findall(r"\w+", text.lower())


def _addresses(plain):
    return re.findall(r"^ *(https?://\S+)$", plain, re.MULTILINE)


def _leads_somewhere(app, address):
    parts = urlsplit(address)
    assert parts.scheme in ("http", "https")
    if parts.netloc == "teabreak.agency.example":
        app.url_map.bind("teabreak.agency.example").match(parts.path)  # raises NotFound
    else:
        assert parts.netloc == "social.example"  # where the sample channel says that a post stands


def test_the_reviewers_get_the_whole_post_with_what_the_check_marked(everything):
    for arrived in (
        found for name, found in everything if name == "review_asked" and "1001" in found.message["Subject"]
    ):
        plain = arrived.part("plain")
        for wanted in (
            *filter(None, MARKED.split("\n")),
            "Blue poster with the prize winner's drawing",
            "07700 900123",
        ):
            assert wanted in plain
        assert re.search(r"^3\. Never 3: .* \((likely|possible)\)$", plain, re.MULTILINE)
        assert plain.count("The guide says:") == 1
        assert "somebody has to answer findings 1, 2 and 3." in plain
        assert "#personal-information" in plain
        assert "did not confirm the sender's address" in plain


def test_the_author_gets_the_decision_with_the_note_as_typed_and_the_words_of_the_clauses(everything):
    arrived = next(found for name, found in everything if found.message["Subject"].endswith("changes are asked for"))
    assert arrived.recipients == ["author@agency.example"]
    plain = arrived.part("plain")
    assert "Please shorten it.\n\n\nIt names a child." in plain
    assert "Do not share anything about a private person that they have not agreed to share" in plain
    assert "In this post: Leave out the street." in plain


def test_the_answer_says_what_was_understood_and_what_was_left_out(everything):
    arrived = next(found for name, found in everything if name == "draft_received")
    plain = arrived.part("plain")
    assert "Your mail “Poster “prize” & more” is now post TB-1001" in plain
    assert "As signature or quoted text:" in plain
    assert "Sample Author\nSample Agency" in plain
    assert "<https://www.agency.example/poster?a=1&b=2>" in arrived.part("plain")
    assert "&lt;https://www.agency.example/poster?a=1&amp;b=2&gt;" in arrived.part("html")


def test_a_long_draft_is_shown_by_its_beginning(everything):
    plain = next(found for name, found in everything if name == "draft_unfinished").part("plain")
    assert plain.count("No description") < 150
    assert "The rest of it stands on the web." in plain
    assert "- Picture 1: describe it for people who cannot see it" in plain


def test_mails_about_a_held_post_quote_nothing_of_it(everything):
    held = [found for name, found in everything if name in ("held", "officer_asked")]
    assert len(held) == 2
    words = {"managers", "covering", "unsafe", "cladding", "court", "quiet", "going"}
    for arrived in held:
        assert not words & set(_words(arrived.part("plain") + arrived.part("html") + arrived.message["Subject"]))
    assert "officer@agency.example" in held[0].part("plain")
    assert not any("cladding" in found.part("plain") for _, found in everything)


def test_one_finding_is_called_one_finding(agency):
    agency.take_in(mail("Ring Sample Helper on 07700 900123 about the library van."))
    assert "somebody has to answer finding 1. You can do that" in agency.letter("draft_received").part("plain")


@pytest.mark.parametrize(
    ("after", "said"), [(1, "It goes out on Tuesday 1 December 2026, 9:05am."), (8, "Its time to publish had passed")]
)
def test_an_approval_says_when_it_goes_out(agency, after, said):
    slot = datetime(2026, 12, 1, 9, 5, tzinfo=UTC)
    post_id = make_post(
        agency.services, agency.people["author"], TEXT, publish_at=slot, publish_wall="2026-12-01T09:05"
    )
    with time_machine.travel(slot - timedelta(days=7) + timedelta(days=after), tick=True):
        make_decision(agency.services, agency.people["reviewer"], post_id)
        agency.run()
    assert said in agency.letter("decision").part("plain")
    assert ", goes out Tuesday 1 December 2026, 9:05am" in agency.letter("review_asked").message["Subject"]


def test_the_anchor_mail_saved_as_it_came_proves_the_record(busy, everything, tmp_path, monkeypatch):
    arrived = next(found for name, found in everything if name == "anchor")
    assert b"=3D" in arrived.raw  # encoded for its way, as text beyond ASCII makes it
    (tmp_path / "anchor.eml").write_bytes(arrived.raw)
    monkeypatch.setenv("TEABREAK_DATA", str(busy.services.settings.data))
    monkeypatch.setenv("TEABREAK_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    done = CliRunner().invoke(cli, ["record", "verify", "--anchor", str(tmp_path / "anchor.eml")])
    assert done.exit_code == 0, done.output
    assert "The record holds" in done.output
