"""Proposing a post on the web: what is taken, what is refused and how, and that nothing typed or uploaded is lost."""

import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.factories import PASSWORD, make_channel, make_person
from tests.web.page_checker import check_page
from workflow.models import Channel, Post
from workflow.models.database import Database
from workflow.models.post import id_of
from workflow.review.proposal import proposal_of
from workflow.roles import Role

WORDS = "The library van stops at Sample Green on Thursday."
SOUND = {"text": WORDS, "channels": "sample", "when": "approval", "do": "send"}
MARKED = "Missing your bin lid? Ring Sample Helper on 07700 900123."


@pytest.fixture(autouse=True)
def channels(services):
    with services.database.writing() as session:
        make_channel(session, services)


@pytest.fixture
def author(sign_in):
    return sign_in("author")


def png(colour="#0b4a6f", size=(40, 30)):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def bomb():
    """A PNG of 60,000 by 60,000 points in a few kilobytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(7501 * 100)))


def upload(*files):
    return {"pictures": [(io.BytesIO(content), name) for name, content in files]}


def fields_of(page):
    """What a browser would send of the form, without its buttons and files."""
    form = page.find("form", enctype="multipart/form-data")
    found = {}
    for control in form.select("input[name], textarea[name]"):
        kind = control.get("type", "")
        if kind in ("submit", "file") or (kind in ("radio", "checkbox") and not control.has_attr("checked")):
            continue
        value = control.get("value", "") if control.name == "input" else (control.string or "")
        found.setdefault(control["name"], []).append(value)
    found.pop("csrf_token")
    return found


def errors_of(page):
    """The error summary: {where it leads: what it says}; each leads to something on the page."""
    return {link["href"][1:]: link.get_text() for link in page.select(".govuk-error-summary a")}


def posts(services):
    with services.database.reading() as session:
        return [(row.ref, row.state, row.revision.text) for row in session.scalars(sa.select(Post).order_by(Post.id))]


def the_revision(services, response):
    """What was stored by the request that this answers."""
    ref = response.headers["Location"].split("/")[2]
    with services.database.reading() as session:
        return proposal_of(session.get_one(Post, id_of(ref)).revision)


def test_a_post_is_sent_and_waits_for_its_check(services, author):
    page = author.get("/posts/new").soup
    assert page.find("input", value="sample").has_attr("checked")  # the only channel is chosen already
    fields = fields_of(page) | {"text": WORDS, "note": "From the library.", "do": "send"}
    sent = author.post("/posts/new", fields)
    assert [row[1:] for row in posts(services)] == [("checking", WORDS)]
    revision = the_revision(services, sent)
    assert (revision.channels, revision.publish_at, revision.note) == (("sample",), None, "From the library.")
    page = author.follow(sent).soup
    assert "was sent" in page.select_one(".govuk-notification-banner").get_text()


def test_a_draft_may_be_unfinished_and_leads_to_where_it_is_finished(services, author):
    saved = author.post("/posts/new", {"text": "Half a thou", "do": "save"})
    assert [row[1:] for row in posts(services)] == [("draft", "Half a thou")]
    page = author.follow(saved).soup
    assert fields_of(page)["text"] == ["Half a thou"]
    assert "draft" in page.select_one(".govuk-notification-banner").get_text()


def test_checking_first_shows_the_findings_and_saves_nothing(services, author):
    page = author.post("/posts/new", SOUND | {"text": MARKED, "do": "check"}, status=200).soup
    assert [mark.get_text() for mark in page.select("mark.passage")] == ["07700 900123"]
    finding = page.find(id="finding-1")
    assert "Never 3" in finding.get_text()
    assert finding.select_one(".finding__title a")["href"].endswith("#personal-information")
    assert "It misses many problem posts" in page.main.get_text()
    assert fields_of(page)["text"] == [MARKED]
    assert posts(services) == []


def test_checking_first_reads_own_words_and_descriptions_too(services, author):
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
    token = fields_of(author.post("/posts/new", {"do": "add", **upload(("a.png", png()))}, status=200).soup)[
        "picture-1"
    ]
    fields = SOUND | {
        "channels": ["sample", "noticeboard"],
        "own-text-noticeboard": MARKED,
        "picture-1": token,
        "picture-1-alt": "A card with the number 07700 900456 on it",
        "do": "check",
    }
    page = author.post("/posts/new", fields, status=200).soup
    titles = [heading.get_text() for heading in page.select("section h3.govuk-heading-s:not(.finding__title)")]
    assert titles == ["In the text", "In the words for Noticeboard", "In the description of picture 1"]
    assert [mark.get_text() for mark in page.select("mark")] == ["07700 900123", "07700 900456"]


def test_checking_first_says_so_where_nothing_is_found(author):
    page = author.post("/posts/new", SOUND | {"do": "check"}, status=200).soup
    assert "The check found nothing" in page.main.get_text()


def test_an_unknown_button_sends_nothing(services, author):
    author.post("/posts/new", SOUND | {"do": "publish"}, status=200)
    author.post("/posts/new", {name: value for name, value in SOUND.items() if name != "do"}, status=200)
    assert posts(services) == []


def test_line_breaks_and_blank_lines_are_stored_as_people_mean_them(services, author):
    sent = author.post("/posts/new", SOUND | {"text": " \r\n\r\nOne  \r\n\r\nTwo\r\n\t\r\n"})
    assert the_revision(services, sent).text == "One  \n\nTwo"


@pytest.mark.parametrize("wish", ["send", "check"])
@pytest.mark.parametrize("text", ["", " \r\n \t\r\n"])
def test_without_words_nothing_is_sent(services, author, text, wish):
    page = author.post("/posts/new", SOUND | {"text": text, "do": wish}, status=422).soup
    assert errors_of(page) == {"text": "Enter the text of the post."}
    assert posts(services) == []


@pytest.mark.parametrize("wish", ["send", "save"])
def test_a_text_beyond_all_bounds_is_refused_and_given_back(services, author, wish):
    long = "a" * 100_001
    page = author.post("/posts/new", SOUND | {"text": long, "do": wish}, status=422).soup
    assert "100,001" in page.select_one(".govuk-error-summary li").get_text()
    assert fields_of(page)["text"] == [long]
    assert posts(services) == []


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ufffe", "\ufffd"])
@pytest.mark.parametrize("wish", ["send", "save"])
def test_control_characters_are_shown_where_they_stand_and_refused(services, author, char, wish):
    page = author.post("/posts/new", SOUND | {"text": f"Abc{char}def", "do": wish}, status=422).soup
    assert errors_of(page)["text"].startswith("Character 4 ")
    assert fields_of(page)["text"] == ["Abc\ufffddef"]
    page = author.post("/posts/new", fields_of(page) | {"do": wish}, status=422).soup  # not by sending it once more
    assert posts(services) == []


@pytest.mark.parametrize("field", ["own-text-sample", "note", "picture-1-alt", "picture-1-decorative"])
def test_no_field_takes_what_cannot_be_stored(services, author, field):
    fields = SOUND | {"do": "add", **upload(("a.png", png()))}
    fields = fields_of(author.post("/posts/new", fields, status=200).soup) | {field: "Abc\x00", "do": "save"}
    page = author.post("/posts/new", fields, status=422).soup
    assert list(errors_of(page)) == [field]
    assert posts(services) == []


def test_half_characters_in_the_bytes_of_a_form_are_refused(services, author):
    parts = SOUND | {"text": "Abc?", "csrf_token": author.token()}
    boundary, body = encode_multipart(parts)
    page = send_bytes(author, body.replace(b"Abc?", b"Abc\xed\xa0\x80"), boundary, 422)
    assert errors_of(page)["text"].startswith("Character 4 ")
    assert posts(services) == []


@pytest.mark.parametrize(
    "text",
    [
        "شاحنة المكتبة تقف يوم الخميس",
        "a\u200bb\u200d\u2060c",
        "\u202eabc\u202c",
        "👩‍👩‍👧‍👦 नमस्ते e\u0301\u0327",
        "<b>& “x”</b>",
    ],
    ids=["right to left", "zero width", "override", "clusters", "markup"],
)
def test_words_of_any_script_are_stored_as_they_are_and_shown_again(services, author, text):
    page = author.post("/posts/new", SOUND | {"text": text, "do": "check"}, status=200).soup
    assert fields_of(page)["text"] == [text]
    assert page.find("textarea", id="text")["dir"] == "auto"
    assert the_revision(services, author.post("/posts/new", SOUND | {"text": text})).text == text


def test_the_length_is_counted_as_the_network_counts_it_and_too_much_is_refused(services, author):
    page = author.post("/posts/new", SOUND | {"text": "👩‍👩‍👧‍👦" * 299 + "e\u0301", "do": "check"}, status=200).soup
    line = page.select_one("#text-counts li")
    assert (line["data-limit"], line.select_one(".counts__number").get_text()) == ("300", "300 of 300 characters")
    page = author.post("/posts/new", SOUND | {"text": "👍🏽" * 301}, status=422).soup
    assert "Sample: the text has 301 characters" in errors_of(page)["text"]
    assert "1 too many" in page.find(id="text-counts").get_text()
    assert posts(services) == []


def test_a_channel_may_have_words_of_its_own(services, author):
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
    fields = SOUND | {"channels": ["sample", "noticeboard"], "own-text-sample": "Short.", "text": "Long. " * 60}
    sent = author.post("/posts/new", fields | {"own-text-noticeboard": " \r\n"})
    revision = the_revision(services, sent)
    assert revision.texts == {"sample": "Short."}
    page = author.post("/posts/new", fields | {"own-text-sample": "x" * 301}, status=422).soup
    assert list(errors_of(page)) == ["own-text-sample"]
    assert page.find("details", open=True).find(id="own-text-sample")
    page = author.post("/posts/new", fields | {"channels": "noticeboard"}, status=422).soup
    assert errors_of(page) == {"own-text-sample": "Choose Sample above, or remove its own words."}


def test_without_a_channel_nothing_is_sent(services, author):
    page = author.post("/posts/new", {"text": WORDS, "do": "send"}, status=422).soup
    assert errors_of(page) == {"channels": "Choose at least one channel."}


@pytest.mark.parametrize("wish", ["send", "save"])
def test_only_channels_that_are_the_persons_to_propose_for_are_offered_and_taken(app, services, wish):
    from tests.web.conftest import Browser

    with services.database.writing() as session:
        make_channel(session, services, "museum")
        make_channel(session, services, "retired").retired_at = datetime.now(UTC)
        person = make_person(session, "museum author")
        person.grants = []
    _grant(services, person, "museum")
    browser = Browser(app.test_client()).sign_in(person)
    boxes = browser.get("/posts/new").soup.select("input[name=channels]")
    assert [box["value"] for box in boxes] == ["museum"]
    for other in ("sample", "retired", "never-was", "<x>\x00"):
        page = browser.post("/posts/new", SOUND | {"channels": ["museum", other], "do": wish}, status=422).soup
        assert list(errors_of(page)) == ["channels"]
    assert posts(services) == []


def _grant(services, person, channel):
    from workflow.models import RoleGrant

    with services.database.writing() as session:
        session.add(RoleGrant(person_id=person.id, role=Role.AUTHOR.value, channel_id=channel))


def test_without_any_channel_the_page_says_whom_to_ask_and_takes_a_draft(services, author):
    with services.database.writing() as session:
        session.execute(sa.delete(Channel))
    page = author.get("/posts/new").soup
    assert "no channel yet" in page.find(id="channels").get_text()
    page = author.post("/posts/new", {"text": WORDS, "do": "send"}, status=422).soup
    assert "channels" in errors_of(page)
    author.post("/posts/new", {"text": WORDS, "do": "save"})
    assert [row[1] for row in posts(services)] == ["draft"]


def at(day, month, year, time, **more):
    parts = {"day": day, "month": month, "year": year, "time": time}
    return SOUND | {"when": "time"} | {f"publish_at-{part}": value for part, value in parts.items()} | more


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (at("", "", "", ""), "Enter the date and the time"),
        (at("31", "2", "2027", "9:30"), "Enter a real date"),
        (at("1", "2", "2027", "half past nine"), "Enter a real date"),
        (at("1", "2", "27", "9:30"), "four digits"),
        (at("1", "2", "9999", "9:30"), "four digits"),
        (at("23", "11", "2026", "9:30"), "has passed"),
        (at("28", "3", "2027", "01:30"), "does not exist"),
    ],
)
def test_a_time_that_is_none_is_refused_with_what_to_do(services, people, sign_in, typed, said):
    with time_machine.travel("2026-11-24T12:00:00Z", tick=True):
        page = sign_in("author").post("/posts/new", typed, status=422).soup
    assert list(errors_of(page)) == ["publish_at"]
    assert said in errors_of(page)["publish_at"]
    assert fields_of(page)["publish_at-time"] == [typed["publish_at-time"]]
    assert posts(services) == []


def test_the_time_is_that_of_the_agency(services, sign_in):
    with time_machine.travel("2026-06-01T12:00:00Z", tick=True):
        revision = the_revision(services, sign_in("author").post("/posts/new", at("1", "7", "2026", "9.05")))
    assert revision.publish_at == datetime(2026, 7, 1, 8, 5, tzinfo=UTC)  # summer time
    assert (revision.publish_wall, revision.publish_zone) == ("2026-07-01T09:05", "Europe/London")


@pytest.mark.parametrize(
    ("typed", "wall"),
    [("9am", "09:00"), ("9:30pm", "21:30"), ("9.30pm", "21:30"), ("21:30", "21:30"), ("0930", "09:30")],
)
def test_a_time_is_understood_as_people_type_it(services, sign_in, typed, wall):
    with time_machine.travel("2026-06-01T12:00:00Z", tick=True):
        revision = the_revision(services, sign_in("author").post("/posts/new", at("1", "7", "2026", typed)))
    assert revision.publish_wall == f"2026-07-01T{wall}"


def test_a_time_that_comes_twice_is_asked_about(services, sign_in):
    with time_machine.travel("2026-10-01T12:00:00Z", tick=True):
        browser = sign_in("author")
        typed = at("25", "10", "2026", "1:30")
        page = browser.post("/posts/new", typed, status=422).soup
        assert "comes twice" in errors_of(page)["publish_at-which"]
        labels = [label.get_text(strip=True) for label in page.select("label[for^=publish_at-which]")]
        assert labels == ["The first time (BST, UTC+01:00)", "The second time (GMT, UTC+00:00)"]
        for which, hour in (("first", 0), ("second", 1)):
            revision = the_revision(services, browser.post("/posts/new", typed | {"publish_at-which": which}))
            assert revision.publish_at == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_a_date_is_not_asked_for_where_it_goes_out_at_once(services, author):
    sent = author.post("/posts/new", at("32", "13", "x", "y", when="approval"))
    assert the_revision(services, sent).publish_at is None


def test_pictures_are_added_described_and_sent(services, author):
    page = author.post(
        "/posts/new", SOUND | {"do": "add", **upload(("a.png", png()), ("b.png", png("red")))}, status=200
    )
    fields = fields_of(page.soup)
    for image in page.soup.select("fieldset img"):
        shown = author.get(image["src"])
        assert (shown.mimetype, shown.data[:4]) == ("image/png", b"\x89PNG")
    fields |= {"picture-1-alt": "Blue ", "picture-2-decorative": "a plain red box", "do": "send"}
    revision = the_revision(services, author.post("/posts/new", fields))
    kept = [(p.name, p.alt_text, p.decorative_because, p.width, p.height) for p in revision.pictures]
    assert kept == [("a.png", "Blue", "", 40, 30), ("b.png", "", "a plain red box", 40, 30)]
    assert all(services.files.has(p.sha256) for p in revision.pictures)


def test_pictures_sent_without_a_description_come_back_to_be_described_and_are_not_chosen_again(services, author):
    page = author.post("/posts/new", SOUND | upload(("a.png", png()), ("b.png", png("red"))), status=422).soup
    assert list(errors_of(page)) == ["picture-1-alt", "picture-2-alt"]
    fields = fields_of(page) | {"picture-1-alt": "A blue box", "picture-2-alt": "A red box", "do": "send"}
    assert len(the_revision(services, author.post("/posts/new", fields)).pictures) == 2


@pytest.mark.parametrize(
    ("alt", "decorative", "said"),
    [
        ("a.png", "", "file name"),
        ("Image of a box", "", "leave out"),
        ("A box", "it is pretty", "Choose one"),
        ("x" * 2001, "", "2,001"),
    ],
)
def test_a_description_that_is_none_is_refused_at_its_field(author, alt, decorative, said):
    fields = fields_of(author.post("/posts/new", SOUND | {"do": "add", **upload(("a.png", png()))}, status=200).soup)
    fields |= {"picture-1-alt": alt, "picture-1-decorative": decorative, "do": "send"}
    page = author.post("/posts/new", fields, status=422).soup
    assert said in errors_of(page)["picture-1-alt"]
    assert fields_of(page)["picture-1-alt"] == [alt]


def test_a_removed_picture_is_gone_and_the_others_keep_their_descriptions(author):
    pictures = upload(("a.png", png()), ("b.png", png("red")), ("c.png", png("green")))
    fields = fields_of(author.post("/posts/new", SOUND | {"do": "add", **pictures}, status=200).soup)
    fields |= {"picture-1-alt": "Blue", "picture-2-alt": "Red", "picture-3-alt": "Green", "remove": "2"}
    page = author.post("/posts/new", fields, status=200).soup
    fields = fields_of(page)
    assert [fields.get(f"picture-{number}-alt") for number in (1, 2, 3)] == [["Blue"], ["Green"], None]
    assert [legend.get_text() for legend in page.select("fieldset.picture-fields legend")] == [
        "Picture 1: a.png",
        "Picture 2: c.png",
    ]


@pytest.mark.parametrize("wish", ["send", "save", "check", "add"])
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", b"GIF89a, but no more", "damaged"),
        ("a.txt", b"Only words", "is no picture"),
        ("a.png", b"", "is empty"),
        ("a.png", bomb, "too many"),
    ],
    ids=["broken", "none", "empty", "bomb"],
)
def test_what_is_no_picture_is_refused_and_the_good_one_beside_it_is_kept(services, author, name, content, said, wish):
    content = content() if callable(content) else content
    fields = SOUND | {"do": wish, **upload(("good.png", png()), (name, content))}
    page = author.post("/posts/new", fields, status=422).soup
    assert said in errors_of(page)["pictures"]
    assert page.select_one(".picture-fields legend").get_text() == "Picture 1: good.png"
    assert fields_of(page)["text"] == [WORDS]
    assert posts(services) == []


def test_more_pictures_than_can_be_taken_are_refused_and_the_first_ones_kept(services, author):
    many = [(f"{number}.png", png((number, 0, 0), (2, 2))) for number in range(21)]
    page = author.post("/posts/new", SOUND | {"do": "add", **upload(*many)}, status=422).soup
    assert "20 pictures are the most" in errors_of(page)["pictures"]
    assert len(page.select(".picture-fields")) == 20


def test_a_network_that_takes_fewer_pictures_says_so(author):
    many = [(f"{number}.png", png((number, 0, 0), (2, 2))) for number in range(5)]
    fields = fields_of(author.post("/posts/new", SOUND | {"do": "add", **upload(*many)}, status=200).soup)
    fields |= {f"picture-{number}-alt": f"Box {number}" for number in range(1, 6)} | {"do": "send"}
    assert "the most is 4" in errors_of(author.post("/posts/new", fields, status=422).soup)["text"]


def post_large(browser, file, status):
    """Sends a large file; the client's own way leaves a temporary file open."""
    file = FileStorage(io.BytesIO(file[1]), file[0])
    boundary, body = encode_multipart(SOUND | {"csrf_token": browser.token(), "pictures": file})
    return send_bytes(browser, body, boundary, status)


