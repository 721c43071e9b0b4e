"""Publishing to a real Bluesky server: byte for byte, once, and what happens when the network or we ourselves fail."""

import dataclasses
import io
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import time_machine
from PIL import Image

from tests.pictures import exif
from tests.publishing.between import GET, PUT, SIGN_IN, UPLOAD, Between
from workflow.jobs.worker import Worker
from workflow.models import Post, Publication, PublicationState
from workflow.publishing import bluesky_session, door
from workflow.publishing.base import (
    Account,
    AuthorisationNeeded,
    NotAsApproved,
    OutcomeUnknown,
    Outgoing,
    Picture,
    PublishError,
    Retryable,
)
from workflow.publishing.bluesky import Bluesky
from workflow.review.pictures import accept
from workflow.review.publish_choices import settle, try_again

pytestmark = pytest.mark.bluesky
P = PublicationState
ROOT = Path(__file__).resolve().parents[2]
adapter = Bluesky()


@pytest.fixture
def between(bluesky):
    """A proxy before the server."""
    proxy = Between(bluesky.port)
    yield proxy
    proxy.close()


@pytest.fixture
def channel(agency, bluesky_account):
    """A channel of the agency that publishes on a real account; gives its id."""
    account = bluesky_account
    return agency.add_channel(
        "bluesky", "bluesky", handle=account.handle, service_url=account.url, secret=account.app_password
    )


@pytest.fixture
def through(agency, channel, between):
    """The same channel, through the proxy; gives the proxy."""
    agency.change_channel(channel, service_url=between.url)
    return between


def picture(agency, alt_text, size=(1200, 675)):
    out = io.BytesIO()
    Image.new("RGB", size, (20, 90, 160)).save(out, "JPEG", exif=exif(rights=False))
    taken = accept(agency.services.files, "poster.jpg", out.getvalue(), 8_000_000)
    return dataclasses.replace(taken, alt_text=alt_text)


