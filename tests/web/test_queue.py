"""The queue: which posts, in which order, page by page, and what it says of each."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_channel, make_person, make_post
from workflow.models import RoleGrant
from workflow.roles import Role

PERSONAL = "Missing your bin lid? Ring Sample Helper on 07700 900123 before Friday."


@pytest.fixture
def channels(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")


@pytest.fixture
def half(services, people, channels):
    """A reviewer of one channel only."""
    with services.database.writing() as session:
        people["half"] = make_person(session, "half")
        people["half"].grants.append(RoleGrant(role=Role.REVIEWER.value, channel_id="sample"))


def _titles(page):
    return [item.h2.get_text(strip=True) for item in page.select(".post-list__post")]


def test_the_next_slot_comes_first_and_each_says_what_a_reviewer_needs(services, people, sign_in, channels):
    soon = datetime.now(UTC) + timedelta(hours=3)
    make_post(services, people["author"], "Second\nwith more lines", publish_at=soon + timedelta(days=1))
    make_post(services, people["second author"], PERSONAL, publish_at=soon, channels=("sample", "noticeboard"))
    page = sign_in("reviewer").get("/queue").soup
    assert _titles(page) == [PERSONAL, "Second"]
    first, second = page.select(".post-list__post")
    assert first.h2.a["href"] == "/posts/TB-1002"
    said = " ".join(first.get_text(" ").split())
    assert "by Sample Second Author for Sample, Noticeboard due" in said
    assert "Never 3 (likely)" in said
    assert "Waits for your decision." in said
    assert "The check found nothing" in second.get_text()


def test_an_own_post_is_shown_as_somebody_elses_to_decide(services, people, sign_in, channels):
    make_post(services, people["second reviewer"])
    assert "somebody else has to decide" in sign_in("second reviewer").get("/queue").soup.main.get_text()
    assert "Waits for your decision" in sign_in("reviewer").get("/queue").soup.main.get_text()


def test_only_channels_that_the_person_reviews(services, people, sign_in, half):
    make_post(services, people["author"], "On mine")
    make_post(services, people["author"], "On another", channels=("noticeboard",))
    make_post(services, people["author"], "On both", channels=("sample", "noticeboard"))
    page = sign_in("half").get("/queue").soup
    assert _titles(page) == ["On mine", "On both"]
    assert "Somebody who reviews all of its channels has to decide." in page.select(".post-list__post")[1].get_text()


@pytest.mark.parametrize("who", ["reviewer", "half"])
def test_pages_follow_each_other_without_gap_or_double(services, people, sign_in, half, who, monkeypatch):
    """Also where most posts between are on channels that the person does not review, and a slot is shared."""
    from workflow.review import reading

    monkeypatch.setattr(reading.queue_page, "__defaults__", (3,))
    monkeypatch.setattr(reading, "_BATCH", 2)
    slot = datetime.now(UTC) + timedelta(days=1)
    for number in range(10):
        channel = "sample" if number % 3 == 0 else "noticeboard"
        later = timedelta(hours=number // 4)
        make_post(services, people["author"], f"Sample {number}", channels=(channel,), publish_at=slot + later)
    browser, address, pages = sign_in(who), "/queue", []
    while address:
        page = browser.get(address).soup
        pages.append(_titles(page))
        more = page.find("a", string="More posts")
        address = more["href"] if more else ""
    expected = [f"Sample {number}" for number in range(10) if who == "reviewer" or number % 3 == 0]
    assert pages == [expected[at : at + 3] for at in range(0, len(expected), 3)]


@pytest.mark.parametrize("after", ["x", "2026-01-01_1", "2026-01-01T00:00:00.000000_x", "_", "²_²"])
def test_a_place_that_is_none_is_refused(sign_in, after):
    sign_in("reviewer").get("/queue", query_string={"after": after}, status=400)


def test_beyond_the_end_there_is_a_way_back(sign_in):
    page = sign_in("reviewer").get("/queue?after=2999-01-01T00:00:00.000000_1").soup
    assert page.find("a", href="/queue", string="Go to the beginning of the queue")


def test_it_is_for_reviewers(sign_in):
    for who in ("author", "publisher", "administrator", "officer"):
        sign_in(who).get("/queue", status=403)


def test_a_held_post_is_not_in_it(services, people, sign_in, channels):
    make_post(services, people["author"], "Our managers are covering up unsafe cladding and told staff to keep quiet.")
    assert "Nothing waits for a decision." in sign_in("reviewer").get("/queue").soup.get_text()
