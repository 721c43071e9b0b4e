"""What every part of the product is handed: settings, database, files."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.models.database import Database
from workflow.models.files import FileStore
from workflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """One a process; made by workflow.start."""

    settings: Settings
    database: Database
    files: FileStore
