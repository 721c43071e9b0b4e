"""A post on two channels, however these end: never “published” while one is under way, and always a way out."""

from itertools import combinations_with_replacement

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Channel, Post, PublicationState
from workflow.models.post import reference_of
from workflow.publishing import door
from workflow.publishing.outcome import Later, fail

P = PublicationState
ENDS = [P.PUBLISHED, P.FAILED, P.UNCONFIRMED, P.WAITING, P.SCHEDULED]
UNDER_WAY = {P.SCHEDULED, P.SENDING, P.WAITING, P.UNCONFIRMED}
ADDRESS = "https://social.example/agency/1"


class OnTwoChannels:
    """An approved post whose publications stand as asked, and the people who do what its pages offer."""

    def __init__(self, services, people, sign_in, first, second):
        self.services = services
        ends = {"first": first, "second": second}
        with services.database.writing() as session:
            for id_, end in ends.items():
                make_channel(session, services, id_, "by_hand" if end is P.WAITING else "sample")
        self.id = make_post(services, people["author"], channels=tuple(ends))
        make_decision(services, people["reviewer"], self.id)
        # What is under way first: a post whose every publication has ended moves on.
        for id_, end in sorted(ends.items(), key=lambda item: item[1] not in UNDER_WAY):
            self.bring(id_, end)
        self.url = f"/posts/{reference_of(self.id)}"
        self.author, self.publisher = sign_in("author"), sign_in("publisher")
        assert self.publications == ends

    def bring(self, channel, end):
        if end is P.SCHEDULED:
            self.pause(channel, True)
        if end in (P.FAILED, P.UNCONFIRMED):
            with self.services.database.writing() as session:
                post = session.get_one(Post, self.id, with_for_update={"of": Post})
                row = next(row for row in post.publications if row.channel_id == channel)
                fail(session, post, row, end, "Sample: the network did not answer.")
        else:
            self.run(channel)

    def pause(self, channel, paused):
        with self.services.database.writing() as session:
            session.execute(sa.update(Channel).where(Channel.id == channel).values(paused=paused))

    def run(self, channel):
        with self.services.database.reading() as session:
            id_ = next(row.id for row in session.get_one(Post, self.id).publications if row.channel_id == channel)
        try:
            door.publish(self.services.database, self.services.files, "sample", id_)
        except Later:
            return

    @property
    def state(self):
        with self.services.database.reading() as session:
            return session.get_one(Post, self.id).state

    @property
    def publications(self):
        with self.services.database.reading() as session:
            return {row.channel_id: P(row.state) for row in session.get_one(Post, self.id).publications}

    def is_true_to_its_publications(self):
        states = set(self.publications.values())
        if self.state == "published":
            assert not states & UNDER_WAY
            assert P.PUBLISHED in states
        if self.state in ("failed", "withdrawn"):
            assert not states & UNDER_WAY

    # -- what people can do; each is False where no page offers it

    def settle(self, live):
        form = self.publisher.get(self.url).soup.select_one("form[action$='/settle']")
        if form:
            name = form.find("input", {"name": "form"})["value"]
            fields = {"form": name, "live": "yes" if live else "no", "address": ADDRESS if live else ""}
            self.publisher.post(form["action"], fields)
        return bool(form)

    def publish_by_hand(self, done):
        link = self.publisher.get(self.url).soup.find("a", href=lambda href: href and "/by-hand/" in href)
        if link is None:
            return False
        wanted = link["href"] if done else f"{link['href']}/leave"
        form = self.publisher.get(link["href"]).soup.find("form", action=wanted)
        self.publisher.post(form["action"], {"address": ADDRESS} if done else {})
        return True

    def let_it_out(self, resumed):
        waiting = [id_ for id_, state in self.publications.items() if state is P.SCHEDULED]
        for id_ in waiting:
            if resumed:
                self.pause(id_, False)
                self.run(id_)
            else:
                self.bring(id_, P.FAILED)
        return bool(waiting)

    def press(self, browser, action):
        form = browser.get(self.url).soup.find("form", action=f"{self.url}/{action}")
        if form:
            browser.post(form["action"])
        return bool(form)


