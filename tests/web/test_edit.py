"""Changing a post: drafts, approvals that are dropped, two people at once, and who may."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.factories import make_channel, make_decision, make_post
from tests.web.test_propose import errors_of, fields_of, png, upload
from workflow.models import Post
from workflow.models.database import Database
from workflow.models.post import id_of, reference_of
from workflow.record import entries_of
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose
from workflow.states import State

WORDS = "The library van stops at Sample Green on Thursday."
MINE = "The van stops on Monday."
HELD = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."


@pytest.fixture(autouse=True)
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services)


@pytest.fixture
def draft(services, people):
    """The address of a draft's form."""
    with services.database.writing() as session:
        proposal = Proposal(text="Half a thou", channels=("sample",))
        post = propose(session, people["author"].as_actor(), proposal, origin="web", save_only=True)
        return f"/posts/{post.ref}/edit"


@pytest.fixture
def in_review(services, people):
    """The address of the form of a post that is in review."""
    return f"/posts/{reference_of(make_post(services, people['author'], WORDS, note='As it was'))}/edit"


def of(services, address):
    """(state, number of revisions, text, note, whether it is approved)."""
    with services.database.reading() as session:
        post = session.get_one(Post, id_of(address.split("/")[2]))
        return post.state, post.current, post.revision.text, post.revision.note, post.approved_digest is not None


def checked(services):
    from workflow.jobs.worker import Worker

    Worker(services).run_until_idle()


def test_a_draft_is_saved_again_and_again_and_then_sent(services, sign_in, draft):
    browser = sign_in("author")
    page = browser.get(draft).soup
    assert [button.get_text(strip=True) for button in page.select("form .govuk-button-group button")] == [
        "Send for review",
        "Check it first",
        "Save draft",
    ]
    fields = fields_of(page) | {"text": "Half a thought", "do": "save"}
    saved = browser.post(draft, fields)
    assert saved.headers["Location"] == draft
    assert of(services, draft)[:3] == ("draft", 2, "Half a thought")
    page = browser.follow(saved).soup
    sent = browser.post(draft, fields_of(page) | {"text": "A whole thought.", "do": "send"})
    assert of(services, draft)[:3] == ("checking", 3, "A whole thought.")
    assert sent.headers["Location"] == draft.removesuffix("/edit")


def test_a_draft_is_sent_as_it_stands(services, sign_in, draft):
    browser = sign_in("author")
    browser.post(draft, fields_of(browser.get(draft).soup) | {"do": "send"})
    assert of(services, draft)[:3] == ("checking", 1, "Half a thou")


def test_an_unfinished_draft_is_not_sent_and_keeps_what_it_was(services, sign_in, draft):
    browser = sign_in("author")
    fields = fields_of(browser.get(draft).soup) | {"text": "", "do": "send"}
    page = browser.post(draft, fields, status=422).soup
    assert errors_of(page) == {"text": "Enter the text of the post."}
    assert of(services, draft)[:3] == ("draft", 1, "Half a thou")
    browser.post(draft, fields_of(page) | {"do": "save"})
    assert of(services, draft)[:3] == ("draft", 2, "")


def test_saving_without_a_change_saves_nothing(services, sign_in, in_review):
    browser = sign_in("author")
    page = browser.get(in_review).soup
    done = browser.post(in_review, fields_of(page) | {"text": WORDS + "\r\n\r\n", "do": "send"})
    assert "Nothing in TB-1001 changed" in browser.follow(done).soup.select_one(".govuk-notification-banner").get_text()
    assert of(services, in_review)[:2] == ("in review", 1)


def test_a_changed_note_is_checked_too_and_stands_in_the_record(services, people, sign_in, in_review):
    browser = sign_in("author")
    make_decision(services, people["reviewer"], id_of(in_review.split("/")[2]))
    fields = fields_of(browser.get(in_review).soup)
    done = browser.post(in_review, fields | {"note": f"As it is. {HELD}", "do": "send"})
    assert "The approval is dropped" in browser.follow(done).soup.select_one(".govuk-notification-banner").get_text()
    assert of(services, in_review) == ("checking", 2, WORDS, f"As it is. {HELD}", False)
    checked(services)
    assert of(services, in_review)[0] == "held"
    sign_in("reviewer").get(in_review.removesuffix("/edit"), status=404)
    with services.database.reading() as session:
        actions = [entry.action for entry in entries_of(session, in_review.split("/")[2])]
    assert actions[-2:] == ["revised", "held"]


