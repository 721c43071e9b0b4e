"""Mail becomes a post: out of a real mailbox, through the jobs, with the answers arriving at a real SMTP server."""

import base64
import io
import re
import struct
import zlib

import pytest

from tests.factories import make_decision
from tests.intake.conftest import TEXT, mail, picture
from workflow.models.post import reference_of

pytestmark = pytest.mark.dovecot


def with_picture(content, text=TEXT, alt="A blue square.", name="poster.png", subtype="png"):
    message = mail(f"{text}\n\nAlt: {alt}\n" if alt else text)
    message.add_attachment(content, maintype="image", subtype=subtype, filename=name)
    return message


def test_a_plain_mail_becomes_a_post_in_review_and_its_sender_is_answered(intake):
    sent = mail()
    (row,) = intake.take_in(sent)
    (post,) = intake.posts()
    assert (row.state, row.post_id, row.sender, row.subject) == (
        "taken in",
        post.id,
        "author@agency.example",
        "Library van",
    )
    assert (post.state, post.origin, post.author_id) == ("in review", "mail", intake.people["author"].id)
    assert (post.revision.text, post.revision.channels) == (TEXT, ["sample"])
    assert intake.services.files.read(row.sha256).replace(b"\r\n", b"\n") == sent.as_bytes()
    assert intake.in_folder() == []
    assert len(intake.in_folder("Handled")) == 1
    (answer,) = intake.to("author")
    assert answer.sender == "social@agency.example"
    assert answer.message["In-Reply-To"] == sent["Message-ID"]
    assert answer.message["Auto-Submitted"] == "auto-replied"
    for part in (answer.part("plain"), answer.part("html")):
        assert TEXT in part
        assert f"https://teabreak.agency.example/posts/{post.ref}" in part
    for reviewer in ("reviewer", "second reviewer"):
        (asked,) = intake.to(reviewer)
        assert TEXT in asked.part("plain")


def test_a_mail_with_a_picture_and_its_description_becomes_a_post_with_both(intake):
    intake.take_in(with_picture(picture()))
    (post,) = intake.posts()
    (taken,) = post.revision.pictures
    assert (post.state, post.revision.text) == ("in review", TEXT)
    assert (taken.name, taken.alt_text, taken.media_type) == ("poster.png", "A blue square.", "image/png")
    assert intake.services.files.read(taken.sha256).startswith(b"\x89PNG")
    assert "Picture 1, poster.png: A blue square." in intake.to("reviewer")[0].part("plain")


def test_the_author_is_mailed_the_decision_in_the_thread_of_their_mail(intake):
    sent = mail()
    intake.take_in(sent)
    cited = [("respect", "Say please.")]
    make_decision(intake.services, intake.people["reviewer"], intake.posts()[0].id, "reject", cited, "Not like this.")
    intake.run()
    decision = intake.to("author")[-1]
    assert decision.message["Subject"] == f"{intake.posts()[0].ref} is rejected"
    assert decision.message["In-Reply-To"] == sent["Message-ID"]
    assert "Not like this." in decision.part("plain")
    assert "In this post: Say please." in decision.part("html")


def test_the_same_mail_delivered_five_times_becomes_one_post_with_one_answer(intake):
    sent = mail()
    rows = intake.take_in(sent, sent, sent)
    rows = intake.take_in(sent, sent)
    assert [row.state for row in rows] == ["taken in"] + ["duplicate"] * 4
    assert len(intake.posts()) == len(intake.to("author")) == len(intake.to("reviewer")) == 1
    assert intake.in_folder() == []
    assert len(intake.in_folder("Handled")) == 5


def test_the_same_mail_in_two_mailboxes_becomes_one_post(intake):
    sent, second = mail(), intake.another_box()
    intake.deliver(sent)
    intake.deliver(b"Received: by another.agency.example\r\n" + sent.as_bytes(), second)
    intake.read()
    intake.read(second)
    intake.run()
    assert sorted(row.state for row in intake.ledger()) == ["duplicate", "taken in"]
    assert len(intake.posts()) == len(intake.to("author")) == 1


def test_two_mails_that_share_a_message_id_are_two_mails(intake):
    first, second = mail("First text."), mail("Second text.")
    second.replace_header("Message-ID", first["Message-ID"])
    intake.take_in(first, second)
    assert [post.revision.text for post in intake.posts()] == ["First text.", "Second text."]


