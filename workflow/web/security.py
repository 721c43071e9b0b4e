"""Who may call what: refused unless a view says otherwise.

One guard runs before every request. A view either is open (`@open_to_all`, a short list that a test keeps), or says
what it needs: `@needs(Permission.READ_QUEUE)`, `@needs()` for anybody signed in, `@needs_on_post(Permission.DECIDE)`
where the use case asks, because the answer depends on the post. A view that says nothing is never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from workflow.models import Person
from workflow.roles import Actor, Permission, require
from workflow.web.context import current

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
# Counted in each process's memory: a limit for guessing, not for people.
limiter = Limiter(get_remote_address, storage_uri="memory://")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a view asks of whoever calls it."""

    permission: Permission | None = None
    on_post: bool = False  # the use case asks: the answer depends on the post
    open: bool = False
    at_most: int | None = None  # bytes of the request's body; None: what any form may have


class NothingDeclared(RuntimeError):
    """A view was registered that does not say who may call it."""


def needs(permission: Permission | None = None, *, at_most: int | None = None) -> Callable[[View], View]:
    """Marks a view: somebody signed in and, where given, with that permission; and the bytes its request may have."""
    return _marks(Needs(permission, at_most=at_most))


def needs_on_post(permission: Permission) -> Callable[[View], View]:
    """Marks a view: somebody signed in; whether they have the permission on this post is asked by its use case."""
    return _marks(Needs(permission, on_post=True))


def open_to_all(view: View) -> View:
    """Marks a view that anybody may call, signed in or not."""
    return _marks(Needs(open=True))(view)


def _marks(what: Needs) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.teabreak_needs = what  # type: ignore[attr-defined]
        return view

    return mark


def needs_of(app: Flask, endpoint: str) -> Needs:
    """What an endpoint needs. Raises NothingDeclared."""
    if endpoint == "static":
        return Needs(open=True)
    found = getattr(app.view_functions[endpoint], "teabreak_needs", None)
    if not isinstance(found, Needs):
        raise NothingDeclared(f"{endpoint} does not say who may call it: see workflow/web/security.py")
    return found


class SignedIn:
    """A person's session, bound to their `sign_in_count`: raising that ends every session they have."""

    is_authenticated = is_active = True
    is_anonymous = False

    def __init__(self, person: Person) -> None:
        self.person_id = person.id
        self.sign_in_count = person.sign_in_count
        self.actor: Actor = person.as_actor()

    def get_id(self) -> str:
        """What the session cookie holds."""
        return f"{self.person_id}.{self.sign_in_count}"


def _load(session_id: str) -> SignedIn | None:
    person_id, _, count = session_id.partition(".")
    if not (person_id.isdecimal() and count.isdecimal()):
        return None
    with current().database.reading() as session:
        person = session.get(Person, int(person_id))
        if person is None or not person.active or person.sign_in_count != int(count):
            return None
        return SignedIn(person)


def guard() -> BaseResponse | None:
    """Runs before every request. Lets it through, sends to the sign-in page, or raises NotPermitted."""
    if request.endpoint is None or request.routing_exception is not None:
        return None  # an unknown address: Flask answers 404 or 405
    if any(isinstance(part, str) and "\0" in part for part in (request.view_args or {}).values()):
        abort(404)  # PostgreSQL takes no NUL, not even to look it up
    what = needs_of(current_app, request.endpoint)
    if what.at_most is not None:
        request.max_content_length = what.at_most  # before anything has read the form
    if request.endpoint == "static" or request.endpoint in ("health.healthz", "health.readyz"):
        return None  # nothing here depends on a person, and the database may be away
    g.actor = current_user.actor if current_user.is_authenticated else None
    if what.open:
        return None
    if g.actor is None:
        return _ask_to_sign_in()
    if what.permission is not None and not what.on_post:
        require(what.permission, g.actor)
    return None


def _ask_to_sign_in() -> BaseResponse:
    from workflow.web.sign_in import page_for_a_form  # the page needs this module's marks

    if request.method in ("GET", "HEAD"):
        return redirect(url_for("sign_in.page", next=request.full_path.rstrip("?")))
    return page_for_a_form()


def safe_path(address: str) -> str:
    """`address` if it is a path on this site, else the home page: nobody is sent elsewhere after signing in."""
    parts = urlsplit(address.replace("\\", "/"))
    local = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    if not local or parts.scheme or parts.netloc:
        return url_for("home.page")
    return address


def from_our_pages() -> bool:
    """Whether the browser says that one of our own pages sent this request.

    Asked before a form's fields are kept: a stranger's page must not put words into a form of ours.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site == "same-origin"
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return bool(origin) and origin in (request.host, urlsplit(current().settings.public_url).netloc)


def set_up(app: Flask) -> None:
    """Sign-in, guard and CSRF protection, in this order: who is signed out is asked to sign in, form kept."""
    login = LoginManager()
    login.init_app(app, add_context_processor=False)  # it would ask the database on error pages too
    login.session_protection = None  # staff change networks; the session is bound to sign_in_count instead
    login.user_loader(_load)
    app.before_request(guard)
    csrf.init_app(app)
    limiter.init_app(app)
