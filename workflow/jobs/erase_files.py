"""Removes the files of what was deleted for good: queued with the deletion, so that no crash keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow.jobs.handlers import handler
from workflow.models import IncomingMail, Picture
from workflow.services import Services


@handler("erase_files")
def erase_files(services: Services, args: dict[str, Any]) -> None:
    """Removes files that no row names any more. `args`: files (their SHA-256). What others need as well stays."""
    with services.database.reading() as session:
        needed = _needed(session, args["files"])
    for sha256 in args["files"]:
        if sha256 not in needed:
            services.files.remove(sha256)


def _needed(session: Session, files: Iterable[str]) -> set[str]:
    pictures = sa.select(Picture.sha256).where(Picture.sha256.in_(files))
    mails = sa.select(IncomingMail.sha256).where(IncomingMail.sha256.in_(files))
    return {*session.scalars(pictures), *session.scalars(mails)}
