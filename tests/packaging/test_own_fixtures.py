"""What tests/conftest.py promises all the others."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run_pytest(folder, text, **environment):
    """Runs `text` as a test file of its own, under our conftest."""
    (folder / "test_sample.py").write_text(text)
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "CI"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
        + ["-c", str(ROOT / "pyproject.toml"), str(folder / "test_sample.py")],
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


SKIPS = "import pytest\n\ndef test_one():\n    pytest.skip('no such server')\n\ndef test_two():\n    pass\n"


def test_a_skip_fails_in_ci(tmp_path):
    done = run_pytest(tmp_path, SKIPS, CI="true")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "CI=true: 1 skipped, and that fails the run." in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_a_skip_is_no_failure_elsewhere(tmp_path):
    done = run_pytest(tmp_path, SKIPS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), 1)",
        "socket.socket(socket.AF_INET).connect_ex(('192.0.2.1', 80))",
        "socket.getaddrinfo('agency.example', 443)",
    ],
)
def test_reaching_out_fails_even_when_it_is_caught(tmp_path, attempt):
    text = f"import socket\n\ndef test_it():\n    try:\n        {attempt}\n    except Exception:\n        pass\n"
    done = run_pytest(tmp_path, text)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Tests reach nothing beyond loopback" in done.stdout


def test_loopback_can_be_reached_and_invalid_names_exist_nowhere():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), 5).close()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("mail.agency.invalid", 993)


@pytest.mark.postgresql
class TestPostgreSQL:
    """The server is real, and each database one's own."""

    def test_databases_come_from_a_template_and_share_nothing(self, postgresql, postgresql_url):
        template = postgresql_url("sample_template")
        with connect(template) as connection:
            connection.execute("CREATE TABLE post (id int)")
        first, second = (postgresql_url(template="sample_template") for _ in range(2))
        with connect(first) as connection:
            connection.execute("INSERT INTO post VALUES (1)")
        with connect(second) as connection:
            assert connection.execute("SELECT count(*) FROM post").fetchone() == (0,)

    def test_it_can_crash_and_come_back_on_the_same_port(self, postgresql, postgresql_url):
        url = postgresql_url()
        port = postgresql.port
        postgresql.stop()
        with pytest.raises(psycopg.OperationalError):
            connect(url)
        postgresql.start()
        assert postgresql.port == port
        with connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def connect(url):
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
