"""A concern raised by mail, wherever in the mail it stands: nobody but its sender reads a word of it from us."""

import json

import pytest
import sqlalchemy as sa

from tests.commands.conftest import command, settings_of  # noqa: F401 - fixtures
from tests.factories import make_channel
from tests.intake.conftest import Intake, mail, picture, set_up_sending
from tests.web.conftest import app, sign_in  # noqa: F401 - fixtures
from workflow.jobs.take_in_mail import keep
from workflow.models import IncomingMail, Job, OutgoingMail, RecordEntry

CONCERN = "Managers are covering up unsafe cladding and staff were told to keep quiet about it"
WORD = b"cladding"


class Pipe(Intake):
    """Mail is handed in as a mail server's pipe does."""

    def take_in(self, *messages):
        for message in messages:
            keep(self.services, "pipe", message.as_bytes())
        self.run()
        return self.ledger()


@pytest.fixture
def pipe(services, people, smtp):
    with services.database.writing() as session:
        make_channel(session, services)
    set_up_sending(services, smtp)
    return Pipe(services, None, smtp, people)


def with_file(text, name, kind="application/pdf", content=b"x", **more):
    message = mail(text, **more)
    main, sub = kind.split("/")
    message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def said(pipe):
    """All that went out, decoded: subjects and both bodies, with who got it."""
    return [
        (name, words)
        for arrived in pipe.smtp.arrived
        for name in arrived.recipients
        for words in (arrived.message["Subject"], arrived.part("plain"), arrived.part("html"))
    ]


def test_a_description_in_a_mail_that_raises_a_concern_is_not_repeated_in_the_answer(pipe):
    rows = pipe.take_in(with_file(f"Alt: {CONCERN}", "a.png", "image/png", picture(), subject="Photo"))
    assert [post.state for post in pipe.posts()] == ["draft"]
    assert rows[0].understood["quiet"]
    assert len(said(pipe)) == 3
    assert [words for _, words in said(pipe) if "cladding" in words] == []


@pytest.mark.parametrize("text", ["", "The library van stops at Sample Green on Thursday."])
@pytest.mark.parametrize("name", [f"{CONCERN}.pdf", CONCERN.replace(" ", "_") + ".pdf"])
def test_a_concern_in_the_name_of_a_file_stands_in_no_mail_record_or_list(pipe, sign_in, text, name):  # noqa: F811
    rows = pipe.take_in(with_file(text, name, subject="Please look"))
    assert rows[0].state == ("taken in" if text else "set aside")
    assert "cladding" not in rows[0].reason
    assert said(pipe)
    assert [words for _, words in said(pipe) if "cladding" in words] == []
    with pipe.services.database.reading() as session:
        assert not [row for row in session.scalars(sa.select(RecordEntry.payload)) if "cladding" in row]
    assert "cladding" not in sign_in("administrator").get("/mail").text


def test_the_name_of_a_picture_that_raises_a_concern_holds_the_post(pipe):
    text = "The library van stops at Sample Green on Thursday.\nAlt: A blue van"
    name = CONCERN.replace(" ", "-") + ".png"
    pipe.take_in(with_file(text, name, "image/png", picture()))
    assert [post.state for post in pipe.posts()] == ["held"]
    assert {who for who, _ in said(pipe)} == {"author@agency.example"}
    assert [words for _, words in said(pipe) if "cladding" in words] == []


def test_the_record_never_holds_words_of_a_mail(pipe, command):  # noqa: F811
    pipe.take_in(with_file("", "Sample holiday plan.pdf", subject="Sample subject"))
    exported = command("record", "export")
    assert exported.exit_code == 0
    lines = [json.loads(line) for line in exported.output.splitlines()]
    assert "mail set aside" in [line["action"] for line in lines]
    assert not [line for line in lines if "holiday" in str(line) or "Sample subject" in str(line)]


def test_what_is_missing_in_a_draft_stands_in_no_job(pipe):
    pipe.take_in(mail(CONCERN * 1500, subject="x"))
    assert [post.state for post in pipe.posts()] == ["draft"]
    assert any("The draft holds the first" in words for _, words in said(pipe))
    with pipe.services.database.reading() as session:
        table = "procrastinate_jobs" if pipe.services.database.on_postgresql else Job.__tablename__
        jobs = [str(tuple(row)) for row in session.execute(sa.text(f"select * from {table}"))]  # noqa: S608
    assert [job for job in jobs if "draft_unfinished" in job]
    assert [job for job in jobs if "The draft holds" in job or "most" in job] == []


def test_deleted_for_good_nothing_of_the_mail_is_left_not_even_one_that_waits(pipe, sign_in):  # noqa: F811
    services = pipe.services
    sent = mail(f"{CONCERN}.\n\n-- \nSample Author\nCladding desk\n", subject="The cladding")
    sent.replace_header("Message-ID", "<the-cladding-1@mail.agency.example>")
    pipe.take_in(sent)
    (post,) = pipe.posts()
    assert post.state == "held"
    with services.database.writing() as session:
        waiting = session.scalars(sa.select(OutgoingMail)).one()
        waiting.state = "waiting"  # as it is while the mail server is away
        key, person_id = waiting.key, waiting.person_id
    browser = sign_in("author")
    ref = f"TB-{1000 + post.id}"
    browser.post(f"/posts/{ref}/hold", {"form": "hold-withdraw", "form_at": f"/posts/{ref}", "confirm": "yes"})
    with services.database.reading() as session:
        assert session.scalars(sa.select(OutgoingMail)).all() == []
        (row,) = session.scalars(sa.select(IncomingMail)).all()
        assert WORD.decode() not in str([row.subject, row.understood, row.reason, row.message_id]).lower()
    from workflow.jobs.send_mail import send_mail

    before = len(pipe.smtp.arrived)
    send_mail(services, {"name": "held", "key": key, "person_id": person_id, "post_id": post.id})
    pipe.run()
    assert len(pipe.smtp.arrived) == before
    left = [path for path in services.files.root.rglob("*") if path.is_file()]
    assert [path for path in left if WORD in path.read_bytes()] == []


def test_a_mail_that_is_erased_while_it_is_being_sent_ends_quietly(pipe, monkeypatch):
    from workflow.jobs import send_mail as job

    real = job.send

    def erased_meanwhile(*arguments):
        real(*arguments)
        with pipe.services.database.writing() as session:
            session.execute(sa.delete(OutgoingMail))

    monkeypatch.setattr(job, "send", erased_meanwhile)
    pipe.take_in(mail(CONCERN))
    with pipe.services.database.reading() as session:
        table = "procrastinate_jobs" if pipe.services.database.on_postgresql else "job"
        column = "status" if pipe.services.database.on_postgresql else "state"
        states = session.execute(sa.text(f"select {column} from {table}")).scalars().all()  # noqa: S608
    assert len(pipe.smtp.arrived) == 1
    assert set(map(str, states)) <= {"done", "succeeded"}