@pytest.fixture
def on_two_channels(services, people, sign_in):
    return lambda first, second: OnTwoChannels(services, people, sign_in, first, second)


def drive(post, steps):
    """Takes the first step that is offered, again and again, until none is."""
    post.is_true_to_its_publications()
    for _ in range(10):
        if not any(step() for step in steps):
            return
        post.is_true_to_its_publications()
    raise AssertionError(f"It does not come to an end: {post.state}, {post.publications}")


@pytest.mark.parametrize(("first", "second"), list(combinations_with_replacement(ENDS, 2)))
def test_where_all_goes_well_at_last_it_is_published_everywhere(on_two_channels, first, second):
    post = on_two_channels(first, second)
    drive(
        post,
        [
            lambda: post.settle(True),
            lambda: post.publish_by_hand(True),
            lambda: post.let_it_out(True),
            lambda: post.press(post.publisher, "try-again"),
        ],
    )
    assert (post.state, set(post.publications.values())) == ("published", {P.PUBLISHED})


@pytest.mark.parametrize(("first", "second"), list(combinations_with_replacement(ENDS, 2)))
def test_where_nothing_more_goes_well_it_is_left_as_it_is_or_withdrawn(on_two_channels, first, second):
    post = on_two_channels(first, second)
    drive(
        post,
        [
            lambda: post.let_it_out(False),
            lambda: post.publish_by_hand(False),
            lambda: post.settle(False),
            lambda: post.press(post.publisher, "leave"),
            lambda: post.state == "failed" and post.press(post.author, "withdraw"),
        ],
    )
    live = P.PUBLISHED in (first, second)
    assert post.state == ("published" if live else "withdrawn")
    assert set(post.publications.values()) <= {P.PUBLISHED, P.CANCELLED}
    history = post.author.get(post.url).soup.find("ol", class_="history").get_text()
    if first is P.WAITING:
        assert "did not publish it by hand" in history
    if live and second is not P.PUBLISHED:
        assert "left it unpublished where it could not be published" in history


@pytest.mark.parametrize("out", [P.PUBLISHED, P.UNCONFIRMED, P.WAITING])
def test_what_is_out_in_part_is_not_taken_back(on_two_channels, out):
    post = on_two_channels(out, P.FAILED)
    page = post.author.get(post.url).soup
    assert not page.find("form", action=f"{post.url}/withdraw")
    assert not page.find("a", href=f"{post.url}/edit")
    before = post.state
    said = post.author.post(f"{post.url}/withdraw", status=409).soup.main.get_text()
    if before == "failed":
        assert "Part of this post is out already" in said
    assert post.state == before


def test_what_was_tried_again_and_is_out_in_part_is_not_taken_back(on_two_channels):
    post = on_two_channels(P.PUBLISHED, P.FAILED)
    assert post.press(post.publisher, "try-again")
    assert post.state == "scheduled"
    assert not post.author.get(post.url).soup.find("form", action=f"{post.url}/withdraw")
    said = post.author.post(f"{post.url}/withdraw", status=409).soup.main.get_text()
    assert "Part of this post is out already" in said
    assert post.publications == {"first": P.PUBLISHED, "second": P.SCHEDULED}


def test_nothing_is_left_as_it_is_where_nothing_is_live(on_two_channels):
    post = on_two_channels(P.FAILED, P.FAILED)
    assert not post.publisher.get(post.url).soup.find("form", action=f"{post.url}/leave")
    assert "Nothing of it is live" in post.publisher.post(f"{post.url}/leave", status=409).soup.main.get_text()
    post.author.post(f"{post.url}/leave", status=403)
    assert post.state == "failed"
