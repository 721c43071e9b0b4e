"""The migrations make exactly the tables that the models describe, on both databases, however many processes start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from workflow.migrations import is_current, upgrade
from workflow.models import Base, Database

ROOT = Path(__file__).resolve().parents[2]
UPGRADE = """
import sys
from workflow.migrations import upgrade
from workflow.models import Database
upgrade(Database(sys.argv[1]))
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_url(request, tmp_path):
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return request.getfixturevalue("postgresql_url")()


@pytest.fixture
def empty(empty_url):
    """That database, opened."""
    database = Database(empty_url)
    yield database
    database.close()


def test_the_tables_are_those_of_the_models(empty):
    upgrade(empty)

    def ours(_object, name, kind, *_):
        return not (kind == "table" and name.startswith("procrastinate_"))

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_check_constraints_are_those_of_the_models(empty):
    upgrade(empty)
    found = sa.inspect(empty.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
        assert wanted == {c["name"] for c in found.get_check_constraints(table.name)}, table.name


def test_processes_that_start_together_wait_for_each_other(empty, empty_url):
    started = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [("", 0)] * 3
    assert is_current(empty)


def test_a_database_of_another_version_is_told_apart(empty):
    assert not is_current(empty)
    upgrade(empty)
    assert is_current(empty)
    with empty.writing() as session:
        session.execute(sa.text("update alembic_version set version_num = 'of-tomorrow'"))
    assert not is_current(empty)


def test_the_tables_of_sqlite_are_strict(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/strict.db")
    upgrade(database)
    with database.reading() as session:
        tables = session.execute(sa.text("select name, strict from pragma_table_list where schema = 'main'")).all()
    database.close()
    assert {name for name, strict in tables if not strict} == {"alembic_version", "sqlite_schema"}


def test_processes_that_start_on_a_new_database_put_one_guide_in_use(empty, empty_url, tmp_path):
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "workflow.cli", "guide", "show"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": empty_url, "TEABREAK_DATA": str(tmp_path / str(number))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in started] == [("", 0)] * 3
    with empty.reading() as session:
        assert session.scalar(sa.text("select count(*) from guide_version")) == 1
        assert session.scalars(sa.text("select action from record_entry")).all() == ["guide put in use"]
