"""The web application."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from workflow.models.database import Database
from workflow.models.files import FileStore
from workflow.services import Services
from workflow.settings import Settings
from workflow.web import blueprints, display, errors, headers, security
from workflow.web.context import EXTENSION

_MEGABYTE = 1024 * 1024
_PICTURES_AT_ONCE = 4


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The application on `database`; without one, on the installation that `settings` name, brought up to date."""
    if database is None:
        from workflow.start import open_services

        services = open_services(settings)
    else:
        services = Services(settings, database, FileStore(settings.files))
    app = Flask(__name__, static_folder="web/static", static_url_path="/static")
    app.extensions[EXTENSION] = services
    _configure(app, settings)
    headers.set_up(app)
    security.set_up(app)
    display.set_up(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    errors.set_up(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    secret = settings.secret_key.get_secret_value()
    if not secret:
        raise ValueError("There is no secret key: set one, or open the installation with workflow.start.open_services.")
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="teabreak",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=bool(settings.secure_cookies),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        SESSION_REFRESH_EACH_REQUEST=True,  # the limit is hours without use
        WTF_CSRF_TIME_LIMIT=None,  # a form lasts as long as the session
        WTF_CSRF_SSL_STRICT=False,  # SameSite and the token do the work; a Referer may be missing
        MAX_CONTENT_LENGTH=(_PICTURES_AT_ONCE * settings.max_picture_megabytes + 8) * _MEGABYTE,
        MAX_FORM_MEMORY_SIZE=4 * _MEGABYTE,  # 100,000 code points, escaped, with room for the rest
        MAX_FORM_PARTS=2000,
        PROPAGATE_EXCEPTIONS=False,  # people get a page in plain words, in tests too
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
