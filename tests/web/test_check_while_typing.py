"""POST /check: what the page asks while somebody types. Nothing of it is kept, stored or logged."""

import io

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from tests.factories import make_channel
from tests.web.test_propose import MARKED, fields_of, png, upload
from workflow.models.base import Base
from workflow.web import checking
from workflow.web.security import limiter

CONCERN = "Managers are covering up unsafe cladding and staff were told to keep quiet about the zebrafinch."


@pytest.fixture(autouse=True)
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "second")


@pytest.fixture
def author(sign_in):
    return sign_in("author")


def ask(browser, fields=(), *, status=200, token=None, **more):
    """As check.js asks: the session's token, the words, nothing else. The answer is a piece of a page."""
    data = {"csrf_token": browser.token() if token is None else token, **dict(fields)}
    response = browser.client.post("/check", data=data, headers={"Sec-Fetch-Site": "same-origin"}, **more)
    assert response.status_code == status, response.text[:500]
    response.soup = BeautifulSoup(response.text, "html.parser")
    return response


def everything(services):
    """All that stands in the database."""
    with services.database.reading() as session:
        return {name: session.execute(sa.select(table)).all() for name, table in Base.metadata.tables.items()}


def test_it_answers_with_the_findings_as_check_it_first_does(author):
    fields = {"text": MARKED, "own-text-second": "Ring 07700 900456.", "note": "All fine."}
    live = ask(author, fields).soup
    page = author.post("/posts/new", fields | {"channels": "second", "do": "check"}, status=200).soup.find(id="found")
    assert live.section["data-summary"] == "2 passages to look at"
    assert live.find("html") is None
    for words in (".passage", ".finding", "h3"):
        of_page = [each.get_text() for each in page.select(words)]
        assert [each.get_text() for each in live.select(words)] == of_page
        assert of_page
    assert "the words for Second" in live.get_text()


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("The library van stops at Sample Green on Thursday.", "Nothing to look at"),
        (MARKED, "1 passage to look at"),
        ("", "Nothing to look at"),
        ("a" * 100_001, "Part of it could not be checked"),
    ],
)
def test_it_says_how_much_there_is(author, text, summary):
    assert ask(author, {"text": text}).soup.section["data-summary"] == summary


def test_pictures_that_were_added_are_checked_as_far_as_they_are_without_looking_into_them(author):
    page = author.post("/posts/new", {"text": "Words.", "do": "add", **upload(("van.png", png()))}, status=200).soup
    fields = {name: values[0] for name, values in fields_of(page).items() if name.startswith("picture-")}
    answer = ask(author, {"text": "Words.", **fields, "picture-1-alt": "Ring 07700 900123."}).soup
    assert "the description of picture 1" in answer.get_text()
    assert answer.section["data-summary"] == "1 passage to look at"


def test_nothing_is_stored_and_nothing_logged(author, services, capfd, caplog):
    author.token()
    before, files = everything(services), sorted(services.files.root.rglob("*"))
    capfd.readouterr()
    with caplog.at_level(0):
        answer = ask(author, {"text": CONCERN, "note": CONCERN})
    assert "whistleblowing" in answer.soup.select_one(".finding__title a")["href"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert everything(services) == before
    assert sorted(services.files.root.rglob("*")) == files
    out, err = capfd.readouterr()
    assert "zebrafinch" not in out + err + caplog.text
    assert "zebrafinch" not in answer.headers.get("Set-Cookie", "")


def test_no_language_model_is_asked_before_somebody_sends(author, with_model):
    ask(author, {"text": MARKED})
    author.post("/posts/new", {"text": MARKED, "do": "check"}, status=422)
    author.post("/posts/new", {"text": MARKED, "do": "save"})
    assert with_model.asked == []


def test_a_file_is_not_taken_here(author, services):
    files = sorted(services.files.root.rglob("*"))
    ask(author, {"text": "Words.", "pictures": (io.BytesIO(png()), "van.png")}, status=400)
    assert sorted(services.files.root.rglob("*")) == files


def test_signed_out_it_asks_to_sign_in_and_gives_no_words_back(browser):
    answer = ask(browser, {"text": CONCERN}, status=401)
    assert "zebrafinch" not in answer.text


def test_without_the_token_of_the_session_nothing_is_checked(author):
    answer = ask(author, {"text": CONCERN}, token="another", status=400)
    assert "zebrafinch" not in answer.text
    assert answer.soup.find(attrs={"data-summary": True}) is None


def test_who_may_not_propose_may_not_ask(sign_in):
    ask(sign_in("records officer"), {"text": "Words."}, status=403)


def test_it_is_no_page_to_get(author):
    author.get("/check", status=405)


def test_more_than_it_reads_is_refused_before_it_is_read(author):
    ask(author, {"text": "a" * (checking.LONGEST_REQUEST + 1)}, status=413)


def test_each_person_asks_so_often_and_no_more(author, sign_in, monkeypatch):
    limiter.reset()
    monkeypatch.setattr(checking, "TIMES_A_PERSON", "2 per hour")
    other = sign_in("second author")
    for status in (200, 200, 429):
        ask(author, {"text": "Words."}, status=status)
    ask(other, {"text": "Words."})
    limiter.reset()
    ask(author, {"text": "Words."})
    limiter.reset()


def test_own_words_of_a_channel_that_is_gone_are_passed_over(author):
    assert ask(author, {"text": "Words.", "own-text-none": MARKED}).soup.section["data-summary"] == "Nothing to look at"
    ask(author, {"text": "Words.", "own-text-\0": MARKED})


def test_the_form_works_without_scripts_as_before(author):
    page = author.get("/posts/new").soup
    place = page.select_one("[data-check-at]")
    assert (place["data-check-at"], place.has_attr("hidden"), place.get_text(strip=True)) == ("/check", True, "")
    assert "Check it first" in [button.get_text(strip=True) for button in page.select("button[value=check]")]
