"""From a draft to a published post, on real parts: Chromium, Dovecot, SMTP, a Bluesky server, both databases."""

import re
import time
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from pydantic import SecretStr

from tests.browser.conftest import PATIENCE
from tests.factories import PASSWORD, make_people
from workflow import record
from workflow.commands.serve import address_of, bound, running
from workflow.models import Publication, RecordEntry
from workflow.review.audit import publications_without_approval
from workflow.review.channels import save_channel
from workflow.roles import SYSTEM
from workflow.settings import MailIn, MailOut

pytestmark = [pytest.mark.browser, pytest.mark.dovecot, pytest.mark.bluesky, pytest.mark.slow]

SUBMIT_TO = "social@agency.example"
GOOD = (
    "Tree planting 🌳 at Sample Green, 10am Saturday – bring a spade.\n"
    "Mae croeso i bawb! https://www.agency.example/trees #TreePlanting"
)
BAD = "Missing your bin lid? Ring Sample Helper at home on 07700 900123."


@pytest.fixture
def agency(services, dovecot, smtp, bluesky_account):
    """A running agency: its people, and the address of its pages."""
    user, password = dovecot.user("submissions")
    settings = services.settings
    settings.mail_in = [
        MailIn(
            address=SUBMIT_TO,
            host=dovecot.host,
            port=dovecot.port,
            tls=False,
            user=user,
            password=SecretStr(password),
        )
    ]
    settings.mail_out = MailOut(host=smtp.host, port=smtp.port, starttls=False, sender=f"Teabreak <{SUBMIT_TO}>")
    with services.database.writing() as session:
        people = make_people(session)
        save_channel(
            session,
            SYSTEM,
            id_="bluesky",
            network="bluesky",
            name="Bluesky",
            handle=bluesky_account.handle,
            service_url=bluesky_account.url,
            secret=bluesky_account.app_password,
            secret_key=settings.secret_key.get_secret_value(),
        )
    with bound("127.0.0.1", 0) as listener:
        settings.public_url = address_of(listener)
        with running(services, listener):
            yield people


@pytest.fixture
def signed_in(services, agency, chromium):
    """`signed_in("author")`: a page of Chromium, signed in as that person."""
    contexts = []

    def open_page(who):
        contexts.append(chromium.new_context(base_url=services.settings.public_url))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.goto("/sign-in")
        page.get_by_label("Email address").fill(agency[who].email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def wait_for(found, what, seconds=60):
    """What `found()` gives, once it gives something."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} seconds"
        time.sleep(0.1)
    return value


def in_the_queue(page, words):
    """Opens the post with those words from the queue, once it is there."""

    def listed():
        page.goto("/queue")
        link = page.get_by_role("link", name=words)
        return link if link.count() else None

    wait_for(listed, f"“{words}” in the queue").click()
    page.wait_for_url(re.compile(r"/posts/TB-\d+$"))
    return page.url.rpartition("/")[2]


def subjects(smtp, person):
    return [mail.message["Subject"] for mail in smtp.to(person.email)]


def test_from_a_draft_to_a_published_post(services, agency, signed_in, dovecot, smtp, bluesky_account):
    author, mailer, reviewer = agency["author"], agency["second author"], agency["reviewer"]

    # Chromium as the author proposes a post.
    page = signed_in("author")
    page.goto("/posts/new")
    page.get_by_label("Text", exact=True).fill(GOOD)
    page.get_by_label("Bluesky").check()
    page.get_by_label("As soon as it is approved").check()
    page.get_by_role("button", name="Send for review").click()
    page.wait_for_url(re.compile(r"/posts/TB-\d+$"))

    # Separately, a mail is delivered to Dovecot.
    draft = EmailMessage()
    draft["From"], draft["To"], draft["Subject"] = f"Sample Mailer <{mailer.email}>", SUBMIT_TO, "Bin lids"
    draft["Message-ID"] = "<sample-draft@mail.agency.example>"
    draft.set_content(f"{BAD}\n\n-- \nSample Mailer\nSample Agency, 01632 960000\n")
    dovecot.deliver_by_lmtp("submissions", draft.as_bytes(), mailer.email)

    # Chromium as the reviewer sees both annotated.
    page = signed_in("reviewer")
    bad_ref = in_the_queue(page, "Missing your bin lid?")
    expect(page.locator("mark, .passage").get_by_text("07700 900123").first).to_be_visible()
    expect(page.locator("#finding-1").get_by_role("link", name=re.compile("^Never 3"))).to_be_visible()
    expect(page.get_by_text("01632 960000")).to_have_count(0)

    # The reviewer rejects one, citing a clause ...
    page.get_by_label("Reject").check()
    page.get_by_role("group", name=re.compile("clauses", re.IGNORECASE)).get_by_label("Never 3: ").check()
    page.get_by_label("Note to the author").fill("A private number. Use the switchboard's.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(f"{bad_ref} was rejected.")).to_be_visible()

    # ... and approves the other.
    good_ref = in_the_queue(page, "Tree planting")
    page.get_by_label("Approve: publishes at once on Bluesky").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(f"{good_ref} was approved.")).to_be_visible()

    # The decision mails arrive, with the clause's words, in the thread of the draft.
    refused = wait_for(
        lambda: [m for m in smtp.to(mailer.email) if m.message["Subject"] == f"{bad_ref} is rejected"], "the refusal"
    )[0]
    assert refused.message["In-Reply-To"] == "<sample-draft@mail.agency.example>"
    for kind in ("plain", "html"):
        assert "Never 3" in refused.part(kind)
        assert "A private number." in refused.part(kind)
    wait_for(lambda: f"{good_ref} is approved" in subjects(smtp, author), "the approval's mail")
    wait_for(lambda: f"{good_ref} is published on Bluesky" in subjects(smtp, author), "the publication's mail")

    # The approved one stands on the real server, byte for byte, once; the rejected one does not.
    assert [record_["value"]["text"] for record_ in bluesky_account.records()] == [GOOD]
    page.goto(f"/posts/{good_ref}")
    expect(page.get_by_text("Published", exact=True).first).to_be_visible()
    history = page.locator(".history")
    expect(history.get_by_text(f"Teabreak asked {reviewer.name} by mail to decide.")).to_be_visible()
    expect(history.get_by_text(f"Teabreak mailed {author.name} the decision.")).to_be_visible()

    # Nobody was told twice, and the record verifies.
    for person in (author, mailer, reviewer):
        assert len(set(subjects(smtp, person))) == len(subjects(smtp, person)), subjects(smtp, person)
    with services.database.reading() as session:
        assert record.verify(session).problems == []
        assert publications_without_approval(session) == []
        assert [row.state for row in session.scalars(sa.select(Publication))] == ["published"]
        said = session.scalars(sa.select(RecordEntry.action).where(RecordEntry.object == good_ref)).all()
    steps = ["submitted", "checked", "approved", "scheduled", "publishing started", "published"]
    assert [action for action in said if action in steps] == steps