def test_another_reason_why_a_picture_is_decorative_is_checked_too(services, sign_in, in_review):
    browser = sign_in("author")
    fields = fields_of(browser.get(in_review).soup) | {"do": "add", **upload(("a.png", png()))}
    page = browser.post(in_review, fields, status=200)
    fields = fields_of(page.soup) | {"picture-1-decorative": "It is a line", "do": "send"}
    browser.post(in_review, fields)
    checked(services)
    assert of(services, in_review)[:2] == ("in review", 2)
    browser.post(in_review, fields_of(browser.get(in_review).soup) | {"picture-1-decorative": HELD, "do": "send"})
    assert of(services, in_review)[:2] == ("checking", 3)
    checked(services)
    assert of(services, in_review)[0] == "held"
    page = browser.get(in_review.removesuffix("/edit")).soup
    assert HELD in page.main.get_text()
    sign_in("reviewer").get(in_review.removesuffix("/edit"), status=404)


def test_a_changed_post_is_checked_and_reviewed_again(services, sign_in, in_review):
    browser = sign_in("author")
    done = browser.post(in_review, fields_of(browser.get(in_review).soup) | {"text": "Friday.", "do": "send"})
    assert of(services, in_review)[:3] == ("checking", 2, "Friday.")
    assert "checked again" in browser.follow(done).soup.select_one(".govuk-notification-banner").get_text()


def test_whoever_changes_an_approved_post_is_told_that_the_approval_goes(services, people, sign_in, in_review):
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=30)
    post_id = make_post(services, people["author"], publish_at=later.replace(second=0, microsecond=0))
    address = f"/posts/{reference_of(post_id)}/edit"
    browser = sign_in("author")
    assert "approval is dropped" not in browser.get(address).soup.main.get_text()
    make_decision(services, people["reviewer"], post_id)
    page = browser.get(address).soup
    assert "approval is dropped" in page.select_one(".govuk-warning-text").get_text()
    browser.post(address, fields_of(page) | {"do": "send"})  # no change, to the minute
    assert of(services, address)[4]
    done = browser.post(address, fields_of(page) | {"text": "Other words", "do": "send"})
    assert "approval is dropped" in browser.follow(done).soup.select_one(".govuk-notification-banner").get_text()
    assert of(services, address) == ("checking", 2, "Other words", "", False)


def test_two_tabs_on_the_same_post_lose_nothing_and_see_what_the_other_did(services, sign_in, in_review):
    one, two = sign_in("author"), sign_in("author")
    first, second = fields_of(one.get(in_review).soup), fields_of(two.get(in_review).soup)
    one.post(in_review, first | {"text": WORDS.replace("Thursday", "Friday"), "do": "send"})
    checked(services)
    page = two.post(in_review, second | {"text": MINE, "do": "send"}, status=409).soup
    assert of(services, in_review)[2] == WORDS.replace("Thursday", "Friday")
    assert "changed after you opened it" in page.main.get_text()
    assert [part.get_text() for part in page.select(".difference ins")] == ["[added: Friday]"]
    fields = fields_of(page)
    assert fields["text"] == [MINE]
    two.post(in_review, fields | {"do": "send"})  # having seen it
    assert of(services, in_review)[:3] == ("checking", 3, MINE)


def test_two_tabs_on_the_same_draft(services, sign_in, draft):
    one, two = sign_in("author"), sign_in("author")
    fields = fields_of(one.get(draft).soup)
    one.post(draft, fields | {"text": "One", "do": "save"})
    # That it was changed comes before what is wrong with the words.
    assert not errors_of(two.post(draft, fields | {"text": "Two\x00", "do": "save"}, status=409).soup)
    page = two.post(draft, fields | {"text": "Two", "do": "save"}, status=409).soup
    assert fields_of(page)["text"] == ["Two"]
    two.post(draft, fields_of(page) | {"do": "save"})
    assert of(services, draft)[:3] == ("draft", 3, "Two")


@pytest.mark.parametrize("digest", ["", "0" * 64, "<x>"])
def test_a_form_that_does_not_know_what_it_changes_changes_nothing(services, sign_in, in_review, digest):
    browser = sign_in("author")
    fields = fields_of(browser.get(in_review).soup) | {"digest": digest, "text": "Other", "do": "send"}
    page = browser.post(in_review, fields, status=409).soup
    assert WORDS in page.select_one(".typed--framed").get_text()
    assert of(services, in_review)[:3] == ("in review", 1, WORDS)


