"""A draft can be deleted by its author, with everything it said, and its page says afterwards what became of it."""

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_post
from workflow.models import Post, Revision
from workflow.review.proposal import Proposal
from workflow.review.submit import propose

WORDS = "An unfinished zebrafinch"


@pytest.fixture
def draft(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
        proposal = Proposal(text=WORDS, channels=("sample",))
        return propose(session, people["author"].as_actor(), proposal, origin="web", save_only=True).ref


def delete(browser, ref, status=303, **fields):
    return browser.post(f"/posts/{ref}/delete", {"form": "delete", "form_at": f"/posts/{ref}", **fields}, status=status)


def texts(services):
    with services.database.reading() as session:
        return session.scalars(sa.select(Revision.text)).all()


def test_a_draft_is_deleted_from_its_page_once_that_is_confirmed(services, sign_in, draft):
    browser = sign_in("author")
    link = browser.get(f"/posts/{draft}/edit").soup.find("a", string="Delete this draft")
    assert link["href"] == f"/posts/{draft}#delete-draft"
    page = browser.get(f"/posts/{draft}").soup
    assert page.find(id="delete-draft").get_text() == "Delete this draft"
    assert not page.find("form", action=f"/posts/{draft}/withdraw")  # it would keep the words
    page = delete(browser, draft, status=422).soup
    assert page.select_one(".govuk-error-summary a")["href"] == "#delete-confirm"
    assert texts(services) == [WORDS]
    page = browser.follow(delete(browser, draft, confirm="yes")).soup
    assert f"The draft {draft} is deleted." in page.get_text()
    assert texts(services) == [""]


def test_what_was_deleted_says_so_and_shows_neither_check_nor_counts(services, sign_in, draft):
    browser = sign_in("author")
    delete(browser, draft, confirm="yes")
    for address in (f"/posts/{draft}", f"/posts/{draft}/revisions/1"):
        said = browser.get(address).soup.main.get_text(" ")
        assert "was withdrawn" in said
        assert "deleted" in said
        assert "The check" not in said
        assert "characters" not in said
        assert "no words here" not in said


def test_nobody_else_deletes_it(services, people, sign_in, draft):
    for who in people:
        if who != "author":
            delete(sign_in(who), draft, confirm="yes", status=404)
    assert texts(services) == [WORDS]


def test_what_was_sent_is_not_deleted_so(services, people, sign_in, draft):
    ref = f"TB-{1000 + make_post(services, people['author'])}"
    browser = sign_in("author")
    assert not browser.get(f"/posts/{ref}").soup.find(id="delete-draft")
    assert not browser.get(f"/posts/{ref}/edit").soup.find("a", string="Delete this draft")
    delete(browser, ref, confirm="yes", status=409)
    with services.database.reading() as session:
        assert session.get_one(Post, int(ref[3:]) - 1000).state == "in review"
