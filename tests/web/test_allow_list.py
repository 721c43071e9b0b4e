"""“Check it first” lets through what the agency's allow-list names, and administrators read the list on its page."""

from datetime import timedelta

from tests.factories import make_channel
from tests.web.test_propose import MARKED, SOUND
from workflow.models.allow_list import AllowKind
from workflow.review.allow_list import put_on_list, today_in
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


def test_administrators_read_the_list_and_find_it_from_their_home_page(services, sign_in):
    yesterday = today_in(services.settings) - timedelta(days=1)
    services.settings.public_contacts.append("@agency.example")
    with services.database.writing() as session:
        lines = [
            Line(2, AllowKind.OFFICE_HOLDER, "Sam Example", "", "", "Councillor", yesterday + timedelta(days=30)),
            Line(3, AllowKind.SPOKESPERSON, "Jo Sample", "01632960111", "jo@agency.example", "", yesterday),
            Line(4, AllowKind.CONTACT, "", "01632960000", "", "", None),
        ]
        put_on_list(session, COMMAND_LINE, lines)
    administrator = sign_in("administrator")
    link = administrator.get("/").soup.find("a", string="Allow-list: whom the check does not mark")
    page = administrator.get(link["href"]).soup
    words = " ".join(page.main.get_text().split())
    assert "In use: 2 Sam Example Councillor" in words
    assert "Run out: 1" in words
    assert words.index("Run out: 1") < words.index("Jo Sample")
    assert f"ran out after {yesterday.day} {yesterday:%B %Y}" in words
    assert "01632960000" in words
    assert "@agency.example" in words
