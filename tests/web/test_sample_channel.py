"""The sample channel's page: what a network would show."""

import dataclasses
import io

import pytest
from PIL import Image

from tests.factories import make_channel, make_decision, make_post
from workflow.jobs.worker import Worker
from workflow.models import Post
from workflow.review.pictures import accept
from workflow.states import Action
from workflow.transition import apply


@pytest.fixture
def picture(services):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#0b4a6f").save(out, "PNG")
    taken = accept(services.files, "poster.png", out.getvalue(), 1_000_000)
    return dataclasses.replace(taken, alt_text="Blue poster: “flu jabs”")


@pytest.fixture
def published(services, people, picture):
    """Two posts that stand on the sample channel, and one with a picture of its own that waits for a decision."""
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")
    first = make_post(services, people["author"], "The pool opens at 7am.\n<i>Early</i> birds welcome.")
    second = make_post(services, people["author"], "Free flu jabs on Saturday.", pictures=(picture,))
    for post_id in (first, second):
        make_decision(services, people["reviewer"], post_id)
        Worker(services).run_until_idle()
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#ffffff").save(out, "PNG")
    unpublished = dataclasses.replace(accept(services.files, "b.png", out.getvalue(), 1_000_000), alt_text="Blank card")
    make_post(services, people["author"], "Not decided yet.", pictures=(unpublished,))
    return first, second, unpublished.sha256


def test_it_shows_what_was_published_newest_first_with_pictures_and_descriptions(sign_in, published):
    browser = sign_in("author")
    page = browser.get("/channels/sample/sample").soup
    posts = page.select("main ol > li")
    assert [post.select_one(".typed").string for post in posts] == [
        "Free flu jabs on Saturday.",
        "The pool opens at 7am.\n<i>Early</i> birds welcome.",
    ]
    assert posts[0].img["alt"] == "Blue poster: “flu jabs”"
    shown = browser.get(posts[0].img["src"])
    assert shown.mimetype == "image/png"
    assert shown.data.startswith(b"\x89PNG")


def test_a_picture_that_is_not_published_is_not_given_out(services, sign_in, published):
    assert services.files.has(published[2])
    for sha256 in (published[2], "0" * 64, "nonsense"):
        sign_in("author").get(f"/channels/sample/sample/pictures/{sha256}", status=404)


def test_what_was_taken_down_stands_there_no_more(services, people, sign_in, published):
    with services.database.writing() as session:
        apply(session, people["publisher"].as_actor(), session.get_one(Post, published[1]), Action.TAKE_DOWN)
    browser = sign_in("author")
    page = browser.get("/channels/sample/sample").soup
    assert len(page.select("main ol > li")) == 1
    assert not page.main.img


def test_only_sample_channels_have_such_a_page(sign_in, published):
    browser = sign_in("administrator")
    browser.get("/channels/noticeboard/sample", status=404)
    browser.get("/channels/none/sample", status=404)


def test_an_empty_channel_says_so(services, people, sign_in):
    with services.database.writing() as session:
        make_channel(session, services)
    assert (
        "Nothing has been published here yet" in sign_in("author").get("/channels/sample/sample").soup.main.get_text()
    )
