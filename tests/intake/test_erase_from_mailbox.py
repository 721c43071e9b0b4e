"""A post that came by mail and was deleted for good leaves the shared mailbox too, and nothing else does."""

import pytest
import sqlalchemy as sa

from tests.fixtures.dovecot import free_ports
from tests.intake.conftest import mail
from workflow.jobs.listing import list_jobs, try_again
from workflow.models import Post
from workflow.review.hold import withdraw_for_good

pytestmark = pytest.mark.dovecot

WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."


def as_it_came(message):
    """A message in the bytes that a mail server keeps."""
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def withdraw(intake, ref):
    with intake.services.database.writing() as session:
        post = session.get_one(Post, intake.post(ref).id)
        withdraw_for_good(session, intake.people["author"].as_actor(), post)


def held(intake):
    [post] = [post for post in intake.posts() if post.state == "held"]
    return post.ref


def test_the_mail_of_a_deleted_post_is_deleted_in_the_mailbox_and_no_other_of_its_size(intake):
    concern = as_it_came(mail(WHISTLE))
    of_a_stranger = concern.replace(b"author@agency.example", b"nobody@agency.example")
    assert len(of_a_stranger) == len(concern)
    intake.take_in(mail(), concern, of_a_stranger)
    assert concern in intake.in_folder("Handled")
    before = len(intake.in_folder("Handled"))
    withdraw(intake, held(intake))
    intake.run()
    left = intake.in_folder("Handled")
    assert concern not in left
    assert of_a_stranger in left
    assert len(left) == before - 1


def test_a_copy_in_another_mailbox_goes_as_well_also_where_it_comes_in_later(intake):
    other_box = intake.another_box()
    concern = as_it_came(mail(WHISTLE))
    intake.take_in(concern)
    withdraw(intake, held(intake))
    intake.deliver(concern, other_box)
    intake.read(other_box)
    intake.run()
    assert [intake.in_folder("Handled", box) for box in intake.boxes] == [[], []]
    assert [row.state for row in intake.ledger()] == ["taken in", "duplicate"]


def test_a_mail_that_was_not_moved_yet_is_deleted_where_it_stands(intake):
    concern = as_it_came(mail(WHISTLE))
    intake.take_in(concern)
    client = intake.server.connection(intake.box.user)
    client.select("Handled")
    client.copy("1", "INBOX")
    client.store("1", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    assert intake.in_folder("INBOX") == [concern]
    withdraw(intake, held(intake))
    intake.run()
    assert intake.in_folder("INBOX") == []


def test_while_the_mailbox_is_away_the_deletion_waits(intake):
    concern = as_it_came(mail(WHISTLE))
    intake.take_in(concern)
    withdraw(intake, held(intake))
    intake.set(port=free_ports(1)[0])
    intake.run()
    with intake.services.database.reading() as session:
        [row] = list_jobs(session, intake.services.settings).failing.rows
    assert "cannot be reached" in row.error
    assert "TB-" not in row.about + row.error
    intake.set(port=intake.server.port)
    assert intake.in_folder("Handled") == [concern]
    with intake.services.database.writing() as session:
        try_again(session, intake.people["administrator"].as_actor(), row.id)
    intake.run()
    assert intake.in_folder("Handled") == []


def test_a_mailbox_that_is_no_longer_set_up_stops_nothing(intake):
    intake.take_in(as_it_came(mail(WHISTLE)))
    withdraw(intake, held(intake))
    intake.services.settings.mail_in = []
    intake.run()
    with intake.services.database.reading() as session:
        listing = list_jobs(session, intake.services.settings)
        assert (len(listing.waiting), len(listing.failing), len(listing.dead)) == (0, 0, 0)
        assert session.scalar(sa.select(Post.state)) == "withdrawn"
