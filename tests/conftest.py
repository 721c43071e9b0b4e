"""What all tests share: the fixtures of tests/fixtures, no reaching out, both databases, no skipping in CI."""

import ipaddress
import os
import socket
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

pytest_plugins = [f"tests.fixtures.{path.stem}" for path in sorted((Path(__file__).parent / "fixtures").glob("*.py"))]


class ReachedOut(RuntimeError):
    """A test tried to reach something beyond this machine's loopback."""


_attempts: list[str] = []


def _refuse(target: object) -> None:
    _attempts.append(f"{target!r}")
    raise ReachedOut(f"Tests reach nothing beyond loopback, and this one tried {target!r}.")


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def loopback_only():
    """Connections and name look-ups of this process, beyond loopback, raise ReachedOut.

    Names under .invalid exist nowhere (RFC 6761): looking them up fails as it does in the field, and asks nobody.
    """
    look_up = socket.getaddrinfo

    def connecting(method):
        def connect(self, address):
            if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
                _refuse(address)
            return method(self, address)

        return connect

    def getaddrinfo(host, *arguments, **named):
        if str(host).rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        try:
            numeric = ipaddress.ip_address(str(host).partition("%")[0])
        except ValueError:
            numeric = None
        # A numeric address, or one to listen on, asks no name server; connecting to it is guarded above.
        if numeric is None and not _is_loopback(host):
            _refuse(host)
        return look_up(host, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connecting(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", connecting(socket.socket.connect_ex))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory):
    """Each test makes an app of its own; to compile every template anew for it took half of all time."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": cache})
        yield


@pytest.fixture(autouse=True)
def reaches_nothing_outside(loopback_only):
    """Fails a test that tried, even where the code under test took the refusal for an answer."""
    _attempts.clear()
    yield
    if _attempts:
        pytest.fail(f"Tests reach nothing beyond loopback, and this one tried {', '.join(_attempts)}.")


def pytest_sessionfinish(session):
    """With CI=true a skip is a failure: whatever the tests need can be had there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Says why a run without a failed test failed all the same."""
    skipped = len(terminalreporter.stats.get("skipped", []))
    if os.environ.get("CI") == "true" and skipped:
        terminalreporter.write_line(f"CI=true: {skipped} skipped, and that fails the run.", red=True)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql):
    """The name of a PostgreSQL database that holds all tables, to make others from."""
    from workflow.migrations import upgrade
    from workflow.models import Database

    database = Database(postgresql.create("migrated"))
    upgrade(database)
    database.close()
    return "migrated"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def services(request, tmp_path):
    """A sample agency's services with an empty database of its own: each test runs on SQLite and on PostgreSQL."""
    from workflow.settings import Settings
    from workflow.start import open_services

    url = ""
    if request.param == "postgresql":
        template = request.getfixturevalue("migrated_postgresql")
        url = request.getfixturevalue("postgresql_url")(template=template)
    opened = open_services(Settings(data=tmp_path / "var", agency_name="Sample Agency", database_url=url))
    yield opened
    opened.database.close()


@pytest.fixture
def database(services):
    """The database of `services`."""
    return services.database
