"""Response headers: what the browser may load, keep and tell others."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FOR_EVER = "public, max-age=31536000, immutable"


def csp_nonce() -> str:
    """The word that lets this response's own inline script and style run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def add_headers(response: Response) -> Response:
    """Runs after every request."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=csp_nonce()))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    # Not no-referrer: with that, browsers send `Origin: null` and a form of ours could not be told from a stranger's.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"  # pages name people and unpublished words
    elif request.args.get("v") and response.status_code in (200, 304):
        headers["Cache-Control"] = _FOR_EVER  # the address holds the content's hash
    return response


def set_up(app: Flask) -> None:
    """Puts the headers on every response, errors included."""
    app.after_request(add_headers)
    app.context_processor(lambda: {"csp_nonce": csp_nonce()})
