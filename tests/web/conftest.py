"""The web application on both databases, a browser-like client, and a checker that reads every page it fetches."""

from dataclasses import dataclass, field

import pytest
from bs4 import BeautifulSoup
from flask import has_request_context, request

from tests.factories import PASSWORD, make_people
from tests.web.page_checker import check_page
from workflow.app import create_app
from workflow.models.database import Database


@dataclass
class Browser:
    """Flask's client, with what a browser adds: the page's own token, and where a request comes from."""

    client: object
    pages: list = field(default_factory=list)

    def get(self, address, *, status=200, **more):
        """A page, checked; follows nothing."""
        response = self.client.get(address, **more)
        assert response.status_code == status, (address, response.status_code, response.text[:500])
        return self._read(response)

    def post(self, address, fields=(), *, status=303, token=None, site="same-origin", **more):
        """Sends a form. The token is that of the session, as the last page would hold it."""
        data = {"csrf_token": self.token() if token is None else token, **dict(fields)}
        response = self.client.post(address, data=data, headers={"Sec-Fetch-Site": site}, **more)
        assert response.status_code == status, (address, response.status_code, response.text[:800])
        return self._read(response)

    def follow(self, response, **more):
        """The page that a redirect leads to."""
        return self.get(response.headers["Location"], **more)

    def token(self):
        page = BeautifulSoup(self.client.get("/accessibility-statement").text, "html.parser")
        found = page.select_one("input[name=csrf_token]") or self._sign_in_page().select_one("input[name=csrf_token]")
        return found["value"]

    def _sign_in_page(self):
        return BeautifulSoup(self.client.get("/sign-in").text, "html.parser")

    def sign_in(self, person):
        response = self.post("/sign-in", {"email": person.email, "password": PASSWORD})
        assert response.headers["Location"] == "/"
        return self

    def _read(self, response):
        if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307, 308):
            response.soup = check_page(response)
        return response


@pytest.fixture
def app(services, monkeypatch):
    """The application. A GET that opens a writing transaction fails its test (rule 6)."""
    writing = Database.writing

    def writing_on_post_only(self):
        changes = not has_request_context() or request.method not in ("GET", "HEAD")
        assert changes, f"{request.method} {request.path} opened a writing transaction"
        return writing(self)

    monkeypatch.setattr(Database, "writing", writing_on_post_only)
    return create_app(services.settings, services.database)


@pytest.fixture
def people(services):
    """One person of each role, and two who write."""
    with services.database.writing() as session:
        return make_people(session)


@pytest.fixture
def browser(app):
    """A browser that nobody is signed in on."""
    return Browser(app.test_client())


@pytest.fixture
def sign_in(app, people):
    """`sign_in("reviewer")`: a browser of its own for that person."""
    return lambda who: Browser(app.test_client()).sign_in(people[who])
