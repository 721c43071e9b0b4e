"""Whether the process is alive, and whether it can work. For monitors; says nothing else."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from workflow.web.context import current
from workflow.web.security import open_to_all

health = Blueprint("health", __name__)
log = structlog.get_logger()


@health.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """200 as long as this process answers."""
    return jsonify(status="alive")


@health.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    """200 if the database answers, else 503."""
    try:
        with current().database.reading() as session:
            session.execute(sa.text("select 1 from person limit 1"))
    except SQLAlchemyError as error:
        log.warning("not ready", fault=type(error).__name__)
        return jsonify(status="not ready", database="away"), 503
    return jsonify(status="ready", database="ok")
