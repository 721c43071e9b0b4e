"""Brings an installation up: data folder, secret key, database at the newest version, guide."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from workflow.migrations import upgrade, wait_alone
from workflow.models import Database
from workflow.models.files import FileStore
from workflow.review.guide_in_use import ensure_guide
from workflow.services import Services
from workflow.settings import Settings


def open_services(settings: Settings) -> Services:
    """Everything a process of ours needs. Creates what is missing; several processes may do so at once."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.secret_key.get_secret_value():
        settings.secret_key = SecretStr(_kept_secret(settings.data / "secret-key"))
    database = Database(settings.database_url)
    upgrade(database)
    with database.writing() as session:
        wait_alone(session)
        ensure_guide(session)
    return Services(settings, database, FileStore(settings.files))


def _kept_secret(path: Path) -> str:
    """The secret in that file; made once, readable by its owner alone."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            os.link(part, path)  # the first process wins, the others read what it wrote
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text(encoding="ascii").strip()