def send_bytes(browser, body, boundary, status):
    kind = f"multipart/form-data; boundary={boundary}"
    headers = {"Sec-Fetch-Site": "same-origin"}
    response = browser.client.post("/posts/new", data=body, content_type=kind, headers=headers)
    assert response.status_code == status
    return check_page(response)


def test_a_picture_that_is_too_large_is_refused(services, author):
    page = post_large(author, ("large.jpg", b"x" * 11_000_000), 422)
    assert errors_of(page) == {"pictures": "large.jpg is 11.0 MB; the most is 10 MB. Make it smaller."}
    assert fields_of(page)["text"] == [WORDS]
    assert posts(services) == []


def test_a_request_that_is_too_large_is_refused_on_a_page_that_says_what_to_do(services, author):
    page = post_large(author, ("large.jpg", b"x" * 51_000_000), 413)
    assert "smaller" in page.main.get_text()
    assert posts(services) == []


def test_an_uploaded_picture_is_shown_to_nobody_else_and_taken_from_nobody_else(services, author, sign_in):
    page = author.post("/posts/new", SOUND | {"do": "add", **upload(("a.png", png()))}, status=200).soup
    token, address = fields_of(page)["picture-1"], page.select_one("fieldset img")["src"]
    other = sign_in("second author")
    other.get(address, status=404)
    fields = SOUND | {"picture-1": token, "picture-1-alt": "A box"}
    page = other.post("/posts/new", fields, status=422).soup
    assert list(errors_of(page)) == ["pictures"]
    assert not page.select(".picture-fields")
    author.get(address + "x", status=404)
    assert posts(services) == []


