"""Pictures through the front door: proposed over HTTP, looked at by the job, marked with findings, published clean."""

import io

import pytest
import sqlalchemy as sa
from PIL import Image

from tests.factories import make_channel
from tests.pictures import XMP, exif, face, jpeg, poster, profile
from workflow.checks.pictures import reading
from workflow.jobs.worker import Worker
from workflow.models import FindingRow, Picture, Post
from workflow.models.post import id_of

TEXT = "Flu jabs at Sample Hall on Saturday."
CONCERN = ("Our managers are covering up unsafe cladding", "and staff were told to keep quiet about it")
FIELDS = {"text": TEXT, "channels": "sample", "when": "approval"}


@pytest.fixture(autouse=True)
def channel(services):
    with services.database.writing() as session:
        make_channel(session, services)


@pytest.fixture
def send(services, sign_in):
    """`send(content, alt)`: a post with that picture, proposed in the form, and checked; gives its address."""

    def sent(content, alt="Blue poster", **fields):
        browser = sign_in("author")
        upload = {"pictures": [(io.BytesIO(content), "poster.jpg")]}
        page = browser.post("/posts/new", FIELDS | {"do": "add"} | upload, status=200).soup
        token = page.find("input", attrs={"name": "picture-1"})["value"]
        given = FIELDS | {"picture-1": token, "picture-1-alt": alt, "do": "send"} | fields
        address = browser.post("/posts/new", given).headers["Location"]
        Worker(services).run_until_idle()
        return address

    return sent


def findings_on(page):
    return [" ".join(found.get_text(" ").split()) for found in page.select(".finding")]


def the_finding(page, words):
    [found] = [found for found in page.select(".finding") if words in " ".join(found.get_text(" ").split())]
    return found


def fill(browser, address, action, *, status=303, **typed):
    """Fills in the form with that action on the page, as a browser would, and sends it."""
    form = browser.get(address).soup.find("form", action=action)
    hidden = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}
    hidden.pop("csrf_token")
    return browser.post(action, hidden | typed, status=status)


def answer(browser, address, found, kind, reason=""):
    number = found["id"].removeprefix("finding-")
    fill(browser, address, f"{address}/findings/{number}/answer", kind=kind, reason=reason)


def approve(browser, address, **more):
    return fill(browser, address, f"{address}/decision", decision="approve", **more)


def state(services, address):
    with services.database.reading() as session:
        return session.get_one(Post, id_of(address.rpartition("/")[2])).state


def test_words_in_the_picture_are_marked_on_it_and_listed(sign_in, send):
    address = send(jpeg(poster("Missing your bin lid?", "Ring 07700 900123")), "Poster: missing your bin lid, ring")
    page = sign_in("reviewer").get(address).soup
    found = the_finding(page, "07700 900123")
    assert "Show in the words in picture 1" in found.get_text()
    number = found["id"].removeprefix("finding-")
    # On the picture for the eye, in the words that were read, and in a list for everybody.
    marks = page.select(".picture__marks rect.picture__mark:not(.picture__mark--under)")
    assert len(marks) == 1
    assert 0 < float(marks[0]["x"]) < float(marks[0]["x"]) + float(marks[0]["width"]) < 1200
    assert page.select_one(".picture__number").get_text() == number
    assert page.select_one(".picture__marks")["aria-hidden"] == "true"
    assert page.select_one(f"mark + a[href='#finding-{number}']").previous_sibling.get_text() == "07700 900123"
    [listed] = page.select(".picture__found li")
    assert "top left of the picture: “07700 900123”" in " ".join(listed.get_text().split())


def test_people_ask_for_consent_before_an_approval(services, sign_in, send):
    address = send(jpeg(face()), "An astronaut smiles")
    reviewer = sign_in("reviewer")
    page = reviewer.get(address).soup
    found = the_finding(page, "One person can be recognised in picture 1: is there consent?")
    assert "In picture 1: middle right" in " ".join(found.get_text().split())
    refused = approve(reviewer, address, status=422)
    assert "finding" in refused.soup.select_one(".govuk-error-summary").get_text()
    answer(reviewer, address, found, "consent", "Signed form 12, kept in the press office.")
    approve(reviewer, address)
    assert state(services, address) in ("approved", "scheduled")


