"""Proposing in Chromium: counting while somebody types, pictures, errors, and all of it without scripts."""

import io
import random
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.factories import make_channel, make_post
from workflow.models import Post
from workflow.models.post import reference_of
from workflow.publishing.base import graphemes
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.words import tidied

pytestmark = pytest.mark.browser

MARKED = "Missing your bin lid? Ring Sample Helper on 07700 900123 or write to sample.helper@mail.example."
# What graphemes are made of: scripts with conjuncts and vowel signs, jamo, emoji with joiners, skin tones, tags, flags.
# A virama only behind its consonant: alone, as in no word of any language, the regex module joins it to what follows.
_LETTERS = [
    *"aé e\u0301\u0327\u200d\u200c\u200b\u2060\ufe0f\u20e3 \t\nकषतरय्"[:-1],
    *(
        "क्",
        "ष्",
        "त्र",
        "ा",
        "ी",
        "े",
        "ं",
        "ः",
        "ব",
        "র্",
        "া",
        "ৎ",
        "த",
        "மி",
        "ழ்",
        "ก",
        "็",
        "า",
        "ำ",
        "ക്",
        "ഷ",
        "က",
        "ြ",
        "ខ្",
        "ម",
    ),
    *"\u1100\u1161\u11a8각가שָׁ مُحَمَّد ﷽👩👨👧👦❤🏽🏿👍🏴🇬🇧🇫🇷1#",
    *("\U000e0067", "\U000e007f", "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈"),
]