TEXTS = {
    "emoji": "Flu shots 🩺 for the whole family 👨‍👩‍👧‍👦 – free 🇪🇺",
    "right to left": "موعد التطعيم يوم الخميس\nשעות הפתיחה",
    "spaces": "  two  spaces,\n\na line,\ta tab, and a soft\u00adhyphen  ",
    "300 of 300": "👩🏽‍🚒" * 100 + "e\u0301" * 100 + "क्षि" * 100,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_stands_there_byte_for_byte(bluesky_account, text):
    account = account_of(bluesky_account)
    payload = payload_for(account, text=text)
    adapter.publish(account, payload, ())
    adapter.compare(account, payload)
    (record,) = bluesky_account.records()
    assert record["value"]["text"].encode() == text.encode()
    assert record["value"] == payload["body"]["record"]


def test_an_approved_post_stands_there_once_and_what_was_kept_is_what_was_sent(agency, channel, bluesky_account):
    text = TEXTS["emoji"]
    post_id = agency.approved(text, channels=(channel,), language="es")
    for _ in range(2):
        assert agency.publish(post_id) is P.PUBLISHED
    (record,) = bluesky_account.records()
    assert record["value"]["text"].encode() == text.encode()
    assert record["value"]["langs"] == ["es"]
    row = agency.publication(post_id)
    assert record["value"] == row.payload["body"]["record"]
    assert (record["uri"], record["cid"]) == (row.network_id, row.response["cid"])
    assert row.network_id.endswith(f"/{row.key}")
    assert row.address == f"https://bsky.app/profile/{bluesky_account.did}/post/{row.key}"
    assert agency.state(post_id) == "published"


def test_links_mentions_and_tags_are_marked_where_they_stand(agency, channel, bluesky, bluesky_account):
    partner = bluesky.account()
    text = f"🩺 Free: https://health.example/flu (ask @{partner.handle}, not @nobody.test) #FluShot"
    post_id = agency.approved(text, channels=(channel,))
    assert agency.publish(post_id) is P.PUBLISHED
    (record,) = bluesky_account.records()
    found = []
    for facet in record["value"]["facets"]:
        (feature,) = facet["features"]
        passage = text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((passage, feature.get("uri") or feature.get("did") or feature.get("tag")))
    assert found == [
        ("https://health.example/flu", "https://health.example/flu"),
        (f"@{partner.handle}", partner.did),
        ("#FluShot", "FluShot"),
    ]


def test_pictures_stand_there_with_their_descriptions(agency, channel, bluesky_account):
    alt = "A blue poster: “Free flu shots”, Saturday 9 to noon, City Hall. 🩺"
    decorative = dataclasses.replace(picture(agency, "", (400, 400)), decorative_because="A plain background.")
    pictures = (picture(agency, alt), decorative)
    post_id = agency.approved("Free flu shots on Saturday.", channels=(channel,), pictures=pictures)
    assert agency.publish(post_id) is P.PUBLISHED
    (record,) = bluesky_account.records()
    first, second = record["value"]["embed"]["images"]
    assert (first["alt"], second["alt"]) == (alt, "")
    assert first["aspectRatio"] == {"width": 1200, "height": 675}
    for number, one in enumerate(pictures):
        published = bluesky_account.picture(record, number)
        assert published == agency.services.files.read(one.sha256)
        assert not Image.open(io.BytesIO(published)).getexif(), "where and with what it was taken is out there"


def test_the_job_publishes_it_and_the_channel_can_be_tried(agency, channel, bluesky_account):
    post_id = agency.approved(channels=(channel,))
    Worker(agency.services).run_until_idle()
    assert len(bluesky_account.records()) == 1
    assert agency.state(post_id) == "published"
    account = Account("bluesky", bluesky_account.handle, bluesky_account.url, bluesky_account.app_password)
    assert adapter.test(account) == f"Signed in to Bluesky as {bluesky_account.handle}."


class TestLimits:
    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("x" * 301, "the text has 301 characters; the most is 300. Take out 1"),
            ("👨‍👩‍👧‍👦" * 121, "the text takes 3,025 bytes; the most is 3,000."),
        ],
    )
    def test_a_text_too_long_is_refused_before_anybody_is_asked(self, text, why):
        account = Account("bluesky", "agency.test", "http://agency.invalid", "secret")
        assert adapter.problems(Outgoing(text))[0].startswith(why)
        with pytest.raises(PublishError) as refused:
            adapter.payload(Outgoing(text), "3n33ne4thfwfl", datetime.now(UTC), account)
        assert type(refused.value) is PublishError
        assert why in str(refused.value)

    def test_pictures_too_big_or_too_many_are_refused_with_what_to_do(self):
        def one(size):
            return Picture("0" * 64, "image/jpeg", 10, 10, "Alt", size)

        assert adapter.problems(Outgoing("Text", pictures=(one(2_000_000),) * 4)) == []
        (big,) = adapter.problems(Outgoing("Text", pictures=(one(10), one(2_000_001))))
        assert big.startswith("picture 2 has 2,000,001 bytes; the most is 2,000,000. Save it smaller")
        (many,) = adapter.problems(Outgoing("Text", pictures=(one(10),) * 5))
        assert many == "5 pictures; the most is 4. Take some out."

    def test_the_real_server_has_the_same_limits(self, bluesky_account):
        account = account_of(bluesky_account)
        for text, taken in (("👩🏽‍🚒" * 200, True), ("x" * 300, True), ("x" * 301, False), ("é" * 301, False)):
            payload = payload_for(account)
            payload["body"]["record"]["text"] = text
            assert (not adapter.problems(Outgoing(text))) is taken
            if taken:
                adapter.publish(account, payload, ())
            else:
                with pytest.raises(PublishError, match="refused it: .*grapheme") as refused:
                    adapter.publish(account, payload, ())
                assert type(refused.value) is PublishError


def test_a_wrong_app_password_says_what_to_do_and_shows_nothing(agency, channel, bluesky_account, capfd):
    with agency.database.writing() as session:
        from workflow.models import Channel
        from workflow.models.seal import seal

        session.get_one(Channel, channel).sealed_secret = seal("wrong-pass-word", agency.secret_key)
    post_id = agency.approved(channels=(channel,))
    assert agency.publish(post_id) is P.FAILED
    row = agency.publication(post_id)
    assert "give the channel a new app password" in row.error
    assert "wrong-pass-word" not in row.error + "".join(capfd.readouterr())
    agency.change_channel(channel, sealed_secret=seal(bluesky_account.app_password, agency.secret_key))
    again(agency, post_id)
    assert agency.publish(post_id) is P.PUBLISHED
    assert len(bluesky_account.records()) == 1