def test_what_the_file_carried_is_shown_and_nothing_of_it_is_published(services, sign_in, send):
    content = jpeg(poster("Flu jabs"), exif=exif(orientation=6), xmp=XMP.encode(), icc_profile=profile())
    address = send(content, "Blue poster: flu jabs")
    for who in ("author", "reviewer"):
        page = sign_in(who).get(address).soup
        advice = the_finding(page, "where it was taken (51.503, -0.128)")
        assert "taken out and not published" in advice.get_text()
        assert "This is advice" in advice.get_text()
        rights = the_finding(page, "May we publish it?")
        assert "Never 5" in rights.get_text()
        assert "Copyright: Sample Press Agency" in rights.get_text()
    reviewer = sign_in("reviewer")
    answer(reviewer, address, the_finding(page, "May we publish it?"), "permission", "Sample letter of 1 November.")
    approve(reviewer, address)
    Worker(services).run_until_idle()
    assert state(services, address) == "published"
    shown = sign_in("author").get("/channels/sample/sample").soup
    published = sign_in("author").get(shown.select_one("main img")["src"]).data
    for secret in (b"Sample", b"SAMPLE", b"2026:11:01", b"Exif\0", b"adobe", b"GPS"):
        assert secret not in published
    image = Image.open(io.BytesIO(published))
    assert not image.getexif()
    assert image.size == (675, 1200), "turned as the camera held it"
    assert image.info["icc_profile"] == profile()


def test_permission_for_one_picture_is_none_for_another_of_the_same_maker(services, sign_in, send):
    address = send(jpeg(poster("Flu jabs"), exif=exif(place=False)), "Poster: flu jabs")
    reviewer, author = sign_in("reviewer"), sign_in("author")
    question = the_finding(reviewer.get(address).soup, "May we publish it?")
    answer(reviewer, address, question, "permission", "Sample letter of 1 November.")
    assert "Answered" in the_finding(reviewer.get(address).soup, "May we publish it?").get_text()
    page = author.get(f"{address}/edit").soup
    digest = page.find("input", attrs={"name": "digest"})["value"]
    other = {"pictures": [(io.BytesIO(jpeg(poster("Sample Hall"), exif=exif(place=False))), "other.jpg")]}
    page = author.post(f"{address}/edit", FIELDS | {"digest": digest, "do": "add"} | other, status=200).soup
    token = page.find("input", attrs={"name": "picture-1"})["value"]
    changed = {"digest": digest, "picture-1": token, "picture-1-alt": "Poster: Sample Hall", "do": "send"}
    author.post(f"{address}/edit", FIELDS | changed)
    Worker(services).run_until_idle()
    assert "Not answered yet" in the_finding(reviewer.get(address).soup, "May we publish it?").get_text()


def test_checking_first_shows_what_the_file_carried_and_says_what_comes_later(sign_in):
    browser = sign_in("author")
    upload = {"pictures": [(io.BytesIO(jpeg(face(), exif=exif())), "poster.jpg")]}
    page = browser.post("/posts/new", FIELDS | {"do": "check", "picture-1-alt": "x"} | upload, status=422).soup
    assert any("where it was taken" in words for words in findings_on(page))
    assert not any("can be recognised" in words for words in findings_on(page))
    assert "is looked at once you send it for review" in page.main.get_text()
    # Addresses stand in logs: the picture's holds nothing of what its file said.
    address = page.select_one(".picture-fields__image")["src"]
    browser.get(address)
    assert len(address) < len(page.find("input", attrs={"name": "picture-1"})["value"])


def test_a_concern_in_a_picture_is_held_and_nobody_else_sees_it(services, sign_in, send):
    address = send(jpeg(poster(*CONCERN)), "Blue poster")
    assert state(services, address) == "held"
    sign_in("author").get(address)
    sign_in("reviewer").get(address, status=404)


