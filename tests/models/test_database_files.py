"""Posts stand in the database file: nobody but its owner reads it, or what stands beside it."""

import stat

import sqlalchemy as sa

from workflow.models import Database
from workflow.settings import Settings
from workflow.start import open_services


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_installation_is_closed_to_other_users_of_the_machine(tmp_path):
    services = open_services(Settings(data=tmp_path / "var", database_url=f"sqlite:///{tmp_path}/var/teabreak.db"))
    try:
        with services.database.writing() as session:
            session.execute(sa.text("create table sample (id integer)"))
        found = {path.name: mode(path) for path in (tmp_path / "var").iterdir() if path.is_file()}
    finally:
        services.database.close()
    assert found.keys() >= {"teabreak.db", "teabreak.db-wal", "teabreak.db-shm", "teabreak.db.writer"}
    assert {name for name, bits in found.items() if bits != 0o600} == set()
    assert mode(tmp_path / "var") == 0o700


def test_a_database_that_was_made_open_is_closed(tmp_path):
    path = tmp_path / "teabreak.db"
    path.touch()
    path.chmod(0o646)
    database = Database(f"sqlite:///{path}")
    try:
        with database.writing() as session:
            session.execute(sa.text("create table sample (id integer)"))
        assert mode(path) == 0o640, "a group that was let in stays"
    finally:
        database.close()
