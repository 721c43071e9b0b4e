"""Forms that could not be carried out, kept and given back filled (rule 7: nothing typed is lost).

The fields travel with the page, signed, in one hidden field: nothing is stored, so any process can take them up, and
nobody but us can have written them. They are given back by asking the form's page for itself, as a GET, with the fields
in the WSGI environment, where `filled()` finds them. A kept form is never carried out by itself: a person presses its
button.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from workflow.web.forms.filled import KEPT
from workflow.web.security import from_our_pages, safe_path

WHY = "teabreak.kept_why"
HAD_FILES = "teabreak.kept_had_files"
_NOT_KEPT = frozenset({"csrf_token", "form_at", "kept", "password", "new_password"})
_DAY = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class KeptForm:
    """The fields of a form, in order, and the page that it stands on."""

    form_at: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool = False

    @property
    def typed(self) -> list[str]:
        """What a person wrote, to read or copy: the longer values."""
        return [value for name, value in self.fields if " " in value.strip() and name not in ("form", "digest")]


def keep_this_form() -> KeptForm | None:
    """What this POST carried, if one of our own pages sent it; None otherwise."""
    if request.method != "POST" or not from_our_pages() or "form_at" not in request.form:
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT)
    had_files = any(file.filename for file in request.files.values())
    return KeptForm(safe_path(request.form["form_at"]), fields, had_files)


def seal(kept: KeptForm) -> str:
    """The kept form as one signed string for a hidden field."""
    return _serializer().dumps([kept.form_at, kept.fields, kept.had_files])


def unseal(sealed: str) -> KeptForm | None:
    """The kept form again; None where it was changed or is older than a day."""
    try:
        form_at, fields, had_files = _serializer().loads(sealed, max_age=_DAY)
    except BadData:
        return None
    return KeptForm(form_at, tuple((name, value) for name, value in fields), had_files)


def give_back(kept: KeptForm, why: str) -> Response:
    """The form's own page, filled. Runs as a GET through the whole application, guard included."""
    generate_csrf()  # makes the session's token now, so that the page and this response agree on it
    builder = EnvironBuilder(path=kept.form_at, base_url=request.host_url, headers=Headers(_browser_headers()))
    environ: dict[str, Any] = builder.get_environ()
    environ["REMOTE_ADDR"] = request.remote_addr or ""
    environ[KEPT] = MultiDict(kept.fields)
    environ[WHY], environ[HAD_FILES] = why, kept.had_files
    with current_app.app_context():  # its own `g`: the page must not see this request's
        return Response.from_app(current_app.wsgi_app, environ, buffered=True)


def notice(environ: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the layout says above a form that was given back."""
    if WHY not in environ:
        return None
    return {"why": environ[WHY], "had_files": environ[HAD_FILES]}


def _browser_headers() -> dict[str, str]:
    headers = {name: value for name, value in request.headers.items() if name in ("User-Agent", "Accept-Language")}
    serializer = SecureCookieSessionInterface().get_signing_serializer(current_app._get_current_object())  # type: ignore[attr-defined]
    if serializer is not None:
        headers["Cookie"] = f"{current_app.config['SESSION_COOKIE_NAME']}={serializer.dumps(dict(session))}"
    return headers


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="kept form")
