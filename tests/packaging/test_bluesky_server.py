"""script/bluesky-server: where it installs, and that half an installation is never taken for a whole one."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "script" / "bluesky-server"


def run(*arguments, **environment):
    return subprocess.run(
        [SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_is_kept_outside_the_checkout(tmp_path):
    named = run("path", TEABREAK_CACHE=str(tmp_path)).stdout.strip()
    assert named == str(tmp_path / "bluesky-server-0.5.35")
    by_default = run("path", TEABREAK_CACHE="", XDG_CACHE_HOME="", HOME=str(tmp_path)).stdout.strip()
    assert by_default == str(tmp_path / ".cache" / "teabreak" / "bluesky-server-0.5.35")


def test_what_is_there_is_not_installed_again(tmp_path):
    (tmp_path / "bluesky-server-0.5.35").mkdir()
    done = run("install", TEABREAK_CACHE=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failed_install_leaves_nothing_and_says_why(tmp_path):
    nowhere = {"npm_config_registry": "http://127.0.0.1:9/", "npm_config_fetch_retries": "0"}
    done = run("install", TEABREAK_CACHE=str(tmp_path), npm_config_cache=str(tmp_path / "npm"), **nowhere)
    assert done.returncode == 1
    assert "npm could not install the Bluesky server." in done.stderr
    assert list(tmp_path.glob("bluesky-server*")) == []


def test_it_says_how_it_is_used():
    done = run()
    assert done.returncode == 2
    assert "script/bluesky-server install" in done.stderr
