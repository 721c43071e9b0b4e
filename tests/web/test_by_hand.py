"""Publishing by hand: the exact text to copy, the pictures, and the address pasted back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text as sql

from tests.factories import make_channel, make_decision, make_post
from tests.waiting import wait_for_a_lock
from workflow.models import Post, PublicationState, RecordEntry
from workflow.models.post import reference_of
from workflow.review.pictures import accept
from workflow.review.reading import to_change

WORDS = "Minutes & agenda are on the noticeboard.\n\n<b>Not bold</b> “quoted” 🫖  two spaces"
STANDS_AT = "https://social.example/agency/1"


@pytest.fixture
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
        make_channel(session, services, "sample")


@pytest.fixture
def waiting(services, people, channels, picture):
    """A post that waits for a person: its address on the web, and its id."""
    from workflow.jobs.worker import Worker

    post_id = make_post(services, people["author"], WORDS, channels=("noticeboard",), pictures=(picture,))
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    return f"/posts/{reference_of(post_id)}/by-hand/noticeboard", post_id


@pytest.fixture
def picture(services):
    import dataclasses
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#0b4a6f").save(out, "PNG")
    taken = accept(services.files, "poster.png", out.getvalue(), 1_000_000)
    return dataclasses.replace(taken, alt_text="Blue poster: “minutes”")


def post_of(services, post_id):
    with services.database.reading() as session:
        post = session.get_one(Post, post_id)
        return post.state, post.publications[0].state, post.publications[0].address


def test_the_page_shows_the_exact_text_the_picture_and_its_description_to_copy(sign_in, waiting):
    page = sign_in("publisher").get(waiting[0]).soup
    # A browser takes one line break after the opening tag away.
    assert page.find("textarea", id="text").string.removeprefix("\n") == WORDS
    assert page.find("textarea", id="alt-1").string.removeprefix("\n") == "Blue poster: “minutes”"
    assert all(area.has_attr("readonly") for area in page.find_all("textarea"))
    assert len(page.select("ol.govuk-list--number li")) == 3
    download = page.find("a", download="poster.png")
    assert download["href"].endswith("/revisions/1/pictures/1")
    assert all(button.has_attr("hidden") for button in page.select("button[data-copies]"))


def test_the_pictures_on_the_page_are_there(sign_in, waiting):
    browser = sign_in("publisher")
    page = browser.get(waiting[0]).soup
    for address in (page.main.img["src"], page.find("a", download=True)["href"]):
        assert browser.get(address).data.startswith(b"\x89PNG")


def test_the_address_pasted_back_publishes_the_post_and_is_on_the_record(services, sign_in, waiting):
    browser = sign_in("publisher")
    address, post_id = waiting
    answer = browser.post(address, {"address": f"  {STANDS_AT}\n"})
    assert post_of(services, post_id) == ("published", "published", STANDS_AT)
    page = browser.follow(answer).soup
    assert page.find("a", href=STANDS_AT)
    assert "Nothing is left to do" in page.main.get_text()
    assert not page.main.find("form")
    with services.database.reading() as session:
        said = session.query(RecordEntry).filter_by(action="published by hand").one()
        assert (said.actor, said.object) == ("Sample Publisher", reference_of(post_id))


@pytest.mark.parametrize(
    "typed", ["", "social.example/1", "javascript:alert(1)", "https://", "https:///x", "ftp://a/b"]
)
def test_an_address_that_is_none_comes_back_with_what_to_do(services, sign_in, waiting, typed):
    address, post_id = waiting
    page = sign_in("publisher").post(address, {"address": typed}, status=422).soup
    assert "https://" in page.select_one(".govuk-error-summary").get_text()
    assert page.find("input", id="address").get("value", "") == typed
    assert post_of(services, post_id) == ("publishing", "waiting", None)


def test_done_twice_is_refused_and_keeps_the_first_address(services, sign_in, waiting):
    address, post_id = waiting
    first, second = sign_in("publisher"), sign_in("publisher")
    first.post(address, {"address": STANDS_AT})
    said = second.post(address, {"address": "https://social.example/other"}, status=409).soup.main.get_text()
    assert "This is done already" in said
    assert STANDS_AT in said
    assert post_of(services, post_id)[2] == STANDS_AT


def test_of_two_who_press_at_the_same_moment_one_is_told_that_it_is_done(services, people, sign_in, waiting):
    address, post_id = waiting
    browsers = {STANDS_AT: sign_in("publisher"), "https://social.example/other": sign_in("publisher")}
    tokens = {typed: browser.token() for typed, browser in browsers.items()}

    def press(typed):
        fields = {"address": typed, "csrf_token": tokens[typed]}
        site = {"Sec-Fetch-Site": "same-origin"}
        return typed, browsers[typed].client.post(address, data=fields, headers=site).status_code

    with ThreadPoolExecutor(2) as pool:
        with services.database.writing() as session:
            to_change(session, people["publisher"].as_actor(), reference_of(post_id))
            presses = [pool.submit(press, typed) for typed in browsers]
            if services.database.on_postgresql:
                wait_for_a_lock(services.database, waiting=2)
        codes = {code: typed for typed, code in [one.result(60) for one in presses]}
    assert set(codes) == {303, 409}
    assert post_of(services, post_id) == ("published", "published", codes[303])
    with services.database.reading() as session:
        entry = session.query(RecordEntry).filter_by(action="published by hand").one()
        assert codes[303] in entry.payload


def test_what_cannot_be_published_there_is_kept_so_and_can_be_tried_again(services, sign_in, waiting):
    address, post_id = waiting
    browser = sign_in("publisher")
    form = browser.get(address).soup.find("form", action=f"{address}/leave")
    page = browser.follow(browser.post(form["action"])).soup
    assert "Sample Publisher did not publish it by hand" in page.main.get_text()
    assert post_of(services, post_id) == ("failed", "failed", None)
    said = browser.post(form["action"], status=409).soup.main.get_text()
    assert "There is nothing to publish by hand now" in said
    browser.post(page.find("form", action=lambda action: action.endswith("/try-again"))["action"])
    assert post_of(services, post_id) == ("scheduled", "scheduled", None)


@pytest.mark.parametrize("who", ["author", "reviewer", "records officer", "administrator"])
def test_who_may_not_publish_finds_no_such_page(services, sign_in, waiting, who):
    address, post_id = waiting
    browser = sign_in(who)
    page = browser.get(address, status=404).soup
    assert "noticeboard" not in page.main.get_text()
    browser.post(address, {"address": STANDS_AT}, status=404)
    browser.post(f"{address}/leave", status=404)
    assert post_of(services, post_id)[1] == PublicationState.WAITING


@pytest.mark.parametrize(
    "path",
    ["TB-999999/by-hand/noticeboard", "nonsense/by-hand/noticeboard", "TB-1001/by-hand/x", "TB-1001/by-hand/sample"],
)
def test_what_is_not_there_is_not_found(sign_in, waiting, path):
    sign_in("publisher").get(f"/posts/{path}", status=404)


def test_before_its_time_the_page_says_when_to_come_back(services, people, channels, sign_in):
    from datetime import UTC, datetime, timedelta

    later = datetime.now(UTC) + timedelta(days=2)
    post_id = make_post(services, people["author"], channels=("noticeboard",), publish_at=later)
    make_decision(services, people["reviewer"], post_id)
    page = sign_in("publisher").get(f"/posts/{reference_of(post_id)}/by-hand/noticeboard").soup
    assert "Come back then" in page.main.get_text()
    assert not page.find("textarea")


def test_words_that_are_not_those_approved_are_not_offered(services, sign_in, waiting):
    with services.database.engine.begin() as connection:
        connection.execute(sql("update revision set text = 'Something else' where post_id = :id"), {"id": waiting[1]})
    browser = sign_in("publisher")
    page = browser.get(waiting[0]).soup
    assert "not what was approved" in page.main.get_text()
    assert "Something else" not in page.get_text()
    assert not page.main.find("form", action=waiting[0])
    said = browser.post(waiting[0], {"address": STANDS_AT}, status=409).soup.main.get_text()
    assert "not what was approved" in said
    assert post_of(services, waiting[1]) == ("publishing", "waiting", None)
    browser.post(page.main.find("form", action=f"{waiting[0]}/leave")["action"])
    assert post_of(services, waiting[1]) == ("failed", "failed", None)
