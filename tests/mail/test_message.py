"""What is understood of a mail, from messages of our own in `messages/`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mail.message import IncomingMessage, as_json, parse

MESSAGES = Path(__file__).parent / "messages"


def read(name: str, **options: str) -> IncomingMessage:
    return parse((MESSAGES / name).read_bytes(), **options)


def body(text: str, **options: str) -> IncomingMessage:
    head = (
        "From: author@agency.example\nSubject: Sample\nMessage-ID: <a@b>\nContent-Type: text/plain; charset=utf-8\n\n"
    )
    return parse((head + text).encode(), **options)


def test_a_plain_mail() -> None:
    message = read("plain.eml")
    assert message.from_address == "author@agency.example"
    assert message.from_name == "Sample Author"
    assert message.to == ("posts@agency.example",)
    assert message.subject == "Library opening hours"
    assert message.message_id == "<plain-1@agency.example>"
    assert message.date == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert message.text.startswith("The library is open")
    assert message.text.endswith("dŵr, tŷ, £0.")
    assert message.removed == "--\nSample Author\nSample Agency"
    assert message.problems == ()
    assert (message.auto_generated, message.is_bounce, message.no_answer_reason) == (False, False, "")


def test_the_object_has_the_keys_of_the_contract() -> None:
    told = as_json(read("parts_around_a_picture.eml"))
    assert list(told) == [
        *("message_id", "from", "from_name", "subject", "text", "reply_text", "removed", "attachments"),
        *("auto_generated", "is_bounce", "bounced", "sender_verified", "problems"),
    ]
    assert all(set(one) == {"name", "type", "size"} for one in told["attachments"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reply_english.eml", "The pool opens at 9am, not 8am."),
        ("reply_welsh.eml", "Mae'r pwll yn agor am 9 y bore."),
        ("reply_outlook_welsh.eml", "Diolch, dyma'r testun newydd."),
    ],
)
def test_only_what_is_newly_written_is_the_text(name: str, text: str) -> None:
    message = read(name)
    assert message.text == text
    assert "Teabreak" in message.removed


def test_threading_fields() -> None:
    message = read("reply_english.eml")
    assert message.in_reply_to == ("<tb-1042.1@agency.example>",)
    assert message.references == ("<tb-1042.0@agency.example>", "<tb-1042.1@agency.example>")


def test_a_forwarded_mail_is_unwrapped_and_said_so() -> None:
    message = read("forwarded.eml")
    assert message.text == "Free swimming for children this half-term."
    assert "Please post this." in message.reply_text
    assert "Please post this." in message.removed
    assert any("forwarded mail from Sample Colleague" in problem for problem in message.problems)


def test_all_texts_are_joined_and_all_leaves_are_attachments() -> None:
    message = read("parts_around_a_picture.eml")
    assert message.text.split("\n") == ["Before the picture.", "A line that goes on here.", "After it, café."]
    picture, inside = message.attachments
    assert (picture.name, picture.type, picture.inline) == ("tea.HEIC", "image/jpeg", True)
    assert (inside.name, inside.type) == ("The mail inside.eml", "message/rfc822")
    assert b"Inside." in inside.content


def test_html_becomes_text() -> None:
    text = read("html_only.eml").text
    assert "Bins are collected on Friday." in text
    assert "Paper" in text
    assert "alert" not in text
    assert "color" not in text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            'Book the <a href="https://www.agency.example/x">pool</a> now.',
            "Book the pool (https://www.agency.example/x) now.",
        ),
        (
            'The <a href="https://agency.example/a?b=1&amp;c=2#top">big <b>pool</b></a>!',
            "The big pool (https://agency.example/a?b=1&c=2#top)!",
        ),
        ('See <a href="https://www.agency.example/x/">www.agency.example/x</a>.', "See www.agency.example/x."),
        ('See <a href="http://agency.example/">https://agency.example</a>', "See https://agency.example"),
        ('<a href="https://agency.example/x">See https://agency.example/x</a>', "See https://agency.example/x"),
        ('See <a href="https://safe.example/?u=agency">https://agency.example/x</a>', "See https://agency.example/x"),
        ('Ask <a href="mailto:pool@agency.example">the pool</a>.', "Ask the pool."),
        ('Back <a href="#top">up</a>, <a name="here">here</a>, <a href="/x">there</a>.', "Back up, here, there."),
        ('<a href="javascript:alert(1)">Look</a> <a href="https://[">there</a>', "Look there"),
        ('Hello<a href="https://agency.example/logo"><img src="cid:logo" alt="Logo"></a> all', "Hello all"),
        ('<a href=" https://agency.example/1 ">One </a>and two', "One (https://agency.example/1) and two"),
    ],
)
def test_a_link_in_html_keeps_its_address(html: str, text: str) -> None:
    head = "From: author@agency.example\nSubject: Sample\nMessage-ID: <a@b>\nContent-Type: text/html; charset=utf-8\n\n"
    message = parse(f"{head}<p>{html}</p>".encode())
    assert message.text == text
    assert message.problems == ()


def test_an_automatic_reply_is_told_and_not_answered() -> None:
    message = read("out_of_office.eml")
    assert message.auto_generated
    assert "Auto-Submitted" in message.auto_reason
    assert message.no_answer_reason


def test_a_bounce_names_whose_and_which() -> None:
    message = read("bounce.eml")
    assert message.is_bounce
    assert message.bounced == ("gone@agency.example",)
    assert message.bounced_message_ids == ("<tb-1042.1@agency.example>",)
    assert message.auto_generated


def test_a_persons_mail_about_a_bounce_is_no_bounce() -> None:
    message = body("The following addresses had permanent fatal errors: <gone@agency.example>\nWhat do I do?\n")
    assert not message.is_bounce


@pytest.mark.parametrize(
    ("field", "silent", "automatic"),
    [
        ("Auto-Submitted: no", False, False),
        ("Precedence: bulk", True, True),
        ("List-Id: <all.agency.example>", True, True),
        ("X-Auto-Response-Suppress: All", True, False),
        ("X-Auto-Response-Suppress: OOF", False, False),
        ("Return-Path: <>", True, True),
        ("Return-Path: <author@agency.example>", False, False),
        ("X-Teabreak: 1", True, True),
        ("X-Autoreply: yes", True, True),
    ],
)
def test_signs_of_automatic_mail(field: str, silent: bool, automatic: bool) -> None:
    message = parse(f"{field}\nFrom: author@agency.example\nSubject: Sample\n\nText.\n".encode())
    assert (bool(message.no_answer_reason), message.auto_generated) == (silent, automatic)


def test_two_senders_are_no_sender() -> None:
    message = read("odd/two_senders.eml")
    assert message.from_address == ""
    assert any("several senders" in problem for problem in message.problems)


@pytest.mark.parametrize(
    ("name", "subject", "text"),
    [
        ("odd/junk_before_headers.eml", "After junk", "Text after junk."),
        ("odd/broken_header_line.eml", "Broken line", "Text below."),
        ("odd/raw_eight_bit.eml", "Dŵr a thŷ", "Dŵr."),
        ("odd/unknown_charset.eml", "Café", "Café."),
        ("odd/lone_surrogate.eml", None, None),
        ("odd/gb_eighteen.eml", "茶", "茶 \u3a60"),
    ],
)
def test_odd_mail_still_has_sender_subject_and_text(name: str, subject: str | None, text: str | None) -> None:
    message = read(name)
    assert message.from_address == "author@agency.example"
    if subject is not None:
        assert (message.subject, message.text) == (subject, text)
    (message.subject + message.text).encode("utf-8")
    assert "\0" not in message.text


def test_file_names_are_made_safe_and_bytes_decide_the_type() -> None:
    first, second, third = read("odd/names_of_files.eml").attachments
    assert (first.name, first.type) == ("passwd", "application/pdf")
    assert second.name == "café.txt"
    assert third.type == "application/octet-stream"


@pytest.mark.parametrize(
    "text",
    [
        "On reflection, we open at nine.\nOn Monday we wrote to all schools.",
        "From: the heart. We thank all volunteers.",
        "Sent from my desk, this is much easier than by telephone, believe me.",
        "Three things:\n- tea\n- milk\n- cake",
        "He asked:\n> why?\nWe say: because.",
    ],
)
def test_text_that_looks_like_a_quotation_stays(text: str) -> None:
    assert body(text).text == text


def test_text_between_and_below_quotations_stays() -> None:
    message = body(
        "> Is the time right?\n> Please look.\nYes, 9am.\n> And the place?\n> Please look.\nThe town hall.\n"
    )
    assert message.text == "Yes, 9am.\nThe town hall."


def test_a_mail_of_quotations_only_loses_nothing() -> None:
    assert body("> All of it\n> is quoted.\n").text == "> All of it\n> is quoted."


def test_our_own_marker_cuts_what_is_below_but_never_what_was_typed_there() -> None:
    from mail.reply import MARKER

    assert body(f"New text.\n\n{MARKER}\nYour post TB-1042\n").text == "New text."
    assert body(f"{MARKER}\n\nNew text.\n").text == "New text."


def test_lines_of_the_mail_we_sent_are_cut() -> None:
    sent = "Your post was looked at.\nPlease check the opening time.\nClause Never 3 applies here.\n"
    message = body(f"It opens at nine.\n{sent}", parent_text=sent)
    assert message.text == "It opens at nine."
    assert "Clause Never 3" in message.removed


def test_a_closing_is_no_part_of_the_post() -> None:
    message = body("Free tea on Friday.\n\nKind regards,\nSample Author\nSample Agency\n")
    assert message.text == "Free tea on Friday."
    assert message.reply_text.endswith("Sample Agency")
