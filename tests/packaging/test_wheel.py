"""A wheel built from the repository works as well as the checkout, in an environment that knows nothing of it."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import zipfile
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / ".tools" / "bin" / "uv"

pytestmark = pytest.mark.slow


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built offline: hatch_build.py finds the pages' style sheets where script/bootstrap put them."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    [file] = folder.glob("teabreak-*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `bin` folder of a clean environment with the wheel in it.

    What Teabreak is built on is lent by this environment, so that nothing is downloaded. A path in a .pth file is only
    searched: the .pth files that stand there, the checkout's own among them, are not read.
    """
    home = tmp_path_factory.mktemp("installed") / "venv"
    run(UV, "venv", "--offline", "--python", sys.executable, home)
    run(UV, "pip", "install", "--offline", "--no-deps", "--python", home / "bin" / "python", wheel)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


@pytest.fixture
def empty(tmp_path):
    """What a command is run with: an empty folder, and no setting of ours."""
    folder = tmp_path / "empty"
    folder.mkdir()
    ours = ("TEABREAK_", "DATABASE_URL", "PYTHONPATH", "VIRTUAL_ENV")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {"cwd": folder, "env": {**clean, "TMPDIR": str(tmp_path)}}


@contextmanager
def served(command, where):
    """A server's first line; it has to end well."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **where)
    try:
        yield process.stdout.readline() or process.stderr.read()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    finally:
        process.kill()
        process.communicate()


def test_the_wheel_holds_what_runs_and_nothing_of_the_tests(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
    vendored = "workflow/web/static/vendor/govuk-frontend"
    for needed in (
        "templates/layouts/page.html",
        "templates/emails/decision/body.txt",
        "workflow/checks/phrases.toml",
        "workflow/guide/builtin.toml",
        "workflow/migrations/env.py",
        "workflow/web/static/teabreak.css",
        "workflow/web/static/copy.js",
        f"{vendored}/govuk-frontend.min.css",
        f"{vendored}/govuk-frontend.min.js",
        f"{vendored}/NOTICE.txt",
        "wsgi.py",
    ):
        assert needed in names
    assert any(name.startswith("workflow/migrations/versions/0001") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"mail", "templates", "workflow", "wsgi.py"}
    assert not [name for name in names if "test" in name.partition("/")[0] or name.endswith((".pyc", ".db"))]
    assert "Requires-Python: <3.14,>=3.11" in metadata


def test_every_file_of_the_repository_that_belongs_in_it_is_in_it(wheel):
    """So that a template or list that is added later is not left behind."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = run("git", "-C", ROOT, "ls-files", "workflow", "mail", "templates").splitlines()
    assert len(tracked) > 100
    assert set(tracked) <= names


def test_the_environment_knows_nothing_of_the_checkout(installed, empty):
    said = run(installed / "python", "-c", "import mail, workflow; print(mail.__file__, workflow.__file__)", **empty)
    for place in said.split():
        assert Path(place).is_relative_to(installed.parent)
    assert str(ROOT) not in run(installed / "python", "-c", "import sys; print(sys.path[:-1])", **empty)


def test_commands_work(installed, empty):
    found = run(
        installed / "teabreak", "check", "--format", "jsonl", input='{"id": "1", "text": "07700 900123"}', **empty
    )
    assert json.loads(found)["findings"][0]["clause"] == "personal-information"
    assert "Never 4" in run(installed / "teabreak", "guide", "show", **empty)
    assert "The record holds" in run(installed / "teabreak", "record", "verify", **empty)
    assert run(installed / "teabreak", "--version", **empty).startswith("teabreak ")


def test_it_serves_its_pages_from_an_empty_folder(installed, empty):
    with served([installed / "teabreak", "serve", "--port", "0"], empty) as said:
        address = said.partition("answers at ")[2].split()[0]
        page = httpx.get(f"{address}/sign-in")
        assert page.status_code == 200
        soup = BeautifulSoup(page.text, "html.parser")
        sheets = [link["href"] for link in soup.select("link[rel=stylesheet]")]
        assert len(sheets) == 2
        for sheet in sheets:
            answer = httpx.get(address + sheet)
            assert answer.status_code == 200
            assert "{" in answer.text
        assert httpx.get(f"{address}/static/vendor/govuk-frontend/govuk-frontend.min.js").status_code == 200
    assert (empty["cwd"] / "var" / "teabreak.db").is_file()


def test_its_demo_works(installed, empty):
    with served([installed / "teabreak", "serve", "--demo", "--json", "--port", "0"], empty) as said:
        facts = json.loads(said)
        assert httpx.get(f"{facts['url']}/readyz").json()["status"] == "ready"
    assert list(empty["cwd"].iterdir()) == []
