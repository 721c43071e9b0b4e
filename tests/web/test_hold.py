"""A held post on the web: its author alone chooses, and nobody else sees a word or a trace."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_decision, make_post
from tests.web.test_propose import fields_of, png
from workflow.jobs.worker import Worker
from workflow.models import Person, Post, Revision, RoleGrant
from workflow.review.pictures import accept
from workflow.review.proposal import NewPicture
from workflow.roles import Role

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
    Worker(services).run_until_idle()
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


ORDINARY = "The library van stops at Sample Green on Thursday."


def _post(services, ref):
    with services.database.reading() as session:
        post = session.get_one(Post, int(ref[3:]) - 1000)
        assert all(row.pictures is not None for row in post.revisions)
        session.expunge_all()
        return post


def _revise(services, browser, ref, **fields):
    address = f"/posts/{ref}/edit"
    browser.post(address, fields_of(browser.get(address).soup) | {"do": "send", **fields})


@pytest.fixture
def decided_then_held(services, people, sign_in, held):
    """A post whose first revision a reviewer decided on, and whose second one is held."""
    ref = f"TB-{1000 + make_post(services, people['author'], ORDINARY, note='Sample note')}"
    note = "Please say which entrance."
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000, "ask for changes", [("respect", "")], note)
    _revise(services, sign_in("author"), ref, text=TEXT, note=f"About the {PLANTED}")
    Worker(services).run_until_idle()
    assert _state(services, ref) == "held"
    return ref


def _what_others_see_after(services, sign_in, ref):
    """What stays for the reviewer after the author took the second revision back."""
    Worker(services).run_until_idle()
    assert _state(services, ref) == "withdrawn"
    reviewer = sign_in("reviewer")
    page = reviewer.get(f"/posts/{ref}")
    assert ORDINARY in page.text
    assert "Please say which entrance." in page.text
    assert PLANTED not in page.text
    history = page.soup.select_one(".history").get_text()
    assert "withdrew it" in history
    assert "revision 2" not in history
    assert "held it" not in history
    assert "revisions/2" not in page.text
    assert ORDINARY in reviewer.get(f"/posts/{ref}/revisions/1").text
    reviewer.get(f"/posts/{ref}/revisions/2", status=404)
    sign_in("officer").get(f"/posts/{ref}", status=404)
    assert _post(services, ref).revisions[0].text == ORDINARY


def test_deleted_for_good_what_a_reviewer_had_decided_on_stays(services, sign_in, decided_then_held):
    browser = sign_in("author")
    _choose(browser, decided_then_held, "hold-withdraw", confirm="yes")
    _what_others_see_after(services, sign_in, decided_then_held)
    second = _post(services, decided_then_held).revisions[1]
    assert (second.text, second.note) == ("", "")
    assert PLANTED not in browser.get(f"/posts/{decided_then_held}").text
    assert PLANTED not in browser.get(f"/posts/{decided_then_held}/revisions/2").text.replace("removed", "")


def test_taken_back_while_held_it_stays_its_authors_alone(services, sign_in, decided_then_held):
    browser = sign_in("author")
    browser.post(f"/posts/{decided_then_held}/withdraw", {"form": "withdraw"})
    _what_others_see_after(services, sign_in, decided_then_held)
    assert TEXT in browser.get(f"/posts/{decided_then_held}/revisions/2").soup.get_text()


def test_taken_back_while_it_is_checked_it_stays_its_authors_alone(services, people, sign_in, held):
    ref = f"TB-{1000 + make_post(services, people['author'], ORDINARY)}"
    note = "Please say which entrance."
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000, "ask for changes", [("respect", "")], note)
    browser = sign_in("author")
    _revise(services, browser, ref, text=TEXT)
    assert _state(services, ref) == "checking"
    browser.post(f"/posts/{ref}/withdraw", {"form": "withdraw"})
    _what_others_see_after(services, sign_in, ref)


def test_taken_back_before_anybody_saw_any_of_it_nobody_ever_does(services, sign_in, held):
    sign_in("author").post(f"/posts/{held}/withdraw", {"form": "withdraw"})
    for who in ("reviewer", "officer", "records officer"):
        sign_in(who).get(f"/posts/{held}", status=404)


@pytest.mark.parametrize("name", ["hold-withdraw", "hold-release", "hold-officer"])
def test_what_was_sent_to_the_officer_can_be_neither_deleted_nor_sent_on(services, sign_in, held, name):
    browser = sign_in("author")
    page = browser.follow(_choose(browser, held, "hold-officer")).soup
    assert "Ask the officer what happens next" in " ".join(page.get_text().split())
    assert not page.select("main form")
    refused = _choose(browser, held, name, confirm="yes", status=403)
    assert "Ask the officer what happens next" in " ".join(refused.soup.get_text().split())
    browser.post(f"/posts/{held}/withdraw", {"form": "withdraw"}, status=403)
    assert _state(services, held) == "held"
    assert PLANTED in sign_in("officer").get(f"/posts/{held}").soup.main.get_text()


def test_the_files_are_removed_by_a_job_that_is_queued_with_the_deletion(services, people, sign_in, held):
    (picture,) = _post(services, held).revision.pictures
    make_post(services, people["second author"], ORDINARY, pictures=(_another(services),))
    alone = services.files.path(picture.sha256)
    _choose(sign_in("author"), held, "hold-withdraw", confirm="yes")
    assert alone.exists()  # the web process may die here: the job stands in the same transaction
    Worker(services).run_until_idle()
    assert not alone.exists()
    (kept,) = _post(services, "TB-1002").revision.pictures
    assert services.files.has(kept.sha256)


def test_a_picture_that_another_post_has_too_stays(services, people, sign_in, held):
    (picture,) = _post(services, held).revision.pictures
    fields = {name: getattr(picture, name) for name in NewPicture.__dataclass_fields__}
    shared = NewPicture(**{**fields, "alt_text": "A blue box"})
    make_post(services, people["second author"], ORDINARY, pictures=(shared,))
    _choose(sign_in("author"), held, "hold-withdraw", confirm="yes")
    Worker(services).run_until_idle()
    assert services.files.has(picture.sha256)


def _another(services):
    stored = accept(services.files, "another.png", png("red"), 1_000_000)
    return NewPicture(**{**{n: getattr(stored, n) for n in NewPicture.__dataclass_fields__}, "alt_text": "A red box"})


def test_an_officer_is_not_mailed_about_their_own_post(services, people, sign_in, held):
    with services.database.writing() as session:
        session.add(RoleGrant(person_id=people["author"].id, role=Role.WHISTLEBLOWING_OFFICER.value))
    _choose(sign_in("author"), held, "hold-officer")
    with services.database.reading() as session:
        table = "procrastinate_jobs" if services.database.on_postgresql else "job"
        jobs = [str(tuple(row)) for row in session.execute(sa.text(f"select * from {table}"))]  # noqa: S608
    asked = [job for job in jobs if "officer_asked" in job]
    assert len(asked) == 1
    revision = _post(services, held).revision
    assert f"officer_asked:{revision.id}:{people['officer'].id}" in asked[0]


def test_the_officer_never_sees_what_comes_after_what_was_sent_to_them(services, people, sign_in, held):
    """A post that was released after it was sent, as an earlier version allowed it."""
    browser = sign_in("author")
    _choose(browser, held, "hold-release")
    with services.database.writing() as session:
        session.get_one(Post, int(held[3:]) - 1000).sent_to_officer_at = datetime.now(UTC)
    _revise(services, browser, held, text=f"{ORDINARY} {PLANTED} were told to hide the bodies of evidence.")
    sign_in("officer").get(f"/posts/{held}", status=404)
    Worker(services).run_until_idle()
    sign_in("officer").get(f"/posts/{held}", status=404)


@pytest.mark.parametrize("field", ["note", "decorative", "own text", "alt"])
def test_a_concern_holds_the_post_wherever_others_would_read_it(services, people, sign_in, held, field):
    stored = _another(services)
    values = {"pictures": (stored,)}
    if field == "note":
        values["note"] = TEXT
    elif field == "own text":
        values["texts"] = {"sample": TEXT}
    elif field == "alt":
        values["pictures"] = (replace(stored, alt_text=TEXT),)
    else:
        values["pictures"] = (replace(stored, alt_text="", decorative_because=TEXT),)
    ref = f"TB-{1000 + make_post(services, people['author'], ORDINARY, **values)}"
    assert _state(services, ref) == "held"
    sign_in("reviewer").get(f"/posts/{ref}", status=404)
    browser = sign_in("author")
    assert TEXT in browser.get(f"/posts/{ref}").soup.get_text()
    _choose(browser, ref, "hold-release")
    page = sign_in("reviewer").get(f"/posts/{ref}").soup
    where = {
        "note": "Show in the note for the reviewer",
        "decorative": "Show in why picture 1 is decorative",
        "own text": "Show in the text for Sample",
        "alt": "Show in the description of picture 1",
    }[field]
    link = next(link for link in page.select("a.finding__back") if link.get_text().startswith(where))
    assert page.select_one(link["href"])


def test_what_else_is_found_in_a_note_is_advice(services, people, sign_in, held):
    ref = f"TB-{1000 + make_post(services, people['author'], ORDINARY, note='Ring Sample Helper on 07700 900123.')}"
    page = sign_in("reviewer").get(f"/posts/{ref}").soup
    assert "This is advice: it needs no answer." in page.get_text()
    assert "Show in the note for the reviewer" in page.get_text()
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000)
