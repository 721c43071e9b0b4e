"""What a view asks for: the services of this process, and who is signed in."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from workflow.roles import Actor
from workflow.services import Services

EXTENSION = "teabreak"


def current() -> Services:
    """Settings, database and files of the application that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])


def actor() -> Actor:
    """Who is signed in, as of the beginning of this request. Only behind the guard: every page that needs somebody."""
    return cast(Actor, g.actor)


def actor_or_none() -> Actor | None:
    """Who is signed in, or None; for what is shown on open pages and errors too."""
    return cast("Actor | None", g.get("actor"))
