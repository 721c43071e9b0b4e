"""A post whose picture has findings, in Chromium: the marks lie where the words and the face are, at each width."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_channel
from tests.pictures import exif, face, jpeg, poster
from workflow.jobs.worker import Worker

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("services", ["sqlite"], indirect=True),  # what is seen does not depend on the database
]


def picture():
    image = poster("Missing your bin lid?", "Ring Sample Helper on 07700 900123", size=(1200, 800), at=(60, 60))
    image.paste(face(size=(380, 380), at=(40, 40)), (760, 380))
    return {"name": "poster.jpg", "mimeType": "image/jpeg", "buffer": jpeg(image, exif=exif())}


def middle(mark, image, start, length):
    """Where the middle of the mark lies, as a share of the image."""
    return round((mark[start] + mark[length] / 2 - image[start]) / image[length], 1)


def test_marks_lie_on_the_picture_and_lead_to_their_findings(open_page, services, people, assert_accessible):
    with services.database.writing() as session:
        make_channel(session, services)
    page = open_page("/posts/new", people["author"], scripts=False)
    page.get_by_label("Text", exact=True).fill("Lost a lid? Tell us.")
    page.locator("#channels").check()
    page.get_by_label("Choose pictures").set_input_files(picture())
    page.get_by_role("button", name="Add pictures").click()
    page.get_by_label("Description for people who cannot see picture 1").fill("Poster: lost lids, and an astronaut")
    page.get_by_role("button", name="Send for review").click()
    page.get_by_text("was sent").wait_for()
    Worker(services).run_until_idle()

    page = open_page("/posts/TB-1001", people["reviewer"])
    expect(page.get_by_text("One person can be recognised in picture 1").first).to_be_visible()
    assert_accessible(page, "picture-findings")
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        image = page.locator(".picture__image").bounding_box()
        marks = [mark.bounding_box() for mark in page.locator(".picture__mark:not(.picture__mark--under)").all()]
        places = sorted((middle(mark, image, "x", "width"), middle(mark, image, "y", "height")) for mark in marks)
        # The number in the second line of words, and the face below it on the right.
        assert places == [(0.6, 0.2), (0.8, 0.7)]
    page.get_by_role("link", name="Show in picture 1").first.click()
    expect(page).to_have_url(re.compile("#picture-1$"))
    page.locator(".picture__found a").first.click()
    expect(page).to_have_url(re.compile("#finding-"))
