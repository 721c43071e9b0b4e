"""“Check it first” lets through what the agency's allow-list names."""

from tests.factories import make_channel
from tests.web.test_propose import MARKED, SOUND
from workflow.models.allow_list import AllowKind
from workflow.review.allow_list import put_on_list
from workflow.review.allow_list_file import Line
from workflow.roles import COMMAND_LINE


def test_checking_first_uses_the_allow_list(services, sign_in):
    with services.database.writing() as session:
        make_channel(session, services)
    author = sign_in("author")

    def passages():
        page = author.post("/posts/new", SOUND | {"text": MARKED, "do": "check"}, status=200).soup
        return [mark.get_text() for mark in page.select("mark.passage")]

    assert passages() == ["07700 900123"]
    with services.database.writing() as session:
        put_on_list(session, COMMAND_LINE, [Line(2, AllowKind.CONTACT, "Desk", "07700900123", "", "", None)])
    assert passages() == []