def test_of_a_mail_of_40_megabytes_only_the_header_is_fetched_and_its_sender_is_told(intake):
    sent = mail(subject="All the pictures")
    big = sent.as_bytes() + b"\n" + b"A line of a very large mail, again and again.\r\n" * 870_000
    assert len(big) > 40_000_000
    (row,) = intake.take_in(big)
    assert (row.state, row.too_large, row.size > 40_000_000) == ("set aside", True, True)
    kept = intake.services.files.read(row.sha256)
    assert len(kept) < 2_000
    assert b"All the pictures" in kept
    assert intake.posts() == []
    assert intake.in_folder() == []
    assert len(intake.in_folder("Handled")[0]) > 40_000_000
    (answer,) = intake.to("author")
    assert re.search(r"It is 4\d MB; the most that can be taken is 30 MB", answer.part("plain"))
    assert "“All the pictures”" in answer.part("plain")


def bomb():
    """A PNG of a few kilobytes that says it is 30,000 points wide and as high."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 5_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n this is none", "poster.png is no picture, or it is damaged."),
        (bomb(), "poster.png unpacks to far too many points. Use another file."),
        (b"MZ\x90 a program", "poster.png was not taken: only pictures can be part of a post."),
    ],
    ids=["none", "bomb", "program"],
)
def test_a_picture_that_is_none_is_left_out_and_the_answer_says_so(intake, content, said):
    intake.take_in(with_picture(content, alt=""))
    (post,) = intake.posts()
    assert (post.state, post.revision.text, post.revision.pictures) == ("in review", TEXT, [])
    (answer,) = intake.to("author")
    assert said in answer.part("plain")
    assert said in answer.part("html")


def test_a_refused_picture_does_not_hand_its_description_to_the_next_one(intake):
    sent = mail(f"{TEXT}\nAlt: The damaged one.\nAlt: The blue square.\n")
    sent.add_attachment(b"\xff\xd8\xff damaged", maintype="image", subtype="jpeg", filename="a.jpg")
    sent.add_attachment(picture(), maintype="image", subtype="png", filename="b.png")
    intake.take_in(sent)
    (post,) = intake.posts()
    assert [(taken.name, taken.alt_text) for taken in post.revision.pictures] == [("b.png", "The blue square.")]
    assert post.revision.text == TEXT


def test_a_picture_without_description_waits_as_a_draft_and_the_answer_says_what_is_missing(intake):
    intake.take_in(with_picture(picture(), alt=""))
    (post,) = intake.posts()
    assert (post.state, post.revision.text, len(post.revision.pictures)) == ("draft", TEXT, 1)
    (answer,) = intake.to("author")
    assert answer.message["Subject"] == f"{post.ref}: your draft needs something before it can be reviewed"
    assert "Picture 1: describe it" in answer.part("plain")
    assert intake.to("reviewer") == []


def test_a_mail_of_more_than_100000_characters_is_kept_whole_and_its_beginning_as_a_draft(intake):
    sent = mail("Begins here. " + "A long story. " * 10_000 + "Ends here.")
    (row,) = intake.take_in(sent)
    (post,) = intake.posts()
    assert (post.state, len(post.revision.text)) == ("draft", 100_000)
    assert b"Ends here." in intake.services.files.read(row.sha256)
    (answer,) = intake.to("author")
    assert "The draft holds the first 100,000 characters. Your mail is kept whole." in answer.part("plain")
    assert len(answer.raw) < 20_000


ODD = "Right-to-left: שלום \u202eabc\u202c, zero-width: te\u200ba, tea: 🫖, lone: "


@pytest.mark.parametrize(
    ("body", "charset", "wanted"),
    [
        (ODD.encode() + b"\xed\xa0\x80.", "utf-8", ODD),
        (b"\x00NUL\x00 and \x07bell. " + TEXT.encode() * 2, "utf-8", f"NUL and bell. {TEXT}"),
        ("Dŵr glân".encode("utf-16"), "utf-16", "Dŵr glân"),
        (b"Latin: caf\xe9", "no-such-charset", "Latin: café"),
        (b"Surrogates \\ud800 as words", "unicode_escape", "Surrogates \ufffd as words"),
    ],
    ids=["odd", "nul", "utf-16", "unknown", "escape"],
)
def test_odd_characters_are_kept_where_they_can_be_and_never_break_the_intake(intake, body, charset, wanted):
    head = (
        "From: author@agency.example\r\nSubject: \x01Odd \x0b\ud800\r\nMessage-ID: <odd\x02\ud801@x.example>\r\n"
        f"In-Reply-To: <\x03\ud802@x.example>\r\nContent-Type: text/plain; charset={charset}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    (row,) = intake.take_in(head.encode("utf-8", "surrogatepass") + base64.encodebytes(body))
    (post,) = intake.posts()
    assert row.state == "taken in"
    assert post.state in ("in review", "draft")
    assert wanted in post.revision.text
    post.revision.text.encode("utf-8")
    assert len(intake.to("author")) == 1


def test_header_values_beyond_all_length_are_kept_as_far_as_they_go(intake):
    sent = mail(subject="long " * 5_000, In_Reply_To="<" + "x" * 5_000 + "@x.example>")
    sent.replace_header("Message-ID", "<" + "m" * 3_000 + "@x.example>")
    (row,) = intake.take_in(sent)
    assert (row.state, len(row.subject)) == ("taken in", 500)
    assert len(intake.posts()) == len(intake.to("author")) == 1


WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."


def test_whistleblowing_by_mail_is_held_and_no_mail_repeats_it(intake):
    rows = intake.take_in(mail(WHISTLE, subject="The cladding at Sample Court"))
    (post,) = intake.posts()
    assert (rows[0].state, post.state) == ("taken in", "held")
    (answer,) = intake.smtp.arrived
    assert answer.recipients == ["author@agency.example"]
    assert answer.message["Subject"] == f"{reference_of(post.id)}: your choice is needed"
    assert b"cladding" not in answer.raw.lower()
    assert b"managers" not in answer.raw.lower()


def test_a_subject_that_raises_a_concern_reaches_no_reviewer(intake):
    intake.take_in(mail(subject=WHISTLE))
    (post,) = intake.posts()
    assert post.state == "in review"
    assert all(b"cladding" not in arrived.raw for arrived in intake.smtp.arrived)
    assert len(intake.smtp.arrived) == 3


def test_an_unfinished_draft_that_raises_a_concern_is_not_repeated_in_the_answer(intake):
    sent = mail(WHISTLE, subject="The cladding")
    sent.add_attachment(picture(), maintype="image", subtype="png", filename="a.png")
    intake.take_in(sent)
    (post,) = intake.posts()
    (answer,) = intake.smtp.arrived
    assert post.state == "draft"
    assert "Picture 1: describe it" in answer.part("plain")
    assert b"cladding" not in answer.raw


def test_a_mail_that_came_twice_is_erased_with_its_post(intake):
    from workflow.models import Post
    from workflow.review.hold import withdraw_for_good

    sent = mail(WHISTLE)
    raw = sent.as_bytes()
    intake.take_in(raw, b"Received: again\r\n" + raw)
    with intake.services.database.writing() as session:
        author = intake.people["author"].as_actor()
        withdraw_for_good(session, author, session.get_one(Post, intake.posts()[0].id))
    rows = intake.take_in(b"Received: once more\r\n" + raw)
    assert [row.state for row in rows] == ["taken in", "duplicate", "duplicate"]
    assert all(row.sha256.startswith("erased:") and not row.subject for row in rows)
    left = [path for path in intake.services.files.root.rglob("*") if path.is_file()]
    assert [path for path in left if b"cladding" in path.read_bytes()] == []


def test_an_html_only_mail_with_an_inline_picture_becomes_a_post(intake):
    sent = mail("x")
    sent.set_content("<p>The van &amp; its <b>books</b>.</p>", subtype="html")
    sent.add_related(picture(), maintype="image", subtype="png", cid="<one@x.example>", filename="one.png")
    intake.take_in(sent)
    (post,) = intake.posts()
    assert post.revision.text == "The van & its books."
    assert [taken.name for taken in post.revision.pictures] == ["one.png"]
    assert io.BytesIO(intake.services.files.read(post.revision.pictures[0].sha256)).read(4) == b"\x89PNG"
