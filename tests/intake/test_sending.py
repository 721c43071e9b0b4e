"""Sending by a real SMTP server: away and back, and refusing for good."""

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_post
from tests.intake.conftest import set_up_sending
from workflow.jobs.listing import list_jobs, try_again
from workflow.jobs.worker import Worker
from workflow.models import OutgoingMail
from workflow.settings import MailOut


@pytest.fixture
def sending(services, people, smtp):
    """Services that send by `smtp`, with one channel."""
    with services.database.writing() as session:
        make_channel(session, services)
    set_up_sending(services, smtp)
    return services


def listing(services):
    with services.database.reading() as session:
        return list_jobs(session, services.settings)


def again(services, people):
    """An administrator presses "try again" on all that did not go out."""
    shown = listing(services)
    with services.database.writing() as session:
        for row in (*shown.failing.rows, *shown.dead.rows):
            try_again(session, people["administrator"].as_actor(), row.id)
    Worker(services).run_until_idle()


def states(services):
    with services.database.reading() as session:
        return dict(session.execute(sa.select(OutgoingMail.recipient, OutgoingMail.state)).all())


def test_while_the_mail_server_is_away_mails_wait_and_each_goes_out_once_it_is_back(sending, people, smtp):
    smtp.stop()
    make_post(sending, people["author"])
    shown = listing(sending)
    assert (len(shown.failing), len(shown.dead)) == (2, 0)
    assert all("cannot be reached" in row.error for row in shown.failing.rows)
    assert set(states(sending).values()) == {"waiting"}
    smtp.start()
    again(sending, people)
    assert sorted(arrived.recipients[0] for arrived in smtp.arrived) == [
        "reviewer@agency.example",
        "second-reviewer@agency.example",
    ]
    assert set(states(sending).values()) == {"sent"}
    assert len(listing(sending).failing) == 0
    again(sending, people)
    assert len(smtp.arrived) == 2


def test_a_refusal_for_good_stops_one_mail_says_why_and_can_be_tried_again(sending, people, smtp):
    smtp.answers["reviewer@agency.example"] = "550 5.1.1 no such user"
    make_post(sending, people["author"])
    (dead,) = listing(sending).dead.rows
    assert "reviewer@agency.example was refused: 550 5.1.1 no such user" in dead.error
    assert states(sending) == {"reviewer@agency.example": "refused", "second-reviewer@agency.example": "sent"}
    smtp.answers.clear()
    again(sending, people)
    assert set(states(sending).values()) == {"sent"}
    assert len(smtp.to("reviewer@agency.example")) == len(smtp.to("second-reviewer@agency.example")) == 1
    assert len(listing(sending).dead) == 0


def test_a_refusal_for_now_is_tried_again_with_the_same_message_id(sending, people, smtp):
    smtp.answers["reviewer@agency.example"] = "451 4.7.1 come back later"
    make_post(sending, people["author"])
    with sending.database.reading() as session:
        row = session.scalars(sa.select(OutgoingMail).where(OutgoingMail.state == "waiting")).one()
    assert len(listing(sending).failing) == 1
    smtp.answers.clear()
    again(sending, people)
    (arrived,) = smtp.to("reviewer@agency.example")
    assert arrived.message["Message-ID"] == row.message_id


def test_without_a_mail_server_nothing_is_sent_and_nothing_fails(sending, people, smtp):
    sending.settings.mail_out = MailOut()
    make_post(sending, people["author"])
    shown = listing(sending)
    assert (len(shown.waiting), len(shown.failing), len(shown.dead)) == (0, 0, 0)
    assert smtp.arrived == []
