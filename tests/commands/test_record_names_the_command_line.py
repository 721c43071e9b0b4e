"""Whatever a command changes, the record says that it was done at the command line."""

import sqlalchemy as sa

from workflow.guide.loader import built_in, dump
from workflow.models import RecordEntry

ADD = ("user", "add", "pat@agency.example", "--name", "Sample Pat", "--role", "author")


def test_every_command_that_changes_something_acts_as_the_command_line(services, command, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(dump(built_in()), encoding="utf-8")
    with services.database.reading() as session:
        before = session.scalar(sa.select(sa.func.max(RecordEntry.seq)))
    for words in (
        ADD,
        ("user", "reset", "pat@agency.example"),
        ("user", "role", "pat@agency.example", "--add", "reviewer"),
        ("user", "disable", "pat@agency.example"),
        ("channel", "add", "board", "--network", "by_hand", "--name", "Board"),
        ("channel", "pause", "board"),
        ("guide", "use", str(own)),
    ):
        result = command(*words)
        assert result.exit_code == 0, (words, result.output)
    with services.database.reading() as session:
        rows = session.execute(
            sa.select(RecordEntry.action, RecordEntry.actor).where(RecordEntry.seq > before).order_by(RecordEntry.seq)
        ).all()
    assert [action for action, _ in rows] == [
        "person added",
        "password set",
        "roles changed",
        "person disabled",
        "channel added",
        "channel paused",
        "guide put in use",
    ]
    assert {actor for _, actor in rows} == {"Command line"}