@pytest.fixture
def author(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")
    return people["author"]


def picture(colour="#0b4a6f", name="poster.png"):
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def count(page):
    return page.locator("#text-counts .counts__number").first.text_content()


def test_the_page_counts_exactly_as_publishing_does(open_page, author):
    page = open_page("/posts/new", author)
    chance = random.Random(1)
    texts = [
        "",
        " ",
        "\n",
        " \n\n a \n\t\n",
        "a\r\nb\rc\n",
        "नमस्ते क्षत्रिय",
        "e\u0301",
        "👩‍👩‍👧‍👦👍🏽🇬🇧🏴\U000e0067\U000e0062\U000e007f",
    ]
    texts += ["".join(chance.choices(_LETTERS, k=chance.randint(1, 30))) for _ in range(2000)]
    counted = page.evaluate(
        """async (texts) => {
          const { tidied, graphemes } = await import(document.querySelector("script[src*='counts.js']").src);
          return texts.map((text) => [tidied(text), graphemes(tidied(text))]);
        }""",
        texts,
    )
    ours = [[tidied(text), graphemes(tidied(text))] for text in texts]
    assert [(text, here, there) for text, here, there in zip(texts, ours, counted, strict=True) if here != there] == []


def test_the_count_follows_what_is_typed_and_says_when_it_is_too_much(open_page, author):
    page = open_page("/posts/new", author)
    text = page.get_by_label("Text", exact=True)
    assert count(page) == "0 of 300 characters"
    text.fill("नमस्ते 👩‍👩‍👧‍👦\n\n")
    assert count(page) == f"{graphemes('नमस्ते 👩‍👩‍👧‍👦')} of 300 characters"
    text.fill("x" * 1301)
    assert count(page) == "1,301 of 300 characters, 1,001 too many"
    page.get_by_text("Sample channel: 1,001 characters too many").wait_for(state="attached")
    page.locator("#channels").check()
    page.get_by_role("button", name="Check it first").click()
    assert count(page) == "1,301 of 300 characters, 1,001 too many"


def test_the_server_counts_for_browsers_without_scripts(open_page, author):
    page = open_page("/posts/new", author, scripts=False)
    page.get_by_label("Text", exact=True).fill("नमस्ते\nTwo")
    page.get_by_role("button", name="Check it first").click()
    assert count(page) == f"{graphemes('नमस्ते') + 4} of 300 characters"


def test_a_post_with_pictures_is_proposed_without_scripts(open_page, author, services):
    page = open_page("/posts/new", author, scripts=False)
    page.get_by_label("Text", exact=True).fill("Flu jabs on Saturday.")
    page.get_by_label("Sample", exact=True).check()
    expect(page.get_by_label("Day")).to_be_visible()  # without scripts nothing is hidden
    page.get_by_label("Choose pictures").set_input_files([picture(), picture("red", "line.png")])
    page.get_by_role("button", name="Add pictures").click()
    page.get_by_label("Description for people who cannot see picture 1").fill("Blue poster: flu jabs")
    page.get_by_role("button", name="Remove picture 2").click()
    page.get_by_role("button", name="Check it first").click()
    page.get_by_role("heading", name="The check found nothing").wait_for()
    page.get_by_role("button", name="Send for review").click()
    page.get_by_text("was sent").wait_for()
    with services.database.reading() as session:
        revision = session.get_one(Post, 1).revision
        assert (revision.text, [p.alt_text for p in revision.pictures]) == (
            "Flu jabs on Saturday.",
            ["Blue poster: flu jabs"],
        )


def test_the_enter_key_in_a_field_saves_and_sends_nothing(open_page, author, services):
    page = open_page("/posts/new", author)
    page.get_by_label("Text", exact=True).fill("Half a thought")
    expect(page.get_by_label("Day")).to_be_hidden()
    page.get_by_label("At a date and time").check()
    page.get_by_label("Day").press("Enter")
    page.get_by_text("Nothing was saved or sent").wait_for()
    with services.database.reading() as session:
        assert session.query(Post).count() == 0


def test_errors_take_the_focus_lead_to_their_fields_and_are_accessible(open_page, author, assert_accessible):
    page = open_page("/posts/new", author)
    page.get_by_label("At a date and time").check()
    page.get_by_label("Choose pictures").set_input_files(picture())
    page.get_by_role("button", name="Send for review").click()
    expect(page).to_have_title(re.compile("^Error: "))
    page.wait_for_function("wanted => document.activeElement.className === wanted", arg="govuk-error-summary")
    links = page.locator(".govuk-error-summary a")
    fields = ["text", "channels", "publish_at", "picture-1-alt"]  # in the order of the page
    assert [link.get_attribute("href") for link in links.all()] == [f"#{field}" for field in fields]
    for field in fields:
        page.locator(f".govuk-error-summary a[href='#{field}']").click()
        page.wait_for_function("wanted => document.activeElement.id === wanted", arg=field)
    assert_accessible(page, "propose-errors")


def test_what_the_check_found_is_accessible(open_page, author, assert_accessible):
    page = open_page("/posts/new", author)
    page.get_by_label("Text", exact=True).fill(MARKED)
    page.locator("#channels").check()
    page.get_by_text("Other words for one of the channels").click()
    page.get_by_label("Text for Noticeboard").fill("Ring 07700 900456.")
    page.locator("#channels-2").check()
    page.get_by_role("button", name="Check it first").click()
    page.get_by_role("heading", name="What the check found: 3").wait_for()
    page.get_by_role("link", name="finding 1", exact=False).first.click()
    expect(page).to_have_url(re.compile("#finding-1"))
    assert_accessible(page, "propose-checked")


def test_changing_a_post_that_was_changed_meanwhile_is_accessible(
    open_page, author, services, people, assert_accessible
):
    from workflow.jobs.worker import Worker

    post_id = make_post(services, author, "The library van stops at Sample Green on Thursday.")
    page = open_page(f"/posts/{reference_of(post_id)}/edit", people["reviewer"])
    assert_accessible(page, "edit-by-a-reviewer")
    with services.database.writing() as session:
        post = session.get_one(Post, post_id)
        other = Proposal(text="The library van stops at Sample Green on Friday.", channels=("sample",))
        revise(session, author.as_actor(), post, other, seen_digest=post.digest)
    Worker(services).run_until_idle()
    page.get_by_label("Text", exact=True).fill("The library van stops at the pool on Thursday.")
    page.get_by_role("button", name="Send for review").click()
    page.get_by_role("heading", name="This post was changed after you opened it").wait_for()
    expect(page.get_by_label("Text", exact=True)).to_have_value("The library van stops at the pool on Thursday.")
    assert_accessible(page, "edit-changed-meanwhile")


def test_my_posts_are_accessible(open_page, author, services, assert_accessible):
    make_post(
        services, author, "The library van stops at Sample Green on Thursday.", channels=("sample", "noticeboard")
    )
    make_post(services, author, "W" + "o" * 200 + "rd")
    assert_accessible(open_page("/posts", author), "mine")
