"""A held post on the web: its author alone chooses, and nobody else sees a word or a trace."""

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_post
from workflow.models import Person, Post, Revision
from workflow.review.pictures import accept
from workflow.review.proposal import NewPicture

PLANTED = "zebrafinch"
TEXT = f"Our managers are covering up unsafe cladding at {PLANTED} Court and staff were told to keep quiet about it."
ROUTES = "Sample monitoring officer, 01632 960000\nSample helpline"


@pytest.fixture
def held(services, people):
    """The reference of a held post with a picture."""
    import io

    from PIL import Image

    services.settings.whistleblowing_routes = ROUTES
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "#0b4a6f").save(out, "PNG")
    stored = accept(services.files, "sample.png", out.getvalue(), 1_000_000)
    values = {name: getattr(stored, name) for name in NewPicture.__dataclass_fields__}
    picture = NewPicture(**{**values, "alt_text": f"A blue {PLANTED}."})
    with services.database.writing() as session:
        make_channel(session, services)
    ref = f"TB-{1000 + make_post(services, people['author'], TEXT, pictures=(picture,))}"
    assert _state(services, ref) == "held"
    return ref


def _state(services, ref):
    with services.database.reading() as session:
        return session.get_one(Post, int(ref[3:]) - 1000).state


def _choose(browser, ref, name, status=303, **more):
    return browser.post(f"/posts/{ref}/hold", {"form": name, "form_at": f"/posts/{ref}", **more}, status=status)


def test_its_author_reads_why_where_to_go_and_three_choices(sign_in, held):
    page = sign_in("author").get(f"/posts/{held}").soup
    said = page.main.get_text(" ")
    assert PLANTED in said
    assert "Only you can see this" in said
    assert "You have done nothing wrong" in said
    for route in ROUTES.splitlines():
        assert route in said
    buttons = [button.get_text(strip=True) for button in page.select("main form button")]
    assert buttons == [
        "Withdraw and delete",
        "Send it to the officer only",
        "It is not whistleblowing: go on to review",
    ]
    assert "Sample Officer" in said
    assert PLANTED not in page.title.string
    assert not page.select(".finding, .history, form[action$='/decision']")


def test_nobody_else_finds_a_trace(services, people, sign_in, held, capsys):
    capsys.readouterr()
    nothing = "Nothing waits for you"
    for who in people:
        if who == "author":
            continue
        browser = sign_in(who)
        browser.get(f"/posts/{held}", status=404)
        browser.get(f"/posts/{held}/revisions/1", status=404)
        home = browser.get("/").soup
        assert nothing in home.get_text()
        for name in ("hold-withdraw", "hold-officer", "hold-release"):
            _choose(browser, held, name, confirm="yes", status=404)
        for path in ("decision", "withdraw", "publish-now", "try-again", "findings/1/answer"):
            page = browser.post(f"/posts/{held}/{path}", {"form": "decision", "digest": "0" * 64}, status=404)
            assert PLANTED not in page.text
    assert held not in sign_in("reviewer").get("/queue").text
    assert PLANTED not in capsys.readouterr().out
    assert _state(services, held) == "held"


def test_withdrawn_for_good_words_and_files_are_gone(services, sign_in, held):
    browser = sign_in("author")
    files = [path for path in services.settings.files.rglob("*") if path.is_file()]
    assert files
    page = _choose(browser, held, "hold-withdraw", status=422).soup
    assert page.select_one(".govuk-error-summary a")["href"] == "#hold-withdraw-confirm"
    assert _state(services, held) == "held"
    done = _choose(browser, held, "hold-withdraw", confirm="yes")
    assert done.headers["Location"] == "/"
    assert _state(services, held) == "withdrawn"
    with services.database.reading() as session:
        assert session.scalars(sa.select(Revision.text)).all() == [""]
    assert not [path for path in files if path.exists()]
    page = browser.get(f"/posts/{held}").soup
    assert PLANTED not in page.get_text()
    assert "Only you can see this page" in page.get_text()
    for who in ("reviewer", "officer", "records officer"):
        sign_in(who).get(f"/posts/{held}", status=404)


def test_sent_to_the_officer_the_officer_reads_it_and_nobody_else(services, people, sign_in, held):
    browser = sign_in("author")
    page = browser.follow(_choose(browser, held, "hold-officer")).soup
    assert "You sent this to the whistleblowing officer" in page.get_text()
    assert not page.find(id="hold-officer-officer")
    officer = sign_in("officer")
    page = officer.get(f"/posts/{held}").soup
    assert PLANTED in page.get_text()
    assert not page.select("main form")
    assert f"/posts/{held}" in [link["href"] for link in officer.get("/").soup.select(".post-list a")]
    for who in people:
        if who not in ("author", "officer"):
            sign_in(who).get(f"/posts/{held}", status=404)
            assert held not in sign_in(who).get("/").text
    assert "Nothing waits for you" in browser.get("/").soup.get_text()


def test_without_an_officer_that_choice_says_so(services, sign_in, held):
    with services.database.writing() as session:
        session.scalars(sa.select(Person).where(Person.email == "officer@agency.example")).one().active = False
    browser = sign_in("author")
    page = browser.get(f"/posts/{held}").soup
    assert "has named no whistleblowing officer" in page.find(id="hold-officer-officer").parent.get_text()
    assert not page.find("button", string="Send it to the officer only")
    _choose(browser, held, "hold-officer", status=422)
    with services.database.reading() as session:
        assert session.get_one(Post, int(held[3:]) - 1000).sent_to_officer_at is None


def test_released_it_goes_to_review_and_the_record_of_it_says_only_that_it_was_held(services, sign_in, held):
    browser = sign_in("author")
    browser.follow(_choose(browser, held, "hold-release"))
    assert _state(services, held) == "in review"
    page = sign_in("reviewer").get(f"/posts/{held}").soup
    lines = " ".join(line.get_text() for line in page.select(".history li"))
    assert "Teabreak held it for its author to look at" in lines
    assert "go on to review" not in lines
    assert "let it go on to review" in browser.get(f"/posts/{held}").soup.select_one(".history").get_text()
    _choose(browser, held, "hold-officer", status=409)


def test_a_choice_that_is_none_is_refused(sign_in, held):
    _choose(sign_in("author"), held, "hold-publish", status=400)
