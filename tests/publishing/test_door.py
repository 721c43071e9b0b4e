"""The door out, on the sample channel: what passes, what does not, and how it ends."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from workflow.jobs.worker import Worker
from workflow.models import Picture, Post, Publication, PublicationState, Revision
from workflow.publishing import door, register
from workflow.publishing.base import (
    AuthorisationNeeded,
    NotAsApproved,
    OutcomeUnknown,
    PublishError,
    Retryable,
)
from workflow.publishing.sample import SampleChannel
from workflow.review.proposal import Proposal, proposal_of
from workflow.review.publish_choices import mark_published, publish_now, settle, try_again
from workflow.review.revise import revise

P = PublicationState
TEXT = "The library van stops at Sample Green on Thursday."


class Faulty(SampleChannel):
    """The sample channel, on which the named steps fail with the errors given; an error of None works."""

    network = "faulty"
    name = "Faulty channel"

    def __init__(self, **errors):
        self.errors = {step: list(list_) for step, list_ in errors.items()}
        self.asked = []

    def _fail(self, step):
        self.asked.append(step)
        errors = self.errors.get(step)
        error = errors.pop(0) if errors else None
        if error:
            raise error

    def payload(self, *arguments):
        self._fail("payload")
        return super().payload(*arguments)

    def publish(self, *arguments):
        self._fail("publish")
        published = super().publish(*arguments)
        self._fail("after publish")
        return published

    def find(self, *arguments):
        self._fail("find")
        return super().find(*arguments)

    def compare(self, *arguments):
        self._fail("compare")
        super().compare(*arguments)


class NoKey(Faulty):
    """A network that does not honour keys, and cannot be searched."""

    safe_to_repeat = False

    def find(self, *arguments):
        self._fail("find")


@pytest.fixture
def faulty(agency, monkeypatch):
    """`faulty(publish=[error, ...])` makes the channel “faulty” fail so; gives the adapter."""
    agency.add_channel("faulty", "sample")
    agency.change_channel("faulty", network="faulty")

    def make(kind=Faulty, **errors):
        adapter = kind(**errors)
        monkeypatch.setitem(register.publishers, "faulty", adapter)
        return adapter

    make()
    return make


def test_an_approved_post_goes_out_once_however_often_the_door_is_called(agency):
    post_id = agency.approved()
    for _ in range(3):
        assert agency.publish(post_id) is P.PUBLISHED
    assert agency.shown() == [TEXT]
    assert agency.state(post_id) == "published"
    row = agency.publication(post_id)
    assert row.attempts == 1
    assert row.address.endswith(row.key)


def test_the_job_publishes_it(agency):
    post_id = agency.approved()
    Worker(agency.services).run_until_idle()
    assert agency.shown() == [TEXT]
    assert agency.state(post_id) == "published"


@pytest.mark.parametrize("part", ["text", "alternative text", "language", "channels", "digest"])
def test_what_was_changed_behind_our_back_is_not_published(agency, part):
    post_id = agency.approved(pictures=(picture(agency),))
    with agency.database.writing() as session:
        of_post = sa.update(Revision).where(Revision.post_id == post_id)
        if part == "text":
            session.execute(of_post.values(text="Vote for the sample party."))
        elif part == "language":
            session.execute(of_post.values(language="fr"))
        elif part == "channels":
            session.execute(of_post.values(channels=["sample", "second"]))
        elif part == "digest":
            session.execute(sa.update(Post).where(Post.id == post_id).values(approved_digest="0" * 64, digest="0" * 64))
        else:
            session.execute(sa.update(Picture).values(alt_text="Something else"))
    assert agency.publish(post_id) is P.FAILED
    assert agency.shown() == []
    assert agency.state(post_id) == "failed"
    assert "not what was approved" in agency.publication(post_id).error


def test_a_paused_channel_waits_and_goes_on(agency):
    post_id = agency.approved()
    agency.change_channel("sample", paused=True)
    with pytest.raises(door.Later, match="paused") as later:
        agency.publish(post_id)
    assert later.value.after <= timedelta(minutes=5)
    assert (agency.shown(), agency.state(post_id)) == ([], "scheduled")
    agency.change_channel("sample", paused=False)
    assert agency.publish(post_id) is P.PUBLISHED


def test_nothing_goes_out_before_its_time_whoever_calls_the_door(agency):
    post_id = agency.approved(publish_at=datetime.now(UTC) + timedelta(minutes=10))
    with pytest.raises(door.Later, match="not come yet") as later:
        agency.publish(post_id)
    assert timedelta(minutes=9) < later.value.after <= timedelta(minutes=10)
    assert (agency.shown(), agency.state(post_id)) == ([], "scheduled")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert agency.publish(post_id) is P.PUBLISHED


def test_a_post_that_is_too_late_expires_and_goes_out_when_somebody_says_so(agency):
    post_id = agency.approved(channels=("sample", "second"))
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1, minutes=1)):
        assert agency.publish(post_id, "sample") is P.CANCELLED
        assert agency.publish(post_id, "second") is P.CANCELLED
        assert agency.shown() == []
        assert agency.state(post_id) == "expired"
        with agency.database.writing() as session:
            publish_now(session, agency.people["publisher"].as_actor(), session.get_one(Post, post_id))
        assert agency.publish(post_id, "sample") is P.PUBLISHED
        assert agency.publish(post_id, "second") is P.PUBLISHED
    assert agency.state(post_id) == "published"


def test_a_channel_that_was_paused_past_the_time_does_not_fire_by_itself_when_another_one_is_live(agency):
    post_id = agency.approved(channels=("sample", "second"))
    agency.change_channel("second", paused=True)
    assert agency.publish(post_id, "sample") is P.PUBLISHED
    agency.change_channel("second", paused=False)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        assert agency.publish(post_id, "second") is P.FAILED
        assert agency.state(post_id) == "failed"
        with agency.database.writing() as session:
            try_again(session, agency.people["publisher"].as_actor(), session.get_one(Post, post_id))
        assert agency.publish(post_id, "second") is P.PUBLISHED
    assert agency.state(post_id) == "published"
    assert (agency.shown("sample"), agency.shown("second")) == ([TEXT], [TEXT])


def test_an_approval_that_was_dropped_after_scheduling_publishes_nothing(agency):
    post_id = agency.approved()
    with agency.database.writing() as session:
        post = session.get_one(Post, post_id)
        values = proposal_of(post.revision)
        changed = Proposal(text=f"{values.text} Bring your card.", channels=values.channels)
        revise(session, agency.people["author"].as_actor(), post, changed, seen_digest=post.digest)
    Worker(agency.services).run_until_idle()
    assert agency.publish(post_id) is P.CANCELLED
    assert (agency.shown(), agency.state(post_id)) == ([], "in review")


def test_a_removed_channel_gets_nothing(agency):
    post_id = agency.approved()
    agency.change_channel("sample", retired_at=datetime.now(UTC))
    assert agency.publish(post_id) is P.FAILED
    assert "was removed" in agency.publication(post_id).error
    assert (agency.shown(), agency.state(post_id)) == ([], "failed")


def test_a_channel_by_hand_waits_for_a_person(agency):
    post_id = agency.approved(channels=("sample", "noticeboard"))
    assert agency.publish(post_id, "noticeboard") is P.WAITING
    assert agency.publish(post_id, "sample") is P.PUBLISHED
    assert agency.state(post_id) == "publishing"
    with agency.database.writing() as session:
        row = session.get_one(Publication, agency.ids(post_id)["noticeboard"])
        mark_published(session, agency.people["publisher"].as_actor(), row, "https://noticeboard.example/1")
    assert agency.state(post_id) == "published"


def test_a_post_is_published_once_all_its_channels_are_through(agency):
    post_id = agency.approved(channels=("sample", "second"), texts={"second": "The van stops at Sample Green."})
    assert agency.publish(post_id, "sample") is P.PUBLISHED
    assert agency.state(post_id) == "publishing"
    assert agency.publish(post_id, "second") is P.PUBLISHED
    assert agency.state(post_id) == "published"
    assert agency.shown("second") == ["The van stops at Sample Green."]


def test_two_channels_that_end_at_the_same_moment_do_not_leave_the_post_in_between(agency, monkeypatch):
    both = threading.Barrier(2)

    def together(*arguments):
        with suppress(threading.BrokenBarrierError):  # as it should be: the second one waits for the first one's end
            both.wait(2)

    monkeypatch.setattr(door.news, "tell_of_publication", together)
    post_id = agency.approved(channels=("sample", "second"))
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(agency.publish, [post_id] * 2, ["sample", "second"]))
    assert ends == [P.PUBLISHED] * 2
    assert agency.state(post_id) == "published"


class TestRetry:
    def test_what_the_network_did_not_take_goes_out_later(self, agency, faulty):
        faulty(publish=[Retryable("Busy.", timedelta(seconds=90)), Retryable("Busy.")])
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later) as first:
            agency.publish(post_id)
        assert first.value.after == timedelta(seconds=90)
        with pytest.raises(door.Later):
            agency.publish(post_id)
        assert agency.publication(post_id).state == "scheduled"
        assert agency.publish(post_id) is P.PUBLISHED
        assert agency.shown("faulty") == [TEXT]
        assert agency.publication(post_id).error is None

    @pytest.mark.parametrize("step", ["payload", "publish"])
    def test_it_is_given_up_after_half_an_hour_as_failed_and_can_be_tried_again(self, agency, faulty, step):
        faulty(**{step: [Retryable("Busy.")] * 2})
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
            assert agency.publish(post_id) is P.FAILED
            assert agency.state(post_id) == "failed"
            assert agency.publication(post_id).error == "Given up after 2 tries: Busy."
            with agency.database.writing() as session:
                try_again(session, agency.people["publisher"].as_actor(), session.get_one(Post, post_id))
            assert agency.publish(post_id) is P.PUBLISHED
        assert agency.shown("faulty") == [TEXT]

    def test_a_wait_that_is_longer_than_we_keep_trying_ends_it_at_once(self, agency, faulty):
        faulty(publish=[Retryable("Full until tomorrow.", timedelta(hours=20))])
        post_id = agency.approved(channels=("faulty",))
        assert agency.publish(post_id) is P.FAILED
        assert "Full until tomorrow." in agency.publication(post_id).error

    def test_a_refusal_for_good_fails_with_its_sentence(self, agency, faulty):
        faulty(publish=[AuthorisationNeeded("Give the channel a new app password.")])
        post_id = agency.approved(channels=("faulty",))
        assert agency.publish(post_id) is P.FAILED
        assert agency.publication(post_id).error == "Give the channel a new app password."
        assert agency.state(post_id) == "failed"

    def test_what_a_process_that_slept_would_publish_hours_late_is_not_published(self, agency, faulty):
        faulty(publish=[OutcomeUnknown("No answer.")])
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=3)):
            assert agency.publish(post_id) is P.FAILED
        assert "time passed" in agency.publication(post_id).error
        assert agency.shown("faulty") == []


class TestNotKnown:
    def test_no_answer_is_looked_up_and_not_sent_twice(self, agency, faulty):
        adapter = faulty(**{"after publish": [OutcomeUnknown("No answer.")]})
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        assert agency.publication(post_id).state == "sending"
        assert agency.publish(post_id) is P.PUBLISHED
        assert agency.shown("faulty") == [TEXT]
        assert adapter.asked.count("publish") == 1

    def test_a_network_without_keys_is_never_asked_twice(self, agency, faulty):
        adapter = faulty(NoKey, publish=[OutcomeUnknown("No answer.")])
        post_id = agency.approved(channels=("faulty",))
        for _ in range(2):
            assert agency.publish(post_id) is P.UNCONFIRMED
        assert agency.state(post_id) == "unconfirmed"
        assert adapter.asked == ["payload", "publish"]

    def test_a_process_that_died_in_between_leaves_a_network_without_keys_to_a_person(self, agency, faulty):
        adapter = faulty(NoKey, publish=[KeyboardInterrupt()])
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(KeyboardInterrupt):
            agency.publish(post_id)
        assert agency.publish(post_id) is P.UNCONFIRMED
        assert "Look at the account" in agency.publication(post_id).error
        assert adapter.asked.count("publish") == 1

    def test_a_network_without_keys_that_certainly_took_nothing_is_asked_again(self, agency, faulty):
        faulty(NoKey, publish=[Retryable("Busy.")])
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        assert agency.publish(post_id) is P.PUBLISHED
        assert agency.shown("faulty") == [TEXT]

    def test_a_read_back_that_fails_is_repeated_and_never_ends_as_failed(self, agency, faulty):
        adapter = faulty(compare=[Retryable("Cannot be read.")] * 3)
        post_id = agency.approved(channels=("faulty",))
        for _ in range(2):
            with pytest.raises(door.Later):
                agency.publish(post_id)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
            assert agency.publish(post_id) is P.UNCONFIRMED
        assert adapter.asked.count("publish") == 1
        row = agency.publication(post_id)
        assert row.error == "It was sent, but could not be read back: Cannot be read."
        assert row.address
        assert agency.state(post_id) == "unconfirmed"
        with agency.database.writing() as session:
            row = session.get_one(Publication, row.id)
            settle(session, agency.people["publisher"].as_actor(), row, True, row.address)
        assert agency.state(post_id) == "published"

    def test_a_read_back_that_works_at_last_ends_as_published(self, agency, faulty):
        faulty(compare=[Retryable("Cannot be read.")])
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(door.Later):
            agency.publish(post_id)
        assert agency.publish(post_id) is P.PUBLISHED
        assert agency.shown("faulty") == [TEXT]

    def test_what_is_not_as_approved_ends_unconfirmed_with_its_sentence(self, agency, faulty):
        faulty(compare=[NotAsApproved("Its text was cut.")])
        post_id = agency.approved(channels=("faulty",))
        assert agency.publish(post_id) is P.UNCONFIRMED
        row = agency.publication(post_id)
        assert row.error == "Its text was cut."
        assert row.address
        assert agency.state(post_id) == "unconfirmed"

    @pytest.mark.parametrize(
        "change", [{"paused": True}, {"sealed_secret": b"sealed under another key"}, {"retired_at": datetime.now(UTC)}]
    )
    def test_after_a_crash_nothing_says_that_it_certainly_failed(self, agency, faulty, change):
        faulty(**{"after publish": [KeyboardInterrupt()]})
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(KeyboardInterrupt):
            agency.publish(post_id)
        agency.change_channel("faulty", **change)
        if "paused" in change:
            with pytest.raises(door.Later):
                agency.publish(post_id)
            assert agency.publication(post_id).state == "sending"
        else:
            assert agency.publish(post_id) is P.UNCONFIRMED

    @pytest.mark.parametrize("error", [AuthorisationNeeded("A new password."), PublishError("Refused.")])
    def test_a_look_up_that_is_refused_does_not_end_as_failed(self, agency, faulty, error):
        faulty(**{"after publish": [KeyboardInterrupt()], "find": [error]})
        post_id = agency.approved(channels=("faulty",))
        with pytest.raises(KeyboardInterrupt):
            agency.publish(post_id)
        assert agency.publish(post_id) is P.UNCONFIRMED

    def test_an_adapters_own_fault_keeps_no_words_of_the_post(self, agency, faulty, capfd):
        faulty(compare=[RuntimeError(f"no idea what to do with {TEXT}")])
        post_id = agency.approved(channels=("faulty",))
        assert agency.publish(post_id) is P.UNCONFIRMED
        assert agency.publication(post_id).error == "An unexpected fault (RuntimeError). The server's log says where."
        said = "".join(capfd.readouterr())
        assert "an adapter failed" in said
        assert TEXT not in said


def test_one_that_comes_late_does_not_undo_what_another_process_settled(agency, faulty):
    """A process was frozen in the call; meanwhile another one ended the publication, and a person settled it."""
    post_id = agency.approved(channels=("faulty",))
    adapter = faulty()

    def frozen(*arguments):
        with agency.database.writing() as session:
            row = session.get_one(Publication, agency.ids(post_id)["faulty"])
            door.fail(session, row.post, row, P.UNCONFIRMED, "Nobody knows.")
        raise Retryable("Busy.")

    adapter.publish = frozen
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=59)):
        assert agency.publish(post_id) is P.UNCONFIRMED
    assert agency.publication(post_id).error == "Nobody knows."
    assert agency.state(post_id) == "unconfirmed"


def test_a_picture_that_is_gone_or_damaged_fails_with_what_to_do(agency):
    post_id = agency.approved(pictures=(picture(agency),))
    with agency.database.reading() as session:
        path = Path(agency.services.files.path(session.scalars(sa.select(Picture.sha256)).one()))
    path.write_bytes(b"something else")
    assert agency.publish(post_id) is P.FAILED
    assert "Restore it from a backup" in agency.publication(post_id).error
    with agency.database.writing() as session:
        try_again(session, agency.people["publisher"].as_actor(), session.get_one(Post, post_id))
    os.unlink(path)
    assert agency.publish(post_id) is P.FAILED
    assert "Restore it from a backup" in agency.publication(post_id).error
    assert agency.shown() == []


def picture(agency, colour=(20, 90, 160), alt_text="A blue poster: free flu shots on Saturday.", size=(120, 68)):
    """A picture in the store, as the web form would have put it there."""
    import dataclasses
    import io

    from PIL import Image

    from workflow.review.pictures import accept

    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    taken = accept(agency.services.files, "poster.png", out.getvalue(), 8_000_000)
    return dataclasses.replace(taken, alt_text=alt_text)


def test_a_link_card_is_not_dropped_without_a_word(agency):
    post_id = agency.approved(link_card={"url": "https://agency.example/library", "title": "The library van"})
    assert agency.publish(post_id) is P.FAILED
    assert "link card" in agency.publication(post_id).error
    assert (agency.shown(), agency.state(post_id)) == ([], "failed")
