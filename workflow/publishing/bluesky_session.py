"""Signed-in connections to Bluesky servers, and what their failures mean. Only workflow.publishing.bluesky uses it.

Signing in costs the server a password hash and is limited to 30 in five minutes, so each process signs in once for an
account and keeps the session; the SDK renews it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
from atproto import Client, Request, Session, SessionEvent  # type: ignore[import-untyped]
from atproto.exceptions import AtProtocolError, RateLimitExceededError, RequestErrorBase  # type: ignore[import-untyped]
from atproto_client.models.common import XrpcError  # type: ignore[import-untyped]

from workflow.publishing.base import Account, AuthorisationNeeded, OutcomeUnknown, PublishError, Retryable

BLUESKY = "https://bsky.social"
TIMEOUT = httpx.Timeout(60, connect=10)  # the SDK's 5 seconds are too short for a picture on a slow line
# The server's word that the session is no longer good; a new one may be.
_EXPIRED = {"ExpiredToken", "InvalidToken"}
_NOT_SIGNED_IN = {*_EXPIRED, "AuthenticationRequired", "AuthMissing", "AuthFactorTokenRequired", "AccountTakedown"}
# Raised by httpx before a byte of the request was sent.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_WRONG_ADDRESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A client with a session; the account's permanent name (DID) and its handle, as the server gave them."""

    client: Client
    did: str
    handle: str


class Sessions:
    """Signed-in clients by account, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], _Entry] = {}

    def use(self, account: Account, work: Callable[[SignedIn], Result]) -> Result:
        """Calls `work` signed in; where the session has run out, once more with a new one.

        `work` raises the SDK's and httpx's exceptions, and has changed nothing when the server refused its session.
        """
        entry = self._entry(account)
        signed_in = entry.get(account)
        try:
            return work(signed_in)
        except RequestErrorBase as error:
            if not _session_is_over(error):
                raise
        return work(entry.get(account, instead_of=signed_in))

    def sign_in(self, account: Account) -> SignedIn:
        """Signs in anew, to try the password."""
        entry = self._entry(account)
        return entry.get(account, instead_of=entry.signed_in)

    def _entry(self, account: Account) -> _Entry:
        with self._lock:
            return self._entries.setdefault((account.service_url, account.handle), _Entry())


class _Entry:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._password = b""
        self._before: SignedIn | None = None
        self.signed_in: SignedIn | None = None

    def get(self, account: Account, instead_of: SignedIn | None = None) -> SignedIn:
        """The account's session. Signs in where there is none, or only `instead_of`, or the password is another one."""
        password = hashlib.sha256(account.secret.encode()).digest()
        with self._lock:
            if self.signed_in is None or self.signed_in is instead_of or self._password != password:
                self._retire()
                self.signed_in = _sign_in(account)
                self._password = password
            return self.signed_in

    def _retire(self) -> None:
        # Other threads may be in the middle of a call, so a client is closed only when its successor goes as well.
        if self.signed_in is not None:
            if self._before is not None:
                self._before.client.request.close()
            self._before, self.signed_in = self.signed_in, None


def _sign_in(account: Account) -> SignedIn:
    if not account.secret:
        raise AuthorisationNeeded(f"{_name(account)} has no app password. {_GIVE_ONE}")
    sessions: list[Session] = []

    def keep(_event: SessionEvent, session: Session) -> None:
        sessions[:] = [session]

    with failures(account, signing_in=True):
        client = Client(account.service_url.strip() or BLUESKY, request=Request(timeout=TIMEOUT))
        client.on_session_change(keep)
        try:
            client.login(account.handle, account.secret, fetch_bsky_profile=False)
        except Exception:
            client.request.close()
            raise
    return SignedIn(client, sessions[0].did, sessions[0].handle)


_GIVE_ONE = "Make one in Bluesky (Settings, Privacy and security, App passwords) and give it to the channel."


