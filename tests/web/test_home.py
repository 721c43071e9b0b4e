"""Home: whose turn it is, and why."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Post, PublicationState
from workflow.publishing import door
from workflow.review.proposal import Proposal
from workflow.review.submit import propose
from workflow.roles import SYSTEM
from workflow.states import Action
from workflow.transition import apply


@pytest.fixture(autouse=True)
def channels(services, people):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "noticeboard", "by_hand")


def _waiting(sign_in, who):
    page = sign_in(who).get("/").soup
    return [
        (item.a["href"], item.select_one(".post-list__reason").get_text(strip=True))
        for item in page.select(".post-list__post")
    ]


def _refs(sign_in, who):
    return [address for address, _ in _waiting(sign_in, who)]


def test_a_post_in_review_waits_for_those_who_may_decide(services, people, sign_in):
    make_post(services, people["second reviewer"])
    assert _waiting(sign_in, "reviewer") == [("/posts/TB-1001", "It waits for a decision.")]
    for who in ("second reviewer", "author", "publisher", "administrator"):
        assert _waiting(sign_in, who) == []


def test_what_waits_for_its_author(services, people, sign_in):
    with services.database.writing() as session:
        draft = propose(
            session, people["author"].as_actor(), Proposal(text="Draft zebrafinch"), origin="web", save_only=True
        ).ref
    changes = make_post(services, people["author"])
    make_decision(services, people["reviewer"], changes, "ask for changes", [("respect", "")], "Sample: shorter.")
    failed = make_post(services, people["author"])
    make_decision(services, people["reviewer"], failed)
    with services.database.writing() as session:
        row = session.get_one(Post, failed)
        for publication in row.publications:
            door.fail(session, row, publication, PublicationState.FAILED, "Sample: refused.")
    expired = make_post(services, people["author"])
    make_decision(services, people["reviewer"], expired)
    with services.database.writing() as session:
        apply(session, SYSTEM, session.get_one(Post, expired), Action.EXPIRE)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
        late = make_post(services, people["author"], publish_at=datetime.now(UTC) + timedelta(hours=1))
    make_decision(services, people["reviewer"], late)
    mine = dict(_waiting(sign_in, "author"))
    expected = [draft, *(f"TB-{1000 + number}" for number in (changes, failed, expired, late))]
    assert sorted(mine) == [f"/posts/{ref}" for ref in sorted(expected)]
    assert len(set(mine.values())) == 5
    assert _waiting(sign_in, "second author") == []
    assert "zebrafinch" not in sign_in("reviewer").get("/").text
    publisher = _refs(sign_in, "publisher")
    assert sorted(publisher) == sorted(f"/posts/TB-{1000 + number}" for number in (failed, expired, late))


def test_by_hand_and_not_known_wait_for_a_publisher(services, people, sign_in):
    by_hand = make_post(services, people["author"], channels=("noticeboard",))
    make_decision(services, people["reviewer"], by_hand)
    unsure = make_post(services, people["author"])
    make_decision(services, people["reviewer"], unsure)
    with services.database.reading() as session:
        publication = session.get_one(Post, by_hand).publications[0].id
    door.publish(services.database, services.files, "sample", publication)
    with services.database.writing() as session:
        row = session.get_one(Post, unsure)
        door.fail(session, row, row.publications[0], PublicationState.UNCONFIRMED, "Sample: no answer.")
    assert _refs(sign_in, "publisher") == [
        f"/posts/TB-{1000 + by_hand}/by-hand/noticeboard",
        f"/posts/TB-{1000 + unsure}",
    ]
    assert _refs(sign_in, "author") == _refs(sign_in, "reviewer") == []
    sign_in("publisher").get(f"/posts/TB-{1000 + by_hand}/by-hand/noticeboard")


def test_the_list_is_bounded_and_the_count_is_true(services, people, sign_in, monkeypatch):
    from workflow.review import reading

    monkeypatch.setattr(reading, "TURN_SHOWN", 2)
    for number in range(3):
        make_post(services, people["author"], f"Sample {number}")
    page = sign_in("reviewer").get("/").soup
    assert [item.h2.get_text(strip=True) for item in page.select(".post-list__post")] == ["Sample 0", "Sample 1"]
    assert "3 posts wait for you" in page.get_text()
    assert "These are the first 2." in page.get_text()


def test_a_long_first_line_is_cut_and_an_empty_text_says_so(services, people, sign_in):
    make_post(services, people["author"], "\n\n  " + "word " * 50)
    with services.database.writing() as session:
        propose(session, people["author"].as_actor(), Proposal(text=""), origin="web", save_only=True)
    title = sign_in("reviewer").get("/").soup.select_one(".post-list__title").get_text(strip=True)
    assert title.startswith("word word")
    assert title.endswith("…")
    assert len(title) <= 90
    assert "(no text yet)" in sign_in("author").get("/").soup.get_text()
