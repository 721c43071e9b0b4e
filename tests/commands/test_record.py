"""`teabreak record`: verify against tampering, export."""

import csv
import io
import json
import zipfile

import pytest
import sqlalchemy as sa
import time_machine

from tests.factories import make_channel, make_decision, make_people, make_post
from workflow import record
from workflow.jobs.worker import Worker
from workflow.roles import SYSTEM


@pytest.fixture
def published(services):
    """An installation on which a post was published."""
    with services.database.writing() as session:
        people = make_people(session)
        make_channel(session, services)
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id)
    Worker(services).run_until_idle()
    return post_id


@pytest.fixture
def anchor(services, published, tmp_path):
    """An anchor as it was mailed out, in a file."""
    with services.database.writing() as session:
        made = str(record.anchor(session))
    file = tmp_path / "anchor.txt"
    file.write_text(f"Received: by mail.agency.example\n\nKeep this mail.\n\n{made}\nTeabreak\n")
    return file


def tamper(services, *statements):
    """What somebody with all rights on the database can do: switch all triggers off, then change rows."""
    with services.database.writing() as session:
        if services.database.on_postgresql:
            session.execute(sa.text("set local session_replication_role = replica"))
        else:
            names = session.scalars(sa.text("select name from sqlite_master where type = 'trigger'")).all()
            for name in names:
                session.execute(sa.text(f'drop trigger "{name}"'))
        for statement in statements:
            session.execute(sa.text(statement))


def test_a_record_that_holds_is_exit_0(command, published):
    result = command("record", "verify")
    assert result.exit_code == 0, result.output
    assert "The record holds, and every publication has its approval." in result.stdout
    assert "--anchor" in result.stdout


def test_an_empty_installation_holds(command):
    assert command("record", "verify").exit_code == 0


def test_with_an_anchor_from_outside_it_holds_too(command, anchor):
    result = command("record", "verify", "--anchor", anchor)
    assert result.exit_code == 0, result.output
    assert "--anchor" not in result.stdout


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update record_entry set actor = 'Somebody Else' where seq = 5", "Entry 5: who, what or when was changed."),
        ("update record_entry set payload = '{}' where seq = 3", "Entry 3: what it says was changed."),
        ("delete from record_entry where seq = 4", "Entry 4 is missing"),
        (
            "delete from record_entry where seq = (select max(seq) from record_entry)",
            "The head of the log does not fit",
        ),
        ("update record_head set size = size + 1", "The head of the log does not fit"),
    ],
)
def test_tampering_is_exit_1_and_named(services, command, published, statement, said):
    tamper(services, statement)
    result = command("record", "verify")
    assert result.exit_code == 1
    assert said in result.stdout
    assert "does NOT hold" in result.stdout


def test_a_history_that_was_written_anew_shows_against_the_anchor(services, command, anchor):
    tamper(services, "delete from record_entry", "delete from record_head", "delete from record_anchor")
    with services.database.writing() as session:
        for number in range(40):
            record.append(session, SYSTEM, "made up", f"TB-{number}")
    assert command("record", "verify").exit_code == 0, "from inside, it cannot be seen"
    result = command("record", "verify", "--anchor", anchor)
    assert result.exit_code == 1
    assert "anchor" in result.stdout


def test_published_words_that_were_changed_afterwards_are_exit_1(services, command, published):
    tamper(services, "update revision set text = 'Something else'")
    result = command("record", "verify")
    assert result.exit_code == 1
    assert "is not what was approved" in result.stdout
    assert "Something else" not in result.stdout


def test_a_file_without_an_anchor_is_exit_2(command, tmp_path):
    file = tmp_path / "anchor.txt"
    for content in (b"", b"teabreak record\nmany\nroot\n", b"\xff\xfe"):
        file.write_bytes(content)
        result = command("record", "verify", "--anchor", file)
        assert result.exit_code == 2
        assert "There is no anchor" in result.stderr
    assert command("record", "verify", "--anchor", tmp_path / "none").exit_code == 2


def test_the_export_holds_every_entry_in_three_forms(services, command, published):
    rows = [json.loads(line) for line in command("record", "export").stdout.splitlines()]
    with services.database.reading() as session:
        size = record.verify(session).size
    assert [row["seq"] for row in rows] == list(range(1, size + 1))
    assert {"approved", "published"} <= {row["action"] for row in rows}
    assert all(len(row["leaf"]) == len(row["payload_hash"]) == 64 for row in rows)
    table = list(csv.DictReader(io.StringIO(command("record", "export", "--format", "csv").stdout)))
    assert [row["leaf"] for row in table] == [row["leaf"] for row in rows]
    with zipfile.ZipFile(io.BytesIO(command("record", "export", "--format", "zip").stdout_bytes)) as archive:
        assert archive.testzip() is None
        assert [json.loads(line) for line in archive.read("record.jsonl").splitlines()] == rows
        assert len(archive.read("record.csv").splitlines()) == size + 1


def test_the_export_can_be_checked_elsewhere(command, published):
    """Whoever has the export can compute each entry's hashes anew, as docs and code say."""
    import hashlib

    for line in command("record", "export").stdout.splitlines():
        row = json.loads(line)
        assert hashlib.sha256(bytes.fromhex(row["salt"]) + row["payload"].encode()).hexdigest() == row["payload_hash"]
        content = [row[name] for name in ("seq", "at", "actor", "actor_id", "action", "object", "payload_hash")]
        packed = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        assert hashlib.sha256(b"\x00" + packed).hexdigest() == row["leaf"]


def test_the_export_of_some_days(services, command):
    days = ("2026-01-01", "2026-01-02", "2026-01-03")
    tamper(services, "delete from record_entry", "delete from record_head")
    for day in days:
        with time_machine.travel(f"{day}T23:59:30Z", tick=False), services.database.writing() as session:
            record.append(session, SYSTEM, day, "sample")

    def actions(*options):
        return [json.loads(line)["action"] for line in command("record", "export", *options).stdout.splitlines()]

    assert actions() == list(days)
    assert actions("--from", "2026-01-02") == list(days[1:])
    assert actions("--to", "2026-01-02") == list(days[:2])
    assert actions("--from", "2026-01-02", "--to", "2026-01-02") == [days[1]]
    assert command("record", "export", "--from", "yesterday").exit_code == 2


def test_a_spreadsheet_runs_nothing_of_the_export(services, command):
    from dataclasses import replace

    with services.database.writing() as session:
        record.append(session, replace(SYSTEM, name="=cmd|' /C calc'!A1"), "tried", "+1")
    *_, row = csv.DictReader(io.StringIO(command("record", "export", "--format", "csv").stdout))
    assert row["actor"].startswith("'=")
    assert row["object"] == "'+1"


def test_names_of_every_script_go_through_any_terminal(services, program):
    with services.database.writing() as session:
        record.append(session, SYSTEM, "tried", "Ŵyn 🫖")
    installation = {
        "TEABREAK_DATA": str(services.settings.data),
        "TEABREAK_DATABASE_URL": services.settings.database_url,
    }
    for form in ("jsonl", "csv"):
        done = program("record", "export", "--format", form, PYTHONIOENCODING="ascii", **installation)
        assert done.returncode == 0, done.stderr
        assert "Ŵyn 🫖" in done.stdout.decode()