def test_a_server_that_is_away_and_comes_back(agency, channel, bluesky, bluesky_account):
    post_id = agency.approved(channels=(channel,))
    bluesky.stop()
    try:
        for _ in range(2):
            with pytest.raises(door.Later, match="cannot be reached"):
                agency.publish(post_id)
        assert agency.publication(post_id).state == "scheduled"
    finally:
        bluesky.start()
    assert agency.publish(post_id) is P.PUBLISHED
    assert len(bluesky_account.records()) == 1


class TestKilled:
    """A process that is killed at the worst moments, by SIGKILL, and what the next one makes of it."""

    def kill(self, agency, post_id, where):
        settings = agency.services.settings
        done = subprocess.run(
            [
                sys.executable,
                ROOT / "tests/publishing/dying.py",
                where,
                settings.data,
                str(agency.ids(post_id)["bluesky"]),
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT), "TEABREAK_DATABASE_URL": str(settings.database_url)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == -9, done.stderr
        row = agency.publication(post_id)
        assert (row.state, row.network_id) == ("sending", None)

    @pytest.mark.parametrize(("where", "there"), [("before the call", 0), ("after the answer", 1)])
    def test_it_stands_there_once(self, agency, channel, bluesky_account, where, there):
        post_id = agency.approved(channels=(channel,))
        self.kill(agency, post_id, where)
        assert len(bluesky_account.records()) == there
        assert agency.publish(post_id) is P.PUBLISHED
        (record,) = bluesky_account.records()
        assert record["uri"] == agency.publication(post_id).network_id
        assert record["value"]["text"] == "The library van stops at Sample Green on Thursday."
        assert agency.state(post_id) == "published"

    def test_what_a_person_deleted_meanwhile_is_not_put_back(self, agency, channel, bluesky_account):
        post_id = agency.approved(channels=(channel,))
        self.kill(agency, post_id, "after the answer")
        bluesky_account.delete(bluesky_account.records()[0])
        for _ in range(2):
            assert agency.publish(post_id) is P.UNCONFIRMED
        assert bluesky_account.records() == []
        assert "deleted since" in agency.publication(post_id).error
        # A person looks, says that it is not there, and wants it published after all.
        with agency.database.writing() as session:
            row = session.get_one(Publication, agency.ids(post_id)[channel])
            settle(session, agency.people["publisher"].as_actor(), row, False)
        again(agency, post_id)
        assert agency.publish(post_id) is P.PUBLISHED
        assert len(bluesky_account.records()) == 1


class TestBetween:
    """Faults on the way, made by a proxy before the real server."""

    @pytest.mark.parametrize("late", ["before the second try", "after the second try"])
    def test_a_server_that_takes_it_after_we_gave_up(
        self, agency, channel, through, bluesky_account, monkeypatch, late
    ):
        monkeypatch.setattr(bluesky_session, "TIMEOUT", httpx.Timeout(5, read=0.5))
        go_on, arrived = threading.Event(), threading.Event()

        def holding(request):
            go_on.wait(60)
            status, _, body = request.ask()
            assert status == 200, body
            arrived.set()
            request.drop()

        through.rules[PUT] = [holding]
        post_id = agency.approved(channels=(channel,))
        with pytest.raises(door.Later, match="did not answer in time"):
            agency.publish(post_id)
        assert agency.publication(post_id).state == "sending"
        monkeypatch.undo()
        if late == "before the second try":
            go_on.set()
            assert arrived.wait(60)
        assert agency.publish(post_id) is P.PUBLISHED
        go_on.set()
        assert arrived.wait(60)
        assert len(bluesky_account.records()) == 1
        assert through.calls(PUT) == (1 if late == "before the second try" else 2)

    def test_what_was_changed_on_the_network_before_we_read_it_back(self, agency, channel, through, bluesky_account):
        def overwritten(request):
            request.forward()
            (record,) = bluesky_account.records()
            value = {**record["value"], "text": "The library van stops nowhere."}
            bluesky_account.put(record["uri"].rpartition("/")[2], value)

        through.rules[PUT] = [overwritten]
        post_id = agency.approved(channels=(channel,))
        assert agency.publish(post_id) is P.UNCONFIRMED
        row = agency.publication(post_id)
        assert "not all is as approved: the text." in row.error
        assert row.address in row.error
        assert agency.state(post_id) == "unconfirmed"

    def test_a_read_back_that_cannot_be_had_is_repeated(self, agency, channel, through, bluesky_account):
        through.rules[GET] = [lambda request: request.answer(503)] * 2
        post_id = agency.approved(channels=(channel,))
        for _ in range(2):
            with pytest.raises(door.Later):
                agency.publish(post_id)
        assert agency.publish(post_id) is P.PUBLISHED
        assert through.calls(PUT) == 1

    def test_it_is_unconfirmed_when_the_read_back_cannot_be_had_for_half_an_hour(self, agency, channel, through):
        through.rules[GET] = [lambda request: request.answer(503)] * 2
        post_id = agency.approved(channels=(channel,))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
            assert agency.publish(post_id) is P.UNCONFIRMED
        assert agency.state(post_id) == "unconfirmed"

    def test_many_posts_sign_in_once_and_again_when_the_session_is_over(
        self, agency, channel, through, bluesky_account
    ):
        agency.change_channel(channel, paused=True)  # so that the jobs leave them to us
        posts = [agency.approved(f"Post {number} of 6.", channels=(channel,)) for number in range(6)]
        agency.change_channel(channel, paused=False)
        with ThreadPoolExecutor(3) as pool:
            assert list(pool.map(agency.publish, posts[:5])) == [P.PUBLISHED] * 5
        assert (through.calls(SIGN_IN), through.calls(PUT)) == (1, 5)
        expired = b'{"error": "ExpiredToken", "message": "Token has expired"}'
        through.rules[PUT] = [lambda request: request.answer(400, expired)]
        assert agency.publish(posts[5]) is P.PUBLISHED
        assert through.calls(SIGN_IN) == 2
        texts = sorted(record["value"]["text"] for record in bluesky_account.records())
        assert texts == [f"Post {number} of 6." for number in range(6)]


def error(name, message="Sample message"):
    return b'{"error": "%s", "message": "%s"}' % (name.encode(), message.encode())


UNKNOWN = "Whether Bluesky took it is not known"
FAULTS = {
    "the connection breaks": (PUT, lambda r: r.drop(), OutcomeUnknown, UNKNOWN),
    "500": (PUT, lambda r: r.answer(500, error("InternalServerError")), OutcomeUnknown, UNKNOWN),
    "502": (PUT, lambda r: r.answer(502, b"Bad gateway"), OutcomeUnknown, UNKNOWN),
    "504": (PUT, lambda r: r.answer(504, b"Too slow"), OutcomeUnknown, UNKNOWN),
    "503": (PUT, lambda r: r.answer(503, b"Busy"), Retryable, "not available at the moment"),
    "no JSON": (PUT, lambda r: r.answer(200, b"{"), OutcomeUnknown, UNKNOWN),
    "other JSON": (PUT, lambda r: r.answer(200, b'{"uri": "at://did:plc:other/a/b"}'), OutcomeUnknown, UNKNOWN),
    "413": (PUT, lambda r: r.answer(413, error("PayloadTooLarge")), PublishError, "too big"),
    "400": (PUT, lambda r: r.answer(400, error("InvalidRequest", "No such thing")), PublishError, "No such thing"),
    "401": (PUT, lambda r: r.answer(401, error("AuthMissing")), AuthorisationNeeded, "new app password"),
    "502 when looking": (GET, lambda r: r.answer(502, b"Bad gateway"), Retryable, "502"),
    "500 when looking": (GET, lambda r: r.answer(500), Retryable, "could not be asked"),
    "nonsense when looking": (GET, lambda r: r.answer(200, b"[1]"), Retryable, "makes no sense"),
    "broken when looking": (GET, lambda r: r.drop(), Retryable, "connection broke"),
    "413 for a picture": (UPLOAD, lambda r: r.answer(413, error("PayloadTooLarge")), PublishError, "too big"),
    "broken at a picture": (UPLOAD, lambda r: r.drop(), Retryable, "connection broke"),
    "no Bluesky server": (SIGN_IN, lambda r: r.answer(404, b"<html>"), PublishError, "service URL"),
    "500 at the sign-in": (SIGN_IN, lambda r: r.answer(500), Retryable, "could not be asked"),
    "broken at the sign-in": (SIGN_IN, lambda r: r.drop(), Retryable, "connection broke"),
    "nonsense at the sign-in": (SIGN_IN, lambda r: r.answer(200, b"{}"), Retryable, "makes no sense"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=FAULTS.keys())
def test_each_fault_is_named_for_what_it_is(bluesky_account, between, fault):
    method, rule, kind, words = FAULTS[fault]
    direct = account_of(bluesky_account)
    content = jpeg()
    payload = payload_for(direct, content)
    pictures = (taken(content),)
    between.rules[method] = [rule] * 3
    account = dataclasses.replace(direct, service_url=between.url)
    call, arguments = (adapter.find, ()) if method == GET else (adapter.publish, (pictures,))
    with pytest.raises(PublishError) as raised:
        call(account, payload, *arguments)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert bluesky_account.app_password not in str(raised.value)
    assert bluesky_account.records() == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90),
        ({"RateLimit-Reset": str(int(datetime(2026, 12, 1, 12, 5, tzinfo=UTC).timestamp()))}, 300),
    ],
)
def test_a_full_limit_says_how_long_to_wait(bluesky_account, between, headers, seconds):
    direct = account_of(bluesky_account)
    payload = payload_for(direct)
    between.rules[PUT] = [lambda request: request.answer(429, error("RateLimitExceeded"), headers)]
    account = dataclasses.replace(direct, service_url=between.url)
    adapter.test(account)
    with (
        time_machine.travel(datetime(2026, 12, 1, 12, 0, tzinfo=UTC), tick=False),
        pytest.raises(Retryable, match="takes no more from this account until 12:0") as full,
    ):
        adapter.publish(account, payload, ())
    assert full.value.retry_after == timedelta(seconds=seconds)


