"""Mail that becomes no post: kept with its reason, and answered only where that is safe."""

import random

import pytest

from tests.factories import make_person
from tests.intake.conftest import TEXT, mail
from workflow.jobs import letters
from workflow.roles import SYSTEM

pytestmark = pytest.mark.dovecot

BOUNCE = b"""Return-Path: <>
From: MAILER-DAEMON@mx.agency.example
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.agency.example

Final-Recipient: rfc822; gone@agency.example
Action: failed
Status: 5.1.1

--b--
"""
TWO_SENDERS = b"From: author@agency.example, reviewer@agency.example\nSubject: Which one\n\nWho wrote this?\n"
UNKNOWN = "Its sender is not known here. Add them as a member of staff if they should be."
MACHINE = "It was sent by a machine, not by a person (for example an out-of-office reply)."
NOBODY = "It does not say clearly who sent it."

UNANSWERED = {
    "random bytes": (random.Random(7).randbytes(3_000), NOBODY),
    "empty": (b"\r\n", NOBODY),
    "two senders": (TWO_SENDERS, NOBODY),
    "bounce": (BOUNCE, "It is a notice that mail to gone@agency.example could not be delivered."),
    "out of office": (mail("I am away.", subject="Away", Auto_Submitted="auto-replied"), MACHINE),
    "out of office by its subject": (mail("I am away.", subject="Automatic reply: TB-1001"), MACHINE),
    "mailing list": (mail(List_Id="<staff.agency.example>", Precedence="list"), MACHINE),
    "one of ours": (mail(X_Teabreak="1"), MACHINE),
    "unknown": (mail(sender="stranger@elsewhere.example"), UNKNOWN),
    "display name is no proof": (
        mail().as_bytes().replace(b"Sample Person <author@agency.example>", b'"author@agency.example" <x@y.example>'),
        UNKNOWN,
    ),
}


@pytest.mark.parametrize(("message", "reason"), UNANSWERED.values(), ids=UNANSWERED)
def test_it_is_kept_with_its_reason_and_nobody_is_answered(intake, message, reason):
    (row,) = intake.take_in(message)
    assert (row.state, row.reason, row.post_id) == ("set aside", reason, None)
    assert intake.services.files.read(row.sha256)
    assert len(intake.in_folder("Handled")) == 1
    assert intake.posts() == intake.smtp.arrived == []


def test_a_closed_account_proposes_nothing_and_is_not_answered(intake):
    from workflow.models import Person
    from workflow.review.people import disable

    with intake.services.database.writing() as session:
        disable(session, SYSTEM, session.get_one(Person, intake.people["author"].id))
    (row,) = intake.take_in(mail())
    assert (row.state, row.reason) == ("set aside", "Its sender's account is closed.")
    assert intake.smtp.arrived == []


@pytest.mark.parametrize(
    ("stated", "require", "state", "answers"),
    [
        ("mx.agency.example; dmarc=fail header.from=agency.example", False, "set aside", 0),
        ("mx.agency.example; dmarc=pass header.from=agency.example", True, "taken in", 1),
        ("forged.example; dmarc=pass header.from=agency.example", True, "set aside", 1),
        ("forged.example; dmarc=pass header.from=agency.example", False, "taken in", 1),
    ],
    ids=["spoofed", "proved", "vouched for by a stranger", "not vouched for, and not asked to be"],
)
def test_the_mail_servers_own_word_decides_who_sent_it(intake, stated, require, state, answers):
    intake.set(authserv_id="mx.agency.example", require_proof=require)
    (row,) = intake.take_in(mail(Authentication_Results=stated))
    assert row.state == state
    assert len(intake.to("author")) == answers
    if state == "taken in":
        unsure = "did not confirm the sender's address" in intake.posts()[0].revision.note
        assert unsure == ("forged" in stated)


@pytest.mark.parametrize("by", ["In-Reply-To", "References", "Subject"])
def test_a_reply_to_one_of_our_mails_becomes_no_post_and_says_why(intake, by):
    intake.take_in(mail())
    ours = intake.to("author")[0].message
    reply = mail("Thanks!", subject="Re: your mail")
    if by == "Subject":  # the relay in between gave our mail another Message-ID
        reply.replace_header("Subject", f"AW: Re: {ours['Subject']}")
    else:
        reply[by] = f"<other@x.example> {ours['Message-ID']}"
    row = intake.take_in(reply)[-1]
    assert row.state == "set aside"
    assert row.reason.startswith("It answers one of our mails.")
    assert len(intake.posts()) == 1
    assert "It answers one of our mails." in intake.to("author")[-1].part("plain")


def test_a_mail_with_nothing_in_it_is_answered_with_what_was_not_taken(intake):
    sent = mail("", subject="Notes")
    sent.add_attachment(b"PK\x03\x04 a document", maintype="application", subtype="zip", filename="notes.zip")
    (row,) = intake.take_in(sent)
    assert row.state == "set aside"
    (answer,) = intake.to("author")
    assert answer.message["In-Reply-To"] == sent["Message-ID"]
    assert "It holds no text and no picture that could become a post." in answer.part("plain")
    assert "notes.zip was not taken: only pictures can be part of a post." in answer.part("html")


def test_who_may_not_propose_is_told(intake):
    intake.take_in(mail(sender="administrator@agency.example"))
    assert intake.posts() == []
    assert "Its sender may not propose posts." in intake.to("administrator")[0].part("plain")


def test_an_address_that_takes_no_replies_gets_none(intake):
    with intake.services.database.writing() as session:
        make_person(session, "noreply")
    (row,) = intake.take_in(mail(sender="noreply@agency.example"))
    assert row.state == "set aside"
    assert intake.smtp.arrived == []


def test_a_loop_that_no_header_shows_ends_after_six_answers_though_all_came_at_once(intake):
    rows = intake.take_in(*(mail("", subject=f"I am away {number}") for number in range(9)))
    assert [row.state for row in rows] == ["set aside"] * 9
    assert len(intake.to("author")) == letters.MAX_NOT_TAKEN == 6


def test_a_machine_whose_mails_become_posts_is_not_answered_for_ever(intake, monkeypatch):
    monkeypatch.setattr(letters, "MAX_ANSWERS", 3)
    intake.take_in(*(mail(f"{TEXT} Again: {number}.") for number in range(5)))
    assert len(intake.posts()) == 5
    assert len(intake.to("author")) == 3
    assert len(intake.to("reviewer")) == 5


def test_a_mail_set_aside_that_raises_a_concern_is_answered_without_its_words(intake):
    text = "Our own managers are covering up unsafe cladding and staff were told to keep quiet."
    rows = intake.take_in(mail(text, sender="administrator@agency.example", subject="The cladding"))
    assert rows[0].understood == {"quiet": True}
    (answer,) = intake.smtp.arrived
    assert answer.message["Subject"] == "Your mail did not become a post"
    assert b"cladding" not in answer.raw


def test_pictures_of_a_stranger_are_not_opened(intake, monkeypatch):
    from workflow.review import pictures

    monkeypatch.setattr(pictures, "accept", lambda *_: pytest.fail("opened"))
    sent = mail(sender="stranger@elsewhere.example")
    sent.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="a.png")
    assert intake.take_in(sent)[0].reason == UNKNOWN