@contextmanager
def failures(account: Account, *, sending: bool = False, signing_in: bool = False) -> Iterator[None]:
    """Turns what the SDK and httpx raise into our errors, none of which shows a secret or a post's text.

    `sending`: the call puts the post there, so that no answer means that nobody knows. Everything else may be repeated.
    """
    try:
        yield
    except PublishError:
        raise
    except RequestErrorBase as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        answered = error.response is not None
        raise (_from_answer(account, error, sending, signing_in) if answered else _no_answer(cause, sending)) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _no_answer(error, sending) from None
    except (AtProtocolError, ValueError, TypeError, KeyError, AttributeError) as error:
        # ValueError: no JSON, or (pydantic's) not what the lexicon says.
        raise _unclear(f"the answer makes no sense ({type(error).__name__})", sending) from None


def error_name(error: RequestErrorBase) -> str:
    """The error's name in the AT Protocol, for example RecordNotFound; "" without one."""
    content = error.response.content if error.response is not None else None
    return content.error or "" if isinstance(content, XrpcError) else ""


def _session_is_over(error: RequestErrorBase) -> bool:
    return error.response is not None and (error.response.status_code == 401 or error_name(error) in _EXPIRED)


def _from_answer(account: Account, error: RequestErrorBase, sending: bool, signing_in: bool) -> PublishError:
    status = error.response.status_code if error.response is not None else 0
    name = error_name(error)
    if isinstance(error, RateLimitExceededError):
        return _too_many(error)
    if status == 401 or name in _NOT_SIGNED_IN:
        return _not_signed_in(account, name)
    if status == 503 or (status in (502, 504) and not sending):
        return Retryable(f"Bluesky is not available at the moment ({status}).")
    if status >= 500:
        return _unclear(f"its server answered with an error ({status})", sending)
    if status == 404 or (not name and signing_in):
        return PublishError(f"What answers for {_name(account)} is no Bluesky server. Check the channel's service URL.")
    if status == 413:
        return PublishError("Bluesky says that it is too big. Make the picture smaller.")
    return PublishError(f"Bluesky refused it: {_said(account, error) or f'code {status}'}")


def _not_signed_in(account: Account, name: str) -> AuthorisationNeeded:
    if name == "AccountTakedown":
        return AuthorisationNeeded(f"Bluesky has suspended {_name(account)}. Sign in to the account to see why.")
    if name == "AuthFactorTokenRequired":
        return AuthorisationNeeded(f"{_name(account)} wants a code by mail: it was not an app password. {_GIVE_ONE}")
    return AuthorisationNeeded(
        f"Bluesky refused the password of {_name(account)}: give the channel a new app password. {_GIVE_ONE}"
    )


def _too_many(error: RateLimitExceededError) -> Retryable:
    now = datetime.now(UTC)
    seconds = error.retry_after
    if seconds is None and error.reset_at is not None:
        seconds = (error.reset_at - now).total_seconds()
    if seconds is None:
        return Retryable("Bluesky takes no more from this account for the moment.")
    wait = timedelta(seconds=min(max(seconds, 1), 86_400))
    return Retryable(f"Bluesky takes no more from this account until {now + wait:%H:%M} (UTC).", wait)


def _no_answer(error: Exception, sending: bool) -> PublishError:
    if isinstance(error, _NOT_SENT):
        return Retryable("Bluesky's server cannot be reached.")
    if isinstance(error, _WRONG_ADDRESS):
        return PublishError("The channel's service URL is no address of a server. Write it like https://bsky.social.")
    late = isinstance(error, httpx.TimeoutException)
    return _unclear("it did not answer in time" if late else "the connection broke", sending)


def _unclear(why: str, sending: bool) -> PublishError:
    if sending:
        return OutcomeUnknown(f"Whether Bluesky took it is not known: {why}.")
    return Retryable(f"Bluesky could not be asked: {why}.")


def _said(account: Account, error: RequestErrorBase) -> str:
    """The server's own words, one line and not too many; never with our password in it."""
    content = error.response.content if error.response is not None else None
    words = content.message or content.error or "" if isinstance(content, XrpcError) else ""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[:200]
    return line.replace(account.secret, "...") if account.secret else line


def _name(account: Account) -> str:
    return account.handle or "The account"