def test_another_post_under_our_key_is_not_overwritten(bluesky_account):
    account = account_of(bluesky_account)
    payload = payload_for(account)
    body = payload["body"]
    bluesky_account.put(body["rkey"], {**body["record"], "text": "Somebody else's post."})
    with pytest.raises(NotAsApproved, match="Something else stands under the post's name"):
        adapter.publish(account, payload, ())
    with pytest.raises(NotAsApproved, match="the text"):
        adapter.compare(account, payload)
    (record,) = bluesky_account.records()
    assert record["value"]["text"] == "Somebody else's post."


def test_a_channel_that_was_given_another_account_publishes_nothing_there(bluesky, bluesky_account):
    account = account_of(bluesky_account)
    payload = payload_for(account)
    other = bluesky.account()
    with pytest.raises(PublishError, match=f"another account \\({other.handle}\\)"):
        adapter.publish(account_of(other), payload, ())
    assert other.records() == bluesky_account.records() == []


@pytest.mark.parametrize("address", ["agency.example", "ftp://agency.example", "http://agency.invalid:1"])
def test_an_address_that_leads_nowhere_is_a_plain_sentence(address):
    with pytest.raises(PublishError) as raised:
        adapter.test(Account("bluesky", "agency.test", address, "secret-word"))
    assert str(raised.value) in (
        "The channel's service URL is no address of a server. Write it like https://bsky.social.",
        "Bluesky's server cannot be reached.",
    )


def test_a_channel_without_a_password_says_so():
    with pytest.raises(AuthorisationNeeded, match=r"agency\.test has no app password\. Make one in Bluesky"):
        adapter.test(Account("bluesky", "agency.test", "http://agency.invalid"))


def account_of(account):
    return Account("bluesky", account.handle, account.url, account.app_password)


def payload_for(account, content=b"", text="Sample post."):
    now = datetime.now(UTC)
    pictures = (taken(content),) if content else ()
    return adapter.payload(Outgoing(text, pictures=pictures), adapter.key("sample", now), now, account)


def taken(content):
    import hashlib

    return Picture(hashlib.sha256(content).hexdigest(), "image/jpeg", 8, 8, "A square.", len(content), content)


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (1, 2, 3)).save(out, "JPEG")
    return out.getvalue()


def again(agency, post_id):
    with agency.database.writing() as session:
        try_again(session, agency.people["publisher"].as_actor(), session.get_one(Post, post_id))