def test_a_reviewer_who_changes_a_post_is_told_that_somebody_else_decides(services, sign_in, in_review):
    browser = sign_in("reviewer")
    page = browser.get(in_review).soup
    assert "somebody else has to" in page.select_one(".govuk-inset-text").get_text()
    browser.post(in_review, fields_of(page) | {"text": "Friday.", "do": "send"})
    assert of(services, in_review)[:3] == ("checking", 2, "Friday.")


def test_a_reviewer_whose_post_is_being_checked_meanwhile_keeps_what_they_typed(services, sign_in, in_review):
    reviewer, author = sign_in("reviewer"), sign_in("author")
    fields = fields_of(reviewer.get(in_review).soup) | {"text": "A reviewer’s long work", "do": "send"}
    author.post(in_review, fields_of(author.get(in_review).soup) | {"text": "Not for others yet", "do": "send"})
    page = reviewer.post(in_review, fields, status=409).soup
    assert "A reviewer’s long work" in page.main.get_text()
    assert "Not for others yet" not in page.get_text()
    assert of(services, in_review)[2] == "Not for others yet"


@pytest.mark.parametrize(
    ("who", "status"), [("second author", 404), ("administrator", 404), ("publisher", 403), ("records officer", 403)]
)
def test_who_may_not_change_it_cannot(services, sign_in, in_review, who, status):
    browser = sign_in(who)
    page = browser.get(in_review, status=status).soup
    assert WORDS not in page.get_text()
    fields = {"text": "Mine now", "channels": "sample", "when": "approval", "do": "send", "digest": "x"}
    browser.post(in_review, fields, status=status)
    assert of(services, in_review)[:3] == ("in review", 1, WORDS)


@pytest.mark.parametrize(
    "who", ["reviewer", "second author", "publisher", "records officer", "administrator", "officer"]
)
def test_a_draft_and_a_held_post_look_to_others_as_if_they_were_not_there(services, people, sign_in, draft, who):
    held = f"/posts/{reference_of(make_post(services, people['author'], HELD))}/edit"
    assert of(services, held)[0] == State.HELD
    browser = sign_in(who)
    none = browser.get("/posts/TB-9999/edit", status=404).soup.main.get_text()
    for address in (draft, held):
        assert browser.get(address, status=404).soup.main.get_text() == none
        browser.post(address, {"text": "x", "do": "send"}, status=404)


def test_a_held_post_cannot_be_changed_and_its_author_is_told_what_they_can_do(services, people, sign_in):
    address = f"/posts/{reference_of(make_post(services, people['author'], HELD))}/edit"
    browser = sign_in("author")
    for page in (
        browser.get(address, status=409).soup,
        browser.post(address, {"text": "Softer words", "form_at": address, "do": "send"}, status=409).soup,
    ):
        assert "This post is held" in page.main.get_text()
    assert "Softer words" in page.main.get_text()  # kept, to copy
    assert of(services, address)[:3] == ("held", 1, HELD)


def test_a_post_that_is_rejected_or_gone_cannot_be_changed(services, people, sign_in, in_review):
    browser = sign_in("author")
    fields = fields_of(browser.get(in_review).soup)
    post_id = id_of(in_review.split("/")[2])
    make_decision(services, people["reviewer"], post_id, "reject", [("personal-opinion", "")], "Not ours to say.")
    assert "“rejected”" in browser.get(in_review, status=409).soup.main.get_text()
    page = browser.post(in_review, fields | {"text": "Long work of mine", "do": "send"}, status=409).soup
    assert "Long work of mine" in page.main.get_text()
    assert of(services, in_review)[:2] == ("rejected", 1)


def test_pictures_of_the_revision_stand_in_the_form_and_can_be_described_anew(services, people, sign_in, draft):
    browser = sign_in("author")
    fields = fields_of(browser.get(draft).soup) | {"do": "save", **upload(("a.png", png()), ("b.png", png("red")))}
    page = browser.follow(browser.post(draft, fields)).soup
    fields = fields_of(page)
    assert len(page.select(".picture-fields")) == 2
    assert browser.get(page.select_one(".picture-fields img")["src"]).mimetype == "image/png"
    fields |= {"picture-1-alt": "A blue box", "picture-2-decorative": "it is a line", "do": "send"}
    browser.post(draft, fields)
    with services.database.reading() as session:
        pictures = session.get_one(Post, id_of(draft.split("/")[2])).revision.pictures
        assert [(p.name, p.alt_text, p.decorative_because) for p in pictures] == [
            ("a.png", "A blue box", ""),
            ("b.png", "", "it is a line"),
        ]