def test_a_concern_in_the_copyright_field_is_held_as_well(services, send):
    written = exif(place=False)
    written[0x8298] = " ".join(CONCERN)
    assert state(services, send(jpeg(poster("Flu jabs"), exif=written))) == "held"


def test_a_concern_that_is_deleted_leaves_nothing_that_was_read(services, sign_in, send):
    address = send(jpeg(poster(*CONCERN)))
    browser = sign_in("author")
    form = next(form for form in browser.get(address).soup.select("form") if "Withdraw and delete" in form.get_text())
    fields = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    fields.pop("csrf_token")
    browser.post(form["action"], fields | {"confirm": "yes"})
    with services.database.reading() as session:
        assert session.scalars(sa.select(Picture.seen)).all() == []
        assert session.scalars(sa.select(FindingRow.passage)).all() == []


def test_what_was_seen_once_is_not_looked_at_again(services, sign_in, send, monkeypatch):
    address = send(jpeg(poster("Ring 07700 900123")), "Poster: ring")
    browser = sign_in("author")
    page = browser.get(f"{address}/edit").soup
    kept = {name: page.find("input", attrs={"name": name})["value"] for name in ("picture-1", "digest")}
    monkeypatch.setattr(reading, "_COMMAND", ("/nowhere/python",))
    changed = FIELDS | kept | {"text": "Other words.", "picture-1-alt": "Poster: ring", "do": "send"}
    browser.post(f"{address}/edit", changed)
    Worker(services).run_until_idle()
    page = sign_in("reviewer").get(address).soup
    assert the_finding(page, "07700 900123")
    assert not any("Not checked" in words for words in findings_on(page))


@pytest.mark.parametrize("lost", [False, True], ids=["the reader cannot start", "the file is gone"])
def test_a_picture_that_could_not_be_read_is_not_checked_until_a_person_takes_it_over(
    services, sign_in, send, monkeypatch, lost
):
    monkeypatch.setattr(reading, "_COMMAND", ("/nowhere/python",))
    if lost:
        remove = services.files.read
        monkeypatch.setattr(services.files, "read", lambda sha256: (services.files.remove(sha256), remove(sha256))[1])
    address = send(jpeg(poster("Flu jabs")))
    monkeypatch.undo()
    reviewer = sign_in("reviewer")
    page = reviewer.get(address).soup
    why = "its file is gone" if lost else "its reader could not be started"
    found = the_finding(page, f"The words in picture 1 could not be read: {why}")
    assert "Not checked" in found.get_text()
    assert the_finding(page, f"Nobody looked for people in picture 1: {why}")
    approve(reviewer, address, status=422)
    for one in page.select(".finding"):
        if "Not checked" in one.get_text():
            answer(reviewer, address, one, "taken over")
    approve(reviewer, address)
    assert state(services, address) in ("approved", "scheduled", "publishing")


def test_another_posts_pictures_come_later_and_hold_no_thread(services, send, monkeypatch):
    from workflow.jobs import look_at_pictures

    monkeypatch.setattr(look_at_pictures, "_PATIENCE", 0)
    with look_at_pictures._one_at_a_time:
        address = send(jpeg(poster("Ring 07700 900123")))
        assert state(services, address) == "checking"


def test_a_token_of_the_version_before_is_taken(services, sign_in):
    from workflow.web.forms import uploads

    browser = sign_in("author")
    upload = {"pictures": [(io.BytesIO(jpeg(poster("Flu jabs"), exif=exif())), "poster.jpg")]}
    page = browser.post("/posts/new", FIELDS | {"do": "add"} | upload, status=200).soup
    token = page.find("input", attrs={"name": "picture-1"})["value"]
    with browser.client.application.app_context():
        facts = uploads._serializer().loads(token)
        assert len(facts) == 8
        old = uploads._serializer().dumps(facts[:7])
    fields = FIELDS | {"picture-1": old, "picture-1-alt": "Poster", "do": "save"}
    browser.post("/posts/new", fields)
    with services.database.reading() as session:
        assert session.scalars(sa.select(Picture)).one().carried is None
