"""What every template can use: settings, navigation, addresses of static files, times as people say them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, request, url_for
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from workflow.review.wall_time import said
from workflow.roles import Permission, may
from workflow.web.context import actor_or_none, current
from workflow.web.forms.kept import notice
from workflow.web.forms.params import field_params, group_params
from workflow.web.passages import marked

TEMPLATES = Path(__file__).parents[2] / "templates"
STATIC = Path(__file__).parent / "static"

# Section, words, endpoint, permission. A place is shown to who may go there.
PLACES: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("home", "Your turn", "home.page", None),
    ("propose", "Propose a post", "propose.form", Permission.PROPOSE),
    ("mine", "My posts", "mine.page", None),
    ("queue", "Queue", "queue.page", Permission.READ_QUEUE),
    ("all", "All posts", "mine.everybodys", Permission.READ_RECORD),
    ("guide", "Guide", "guide.page", None),
)
# On the home page, also for those who have enough in their navigation.
GO_TO = (*PLACES[:-2], ("all", "All posts", "mine.everybodys", Permission.READ_LIST), PLACES[-1])
# For administrators, on the home page.
LOOK_AFTER: tuple[tuple[str, str, str, Permission | None], ...] = (
    ("jobs", "Jobs: what is waiting, failing and dead", "jobs.page", Permission.MANAGE),
    ("mail", "Mail set aside: what was not taken in, and why", "mail.set_aside", Permission.READ_MAIL),
    ("allow-list", "Allow-list: whom the check does not mark", "allow_list.page", Permission.MANAGE),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A link that the person may follow."""

    section: str
    text: str
    href: str


def navigation_places() -> list[Place]:
    """Where the signed-in person may go."""
    return _allowed(PLACES)


def places_to_go_to() -> list[Place]:
    """The ways on from the home page."""
    return [place for place in _allowed(GO_TO) if place.section != "home"]


def places_to_look_after() -> list[Place]:
    """What an administrator looks after."""
    return _allowed(LOOK_AFTER)


def _allowed(places: tuple[tuple[str, str, str, Permission | None], ...]) -> list[Place]:
    actor = actor_or_none()
    if actor is None:
        return []
    return [
        Place(section, text, url_for(endpoint))
        for section, text, endpoint, permission in places
        if permission is None or may(permission, actor)
    ]


@lru_cache(maxsize=256)
def _content_hash(path: Path, changed: int) -> str:
    del changed  # part of the key: a file that is fetched again gets a new address
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def static_url(name: str) -> str:
    """A static file's address with its content's hash, so that browsers may keep it for ever."""
    path = STATIC / name
    try:
        version = _content_hash(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return url_for("static", filename=name)  # `teabreak doctor` and script/bootstrap fetch the vendored ones
    return url_for("static", filename=name, v=version)


def form_at() -> str:
    """The address of the page a form stands on, to come back to if it cannot be carried out."""
    if request.method == "POST" and "form_at" in request.form:
        return request.form["form_at"]  # the form is shown again with its errors
    return request.full_path.rstrip("?")


def when(moment: datetime | None) -> str:
    """An instant in the agency's time zone: "Tuesday 24 November 2026, 3:04pm"."""
    return said(moment.astimezone(current().settings.zone)) if moment else ""


def _every_page() -> dict[str, Any]:
    actor = actor_or_none()
    return {
        "settings": current().settings,
        "signed_in_name": actor.name if actor else "",
        "kept": notice(request.environ),
    }


def set_up(app: Flask) -> None:
    """Loaders, globals and filters."""
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(TEMPLATES),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_every_page)
    app.add_template_filter(when)
    for place_list in (navigation_places, places_to_go_to, places_to_look_after):
        app.add_template_global(place_list)
    for function in (static_url, form_at, field_params, group_params, marked):
        app.add_template_global(function)