def test_adding_a_picture_and_checking_first_change_nothing(services, sign_in, in_review):
    browser = sign_in("author")
    fields = fields_of(browser.get(in_review).soup)
    page = browser.post(in_review, fields | {"do": "add", **upload(("a.png", png()))}, status=200).soup
    page = browser.post(in_review, fields_of(page) | {"text": "Ring 07700 900123", "do": "check"}, status=422).soup
    assert list(errors_of(page)) == ["picture-1-alt"]
    assert page.select_one("mark").get_text() == "07700 900123"
    assert of(services, in_review)[:3] == ("in review", 1, WORDS)


def test_a_channel_that_is_not_mine_stays_where_the_post_has_it(app, services, people, in_review):
    from tests.web.conftest import Browser
    from workflow.models import RoleGrant

    with services.database.writing() as session:
        make_channel(session, services, "museum")
        grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == people["author"].id)).one()
        session.delete(grant)
        session.add(RoleGrant(person_id=people["author"].id, role="author", channel_id="museum"))
    browser = Browser(app.test_client()).sign_in(people["author"])
    page = browser.get(in_review).soup
    assert [(box["value"], box.has_attr("checked")) for box in page.select("input[name=channels]")] == [
        ("museum", False),
        ("sample", True),
    ]
    browser.post(in_review, fields_of(page) | {"text": "Friday.", "do": "send"})
    assert of(services, in_review)[2] == "Friday."


def test_own_words_and_time_stand_in_the_form_again(services, people, sign_in):
    from datetime import UTC, datetime

    with services.database.writing() as session:
        make_channel(session, services, "museum")
        proposal = Proposal(
            text=WORDS,
            channels=("sample", "museum"),
            texts={"museum": "Other words"},
            publish_at=datetime(2097, 10, 27, 1, 30, tzinfo=UTC),  # the second half past one of that night
        )
        ref = propose(session, people["author"].as_actor(), proposal, origin="web", save_only=True).ref
    browser = sign_in("author")
    fields = fields_of(browser.get(f"/posts/{ref}/edit").soup)
    assert fields["own-text-museum"] == ["Other words"]
    assert [fields[f"publish_at-{part}"][0] for part in ("day", "month", "year", "time")] == [
        "27",
        "10",
        "2097",
        "1:30am",
    ]
    assert fields["publish_at-which"] == ["second"]
    browser.post(f"/posts/{ref}/edit", fields | {"do": "save"})
    assert of(services, f"/posts/{ref}/edit")[1] == 1  # unchanged


def test_with_the_database_away_the_words_are_on_the_page(services, sign_in, draft, monkeypatch):
    browser = sign_in("author")
    fields = fields_of(browser.get(draft).soup) | {"text": "Long work of mine", "do": "save"}
    token = browser.token()

    def away(*_):
        raise OperationalError("update", {}, Exception("sample: disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", away)
        page = browser.post(draft, fields, token=token, status=503).soup
    kept = page.find("input", attrs={"name": "kept"})["value"]
    page = browser.post("/form-again", {"kept": kept}, status=200).soup
    assert fields_of(page)["text"] == ["Long work of mine"]
    browser.post(draft, fields_of(page) | {"do": "save"})
    assert of(services, draft)[2] == "Long work of mine"


def test_a_session_that_ends_while_somebody_changes_a_draft_gives_the_form_back(services, people, sign_in, draft):
    from tests.factories import PASSWORD

    browser = sign_in("author")
    fields = fields_of(browser.get(draft).soup) | {"text": "Long work of mine", "do": "save"}
    browser.client.delete_cookie("teabreak")
    kept = browser.post(draft, fields, status=401).soup.find("input", attrs={"name": "kept"})["value"]
    with services.database.writing() as session:  # changed meanwhile, so that the kept digest is an old one
        post = session.get_one(Post, id_of(draft.split("/")[2]))
        revise(session, people["author"].as_actor(), post, Proposal(text="Other"), seen_digest=post.digest)
    answer = {"email": people["author"].email, "password": PASSWORD, "kept": kept}
    page = browser.post("/sign-in", answer, status=200).soup
    assert fields_of(page)["text"] == ["Long work of mine"]
    page = browser.post(draft, fields_of(page) | {"do": "save"}, status=409).soup
    assert "Other" in page.select_one(".difference").get_text()
