"""What was left out of a mail's attachments: its author reads which, its reviewer how many."""

import pytest
from bs4 import BeautifulSoup

from tests.intake.conftest import mail, picture
from tests.web.conftest import app, sign_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.dovecot

WHISTLE = "Our own managers are covering up unsafe cladding at Sample Court and staff were told to keep quiet."


def with_files(text, *files, **more):
    message = mail(text, **more)
    for name, content in files:
        message.add_attachment(content, maintype="image", subtype="png", filename=name)
    return message


BROKEN = ("Sample Pupil.png", b"\x89PNG\r\n\x1a\nno picture")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ((BROKEN,), "1 attachment of the mail was not taken."),
        ((BROKEN, ("plan.pdf", b"%PDF-1.4")), "2 attachments of the mail were not taken."),
    ],
)
def test_the_reviewer_learns_how_many_were_left_out_and_not_their_names(intake, sign_in, files, said):  # noqa: F811
    intake.take_in(with_files("The pool opens on Monday.", *files))
    assert intake.post("TB-1001").state == "in review"
    page = sign_in("reviewer").get("/posts/TB-1001").soup.get_text(" ")
    [letter] = intake.to("reviewer")
    html = BeautifulSoup(letter.part("html"), "html.parser").get_text(" ")
    for told in (page, letter.part("plain"), html):
        assert said in " ".join(told.split())
        assert "Sample Pupil" not in told
    assert "Sample Pupil" in " ".join(each.part("plain") for each in intake.to("author"))


def test_nothing_is_said_where_all_was_taken_or_where_a_concern_may_be_raised(intake):
    taken = with_files("The pool opens on Monday.\n\nAlt: A blue square", ("pool.png", picture()))
    held = with_files(WHISTLE, BROKEN)
    intake.take_in(taken, held)
    assert [post.state for post in intake.posts()] == ["in review", "held"]
    assert not [post.ref for post in intake.posts() if "attachment" in post.revision.note]
