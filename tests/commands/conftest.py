"""The `teabreak` command: as a program of its own and, where a database is asked, in this process on both databases."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from workflow.cli import cli

TEABREAK = Path(sys.executable).with_name("teabreak")


def clean_environment(**more):
    """The environment without settings of ours."""
    ours = ("TEABREAK_", "DATABASE_URL", "PYTEST_", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


@pytest.fixture
def program(tmp_path):
    """`program("check", "-", input=b"...")`: runs the installed program in an empty folder. Bytes in, bytes out."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*arguments, input=b"", **environment):
        return subprocess.run(
            [TEABREAK, *map(str, arguments)],
            input=input,
            capture_output=True,
            cwd=folder,
            env=clean_environment(**environment),
            timeout=60,
            check=False,
        )

    run.folder = folder
    return run


@pytest.fixture
def settings_of(monkeypatch, tmp_path):
    """`settings_of(services)`: makes this process's settings those of an installation."""

    def set_up(services):
        for name in list(os.environ):
            if name.startswith("TEABREAK_") or name == "DATABASE_URL":
                monkeypatch.delenv(name)
        monkeypatch.setenv("TEABREAK_DATA", str(services.settings.data))
        monkeypatch.setenv("TEABREAK_DATABASE_URL", services.settings.database_url)
        monkeypatch.setenv("TEABREAK_SETTINGS", str(tmp_path / "none.toml"))

    return set_up


@pytest.fixture
def command(services, settings_of):
    """`command("user", "list")`: runs a command in this process, on the installation of `services`."""
    settings_of(services)

    def run(*arguments, **more):
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], **more)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