def test_the_session_ending_while_somebody_writes_loses_nothing(app, services, people, author):
    page = author.post("/posts/new", SOUND | {"do": "add", **upload(("a.png", png()))}, status=200).soup
    fields = fields_of(page) | {"text": "Long work\r\nfor this", "picture-1-alt": "A box", "do": "send"}
    author.client.delete_cookie("teabreak")
    kept = author.post("/posts/new", fields, status=401).soup.find("input", attrs={"name": "kept"})["value"]
    answer = {"email": people["author"].email, "password": PASSWORD, "kept": kept}
    page = author.post("/sign-in", answer, status=200).soup
    again = fields_of(page)
    assert again["text"] == ["Long work\nfor this"]
    assert (again["picture-1-alt"], again["channels"]) == (["A box"], ["sample"])
    assert posts(services) == []
    assert len(the_revision(services, author.post("/posts/new", again | {"do": "send"})).pictures) == 1


def test_a_form_that_is_out_of_date_comes_back_filled(services, author):
    page = author.post("/posts/new", SOUND | {"form_at": "/posts/new"}, token="old", status=400).soup
    assert fields_of(page)["text"] == [WORDS]
    assert posts(services) == []


def test_with_the_database_away_the_words_are_on_the_page_and_come_back(services, author, monkeypatch):
    token = author.token()

    def away(*_):
        raise OperationalError("insert", {}, Exception("sample: disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", away)
        page = author.post("/posts/new", SOUND | {"form_at": "/posts/new"}, token=token, status=503).soup
    assert WORDS in page.main.get_text()
    kept = page.find("input", attrs={"name": "kept"})["value"]
    assert fields_of(author.post("/form-again", {"kept": kept}, status=200).soup)["text"] == [WORDS]
    assert posts(services) == []


def test_a_disk_that_is_full_takes_no_picture_and_loses_no_words(services, author, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(services.files), "put", full)
    fields = SOUND | {"form_at": "/posts/new", "do": "add", **upload(("a.png", png()))}
    assert WORDS in author.post("/posts/new", fields, status=503).soup.main.get_text()


@pytest.mark.parametrize("who", ["records officer", "officer", "administrator"])
def test_who_may_not_propose_is_not_offered_it(services, sign_in, who):
    browser = sign_in(who)
    assert "/posts/new" not in [link["href"] for link in browser.get("/").soup.select("a[href]")]
    browser.get("/posts/new", status=403)
    browser.post("/posts/new", SOUND, status=403)
    assert posts(services) == []


def test_neither_words_nor_names_of_files_are_logged(author, capsys):
    author.post("/posts/new", SOUND | {"text": "Secret words", **upload(("secret.png", b"none"))}, status=422)
    author.post("/posts/new", SOUND | {"text": "Secret words"})
    said = capsys.readouterr()
    assert "Secret" not in said.out + said.err
    assert "secret.png" not in said.out + said.err
