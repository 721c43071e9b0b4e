"""Words that may raise a concern, planted wherever words can stand: no output of any kind repeats them to others."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from email import message_from_bytes
from email.policy import default as email_policy

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from tests.commands.conftest import command, settings_of  # noqa: F401 - fixtures
from tests.factories import make_channel, make_decision, make_post
from tests.intake.conftest import Intake, mail, picture, set_up_sending
from tests.web.test_propose import fields_of
from workflow.jobs import check_revision
from workflow.jobs.take_in_mail import keep
from workflow.models import IncomingMail, Post
from workflow.models.base import Base
from workflow.review.pictures import accept

ORDINARY = "The library van stops at Sample Green on Thursday."
# One word for each place, so that a failure names the place.
PLACES = {
    "text": "zebrafinch",
    "own text": "sandgrouse",
    "description": "nightheron",
    "reason for decorative": "dabchick",
    "note": "fieldfare",
    "second revision": "ringouzel",
    "sent to the officer": "whimbrel",
    "withdrawn": "goldcrest",
    "deleted": "firecrest",
    "a job that fails": "wheatear",
    "body of a mail": "stonechat",
    "signature of a mail": "whinchat",
    "subject of a mail": "bluethroat",
    "name of a picture": "redstart",
    "name of a document": "dunnock",
    "name of a document in an empty mail": "siskin",
    "description in a mail": "twite",
    "mail of one who may not propose": "brambling",
    "mail of a stranger": "hawfinch",
    "name of a document of a stranger": "corncrake",
}
# What tables are there for: the author's own words, until they are deleted.
OF_THE_WORDS = {"revision", "picture", "finding", "answer", "incoming_mail"}


def concern(place):
    return f"Managers are covering up unsafe cladding and staff were told to keep quiet about the {PLACES[place]}"


def found_in(text):
    """The places whose word stands in a text."""
    low = text.lower()
    return [place for place, word in PLACES.items() if word in low]


@pytest.fixture
def house(services, people, smtp, sign_in, monkeypatch):
    """An agency with a concern in every place."""
    with services.database.writing() as session:
        make_channel(session, services)
    set_up_sending(services, smtp)
    intake = Intake(services, None, smtp, people)
    _by_web(services, people, sign_in)
    _by_mail(intake)
    _a_job_that_fails(services, people, monkeypatch)
    intake.run()
    return intake


def _by_web(services, people, sign_in):
    author = people["author"]
    stored = accept(services.files, "sample.png", picture(), 1_000_000)
    refs = {}
    for place, values in {
        "text": {"text": concern("text")},
        "own text": {"texts": {"sample": concern("own text")}},
        "description": {"pictures": (replace(stored, alt_text=concern("description")),)},
        "reason for decorative": {
            "pictures": (replace(stored, decorative_because=concern("reason for decorative")),),
        },
        "note": {"note": concern("note")},
        "sent to the officer": {"text": concern("sent to the officer")},
        "withdrawn": {"text": concern("withdrawn")},
        "deleted": {"text": concern("deleted"), "note": concern("deleted")},
    }.items():
        refs[place] = f"TB-{1000 + make_post(services, author, **{'text': f'{ORDINARY} {place}', **values})}"
    second = make_post(services, author, f"{ORDINARY} Twice.")
    make_decision(services, people["reviewer"], second, "ask for changes", [("respect", "")], "Which entrance?")
    browser = sign_in("author")
    address = f"/posts/TB-{1000 + second}/edit"
    browser.post(address, fields_of(browser.get(address).soup) | {"text": concern("second revision"), "do": "send"})
    for place, name in (("sent to the officer", "hold-officer"), ("deleted", "hold-withdraw")):
        at = f"/posts/{refs[place]}"
        browser.post(f"{at}/hold", {"form": name, "form_at": at, "confirm": "yes"})
    browser.post(f"/posts/{refs['withdrawn']}/withdraw", {"form": "withdraw"})


def _by_mail(intake):
    def with_file(text, name, kind="application/pdf", content=b"x", **more):
        message = mail(text, **more)
        main, sub = kind.split("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return message

    png = ("image/png", picture("red"))
    not_one = {"sender": "administrator@agency.example"}
    stranger = {"sender": "stranger@elsewhere.example"}
    for message in (
        mail(concern("body of a mail"), subject=f"The {PLACES['body of a mail']}"),
        mail(f"{ORDINARY}\n\n-- \n{concern('signature of a mail')}"),
        mail(f"{ORDINARY} By mail.", subject=concern("subject of a mail")),
        with_file(f"{ORDINARY}\nAlt: A van", f"{concern('name of a picture')}.png", *png),
        with_file(f"{ORDINARY} See the document.", f"{concern('name of a document')}.pdf"),
        with_file("", f"{concern('name of a document in an empty mail').replace(' ', '_')}.pdf"),
        with_file(f"Alt: {concern('description in a mail')}", "a.png", *png),
        mail(concern("mail of one who may not propose"), **not_one),
        mail(concern("mail of a stranger"), **stranger),
        with_file(ORDINARY, f"{concern('name of a document of a stranger')}.pdf", **stranger),
    ):
        keep(intake.services, "pipe", message.as_bytes())
    intake.run()


def _a_job_that_fails(services, people, monkeypatch):
    """A fault whose own message holds the words, as those of libraries do."""
    real = check_revision.check_text

    def failing(text, *arguments, **more):
        if PLACES["a job that fails"] in text:
            raise ValueError(text)
        return real(text, *arguments, **more)

    monkeypatch.setattr(check_revision, "check_text", failing)
    make_post(services, people["author"], concern("a job that fails"))


def test_every_place_is_planted(house):
    """The words are there, so that not finding them elsewhere says something."""
    with house.services.database.reading() as session:
        states = [post.state for post in session.scalars(sa.select(Post).order_by(Post.id))]
        stored = " ".join(_rows(session, Base.metadata.tables[name]) for name in OF_THE_WORDS)
        mails = session.scalars(sa.select(IncomingMail.sha256)).all()
    stored += " ".join(_words_of_mail(house.services.files.read(sha256)) for sha256 in mails)
    assert sorted({*PLACES, "deleted"} - {*found_in(stored)}) == ["deleted"]
    assert states.count("held") == 9
    assert states.count("withdrawn") == 2
    assert states.count("checking") == 1
    assert states.count("draft") == 1


def test_no_page_shows_them_to_anybody_else(house, people, sign_in):
    with house.services.database.reading() as session:
        posts = [(post.ref, post.current) for post in session.scalars(sa.select(Post))]
        mails = session.scalars(sa.select(IncomingMail.id)).all()
    direct = ["/", "/queue", "/posts", "/posts/all", "/jobs", "/mail", "/channels/sample/sample", "/nowhere"]
    direct += [f"/mail/{number}" for number in mails]
    for ref, current in posts:
        direct += [f"/posts/{ref}", f"/posts/{ref}/edit", f"/posts/{ref}/by-hand/sample"]
        for number in range(1, current + 2):
            direct += [f"/posts/{ref}/revisions/{number}", f"/posts/{ref}/revisions/{number}/pictures/1"]
    leaks, read = [], 0
    for who in people:
        if who == "author":
            continue
        for address, response in _read_all(sign_in(who).client, direct):
            read += 1
            leaks += [(who, address, place) for place in found_in(_words_of(response))]
    of_the_officer = [leak for leak in leaks if leak[0] == "officer" and leak[2] == "sent to the officer"]
    assert of_the_officer
    assert [leak for leak in leaks if leak not in of_the_officer] == []
    assert read > 300


def _read_all(client, addresses):
    """All these pages, and all that they lead to."""
    waiting, known = list(addresses), set(addresses)
    while waiting:
        address = waiting.pop()
        response = client.get(address)
        yield address, response
        if response.mimetype != "text/html" or response.status_code != 200:
            continue
        for link in BeautifulSoup(response.text, "html.parser").select("[href], [src]"):
            target = (link.get("href") or link.get("src")).partition("#")[0]
            if target.startswith("/") and not target.startswith(("/static", "/guide")) and target not in known:
                known.add(target)
                waiting.append(target)


def _words_of(response):
    """What a page says, marks within a passage taken out, and its headers."""
    soup = BeautifulSoup(response.get_data().decode("utf-8", "replace"), "html.parser")
    return f"{response.headers} {response.get_data()!r} {soup.get_text()}"


def test_what_others_try_is_answered_without_them(house, people, sign_in):
    with house.services.database.reading() as session:
        posts = [post.ref for post in session.scalars(sa.select(Post)) if post.private]
    leaks = []
    for who in ("reviewer", "publisher", "officer", "administrator", "second author"):
        browser = sign_in(who)
        token = browser.token()
        for ref in posts:
            for path in ("decision", "withdraw", "hold", "delete", "publish-now", "findings/1/answer", "edit"):
                data = {"csrf_token": token, "form": "decision", "digest": "0" * 64, "text": "Mine", "do": "send"}
                headers = {"Sec-Fetch-Site": "same-origin"}
                response = browser.client.post(f"/posts/{ref}/{path}", data=data, headers=headers)
                assert response.status_code in (400, 403, 404, 405, 409), (who, ref, path, response.status_code)
                leaks += [(who, ref, path, place) for place in found_in(_words_of(response))]
    assert leaks == []


def test_no_mail_repeats_them_to_anybody(house):
    assert len(house.smtp.arrived) > 10
    assert [
        (arrived.recipients, str(arrived.message["Subject"]), place)
        for arrived in house.smtp.arrived
        for place in found_in(_words_of_mail(arrived.raw))
    ] == []


def _words_of_mail(raw):
    """Headers, texts and names of files of a mail, decoded."""
    message = message_from_bytes(raw, policy=email_policy)
    said = [str(message), *(f"{name}: {value}" for name, value in message.items())]
    for part in message.walk():
        said.append(part.get_filename() or "")
        if part.get_content_maintype() == "text":
            said.append(part.get_content())
    return " ".join(" ".join(said).split())


def test_neither_logs_nor_record_nor_jobs_hold_them(capfd, caplog, house, command):  # noqa: F811
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "a job failed" in logged
    assert found_in(logged) == []
    exported = command("record", "export")
    assert len(exported.output.splitlines()) > 30
    assert all(json.loads(line) for line in exported.output.splitlines())
    assert found_in(exported.output) == []
    as_csv = command("record", "export", "--format", "csv")
    assert len(list(csv.reader(io.StringIO(as_csv.stdout_bytes.decode())))) > 30
    assert found_in(as_csv.stdout_bytes.decode()) == []
    packed = zipfile.ZipFile(io.BytesIO(command("record", "export", "--format", "zip").stdout_bytes))
    assert packed.namelist()
    assert [found_in(packed.read(name).decode()) for name in packed.namelist()] == [[], []]
    doctor = command("doctor")
    assert doctor.output
    assert found_in(doctor.output) == []


def test_no_table_holds_them_but_those_of_the_words(house):
    with house.services.database.reading() as session:
        tables = _tables(session)
        assert {"record_entry", "outgoing_mail"} < {table.name for table in tables}
        jobs = "procrastinate_jobs" if house.services.database.on_postgresql else "job"
        assert jobs in {table.name for table in tables}
        leaks = {table.name: found_in(_rows(session, table)) for table in tables if table.name not in OF_THE_WORDS}
    assert {name: places for name, places in leaks.items() if places} == {}


def test_what_was_deleted_for_good_stands_nowhere(house):
    word = PLACES["deleted"]
    with house.services.database.reading() as session:
        assert [table.name for table in _tables(session) if word in _rows(session, table).lower()] == []
    files = [path for path in house.services.files.root.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if word.encode() in path.read_bytes().lower()] == []


def _tables(session):
    """All tables that the database has, those of Procrastinate as well."""
    found = sa.MetaData()
    found.reflect(session.connection())
    return list(found.tables.values())


def _rows(session, table):
    """A table as text; mails as they read."""
    said = []
    for row in session.execute(sa.select(table)):
        for value in row:
            is_mail = isinstance(value, bytes) and b"Message-ID" in value
            said.append(_words_of_mail(value) if is_mail else str(value))
    return " ".join(said)
