"""The review in Chromium: posts in several states, at three widths, with and without scripts."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PIL import Image
from playwright.sync_api import expect

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Post, PublicationState
from workflow.publishing import door
from workflow.review.pictures import accept
from workflow.review.proposal import NewPicture, Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose

pytestmark = pytest.mark.browser

PERSONAL = (
    "Missing your bin lid? Ring Sample Helper on 07700 900123 or write to sample.helper@mail.example.\n\n"
    "I think the new timetable is the worst ever.\n#SampleBins https://www.agency.example/bins/and/a/long/address"
)
HELD = "Our managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet about it."


@pytest.fixture
def posts(services, people):
    """References of posts by state."""
    services.settings.whistleblowing_routes = "Sample monitoring officer, 01632 960000\nSample helpline"
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")
    return _Posts(services, people).make()


class _Posts:
    def __init__(self, services, people):
        self.services, self.people = services, people

    def make(self):
        soon = datetime.now(UTC) + timedelta(hours=20)
        author, reviewer = self.people["author"], self.people["reviewer"]
        found = make_post(
            self.services,
            author,
            PERSONAL,
            pictures=(self._picture(),),
            publish_at=soon,
            channels=("sample", "noticeboard"),
            note="Sample note: before Friday, please.",
            texts={"noticeboard": "Missing your bin lid? Ring 07700 900123."},
        )
        plain = make_post(self.services, author)
        asked = make_post(self.services, author, "Sample Pool opens at 7am.")
        make_decision(self.services, reviewer, asked, "ask for changes", [("respect", "Sample remark.")], "Say when.")
        self._revise(asked, "Sample Pool opens at 7am on Saturday.")
        failed, unsure = make_post(self.services, author), make_post(self.services, author)
        for post_id, state in ((failed, PublicationState.FAILED), (unsure, PublicationState.UNCONFIRMED)):
            make_decision(self.services, reviewer, post_id)
            self._end(post_id, state)
        with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
            late = make_post(self.services, author, publish_at=datetime.now(UTC) + timedelta(hours=1))
        make_decision(self.services, reviewer, late)
        held = make_post(self.services, author, HELD)
        with self.services.database.writing() as session:
            proposal = Proposal(text="Sample swimming.", channels=("sample",))
            checking = propose(session, author.as_actor(), proposal, origin="web").id
        names = ("found", "plain", "asked", "failed", "unsure", "late", "held", "checking")
        ids = (found, plain, asked, failed, unsure, late, held, checking)
        return {name: f"/posts/TB-{1000 + id_}" for name, id_ in zip(names, ids, strict=True)}

    def _picture(self):
        out = io.BytesIO()
        Image.new("RGB", (1200, 675), "#0b4a6f").save(out, "PNG")
        stored = accept(self.services.files, "poster.png", out.getvalue(), 10_000_000)
        values = {name: getattr(stored, name) for name in NewPicture.__dataclass_fields__}
        return NewPicture(**{**values, "alt_text": "Blue poster: ring 07700 900123 for a new lid."})

    def _revise(self, post_id, text):
        from workflow.jobs.worker import Worker

        with self.services.database.writing() as session:
            row = session.get_one(Post, post_id)
            proposal = Proposal(text=text, channels=("sample",))
            revise(session, self.people["author"].as_actor(), row, proposal, seen_digest=row.digest)
        Worker(self.services).run_until_idle()

    def _end(self, post_id, state):
        with self.services.database.writing() as session:
            row = session.get_one(Post, post_id)
            for publication in row.publications:
                door.fail(session, row, publication, state, "Sample: the account's password was refused.")


PAGES = [
    ("post-reviewer", "found", "", "reviewer"),
    ("post-author", "found", "", "author"),
    ("post-plain", "plain", "", "reviewer"),
    ("post-asked", "asked", "", "author"),
    ("post-revision", "asked", "/revisions/2", "reviewer"),
    ("post-failed", "failed", "", "publisher"),
    ("post-unsure", "unsure", "", "publisher"),
    ("post-late", "late", "", "publisher"),
    ("post-held", "held", "", "author"),
    ("post-checking", "checking", "", "author"),
]


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)  # what axe sees does not depend on the database
def test_pages_of_posts_are_accessible(open_page, people, posts, assert_accessible):
    for name, post, further, who in PAGES:
        assert_accessible(open_page(posts[post] + further, people[who]), name)
    for name, path, who in (("queue", "/queue", "reviewer"), ("home", "/", "reviewer"), ("home", "/", "author")):
        assert_accessible(open_page(path, people[who]), f"{name}-{who}-filled")


def test_a_reviewer_answers_and_decides_and_errors_lead_to_their_fields(open_page, people, posts, assert_accessible):
    page = open_page("/queue", people["reviewer"])
    page.get_by_role("link", name="Missing your bin lid?").click()
    page.get_by_label("Reject: it will not be published").check()
    page.get_by_role("button", name="Decide").click()
    page.wait_for_function("document.activeElement.className === 'govuk-error-summary'")
    assert_accessible(page, "post-errors")
    page.get_by_role("link", name="Choose at least one clause of the guide.").click()
    page.wait_for_function("wanted => document.activeElement.id === wanted", arg="decision-clauses")
    page.get_by_role("link", name="Write a sentence for the author").click()
    page.wait_for_function("wanted => document.activeElement.id === wanted", arg="decision-note")
    page.keyboard.type("Sample: leave out the number.")
    page.get_by_label("Never 3: ").check()
    page.get_by_label("A sentence on “Never 3” (optional)").fill("Sample: no consent.")
    page.get_by_role("button", name="Decide").click()
    page.wait_for_url(f"**{posts['found']}")
    expect(page.get_by_text("was rejected.")).to_be_visible()
    expect(page.get_by_text("Sample: no consent.")).to_be_visible()


@pytest.mark.parametrize("services", ["sqlite"], indirect=True)
def test_a_reviewer_who_is_late_or_has_an_old_version_is_told_so_accessibly(
    services, open_page, people, posts, assert_accessible
):
    stale, late = (open_page(posts[name], people["reviewer"]) for name in ("asked", "plain"))
    _Posts(services, people)._revise(int(posts["asked"][-4:]) - 1000, "Sample Pool opens at 8am on Sunday.")
    make_decision(services, people["second reviewer"], int(posts["plain"][-4:]) - 1000)
    for page, heading in ((stale, "was changed after you opened it"), (late, "is decided already")):
        page.get_by_label("Approve: publishes").check()
        page.get_by_label("Note to the author").fill("Sample words that must not be lost.")
        page.get_by_role("button", name="Decide").click()
        page.get_by_role("heading", level=1).filter(has_text=heading).wait_for()
        expect(page.get_by_text("Sample words that must not be lost.")).to_be_visible()
        assert_accessible(page, "post-" + heading.split()[-1])


def test_the_review_works_without_scripts(open_page, people, posts):
    page = open_page(posts["found"], people["reviewer"], scripts=False)
    page.get_by_role("link", name=re.compile(r"\[.finding 1\]")).first.click()
    expect(page).to_have_url(re.compile("#finding-1$"))
    numbers = page.locator(".finding").count()
    for number in range(1, numbers + 1):
        finding = page.locator(f"#finding-{number}")
        finding.locator("summary").click()
        finding.get_by_label("It is public already").check()
        finding.get_by_label("Why", exact=True).fill("Sample: it stands on our website.")
        finding.get_by_role("button", name="Keep this answer").click()
        expect(page.get_by_text(f"Your answer to finding {number} is kept.")).to_be_visible()
    page.get_by_label("Approve: publishes").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("was approved.")).to_be_visible()


def test_its_author_chooses_about_a_held_post_without_scripts(open_page, people, posts):
    page = open_page("/", people["author"], scripts=False)
    page.get_by_role("link", name="Our managers").click()
    page.get_by_role("button", name="Withdraw and delete").click()
    expect(page.get_by_role("alert").get_by_text("Tick the box")).to_be_visible()
    page.get_by_label("Delete it for good.").check()
    page.get_by_role("button", name="Withdraw and delete").click()
    expect(page.get_by_text("is withdrawn, and its words are deleted")).to_be_visible()
