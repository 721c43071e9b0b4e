"""Waiting in IDLE (RFC 2177) without losing what came too early and without taking a closed connection for silence.

Two traps of IMAPClient's `idle_check` are met here: it asks the socket, not the buffer in front of it, so an
announcement in the same packet as the server's "+ idling" is not seen; and on a closed connection it returns an empty
list at once, for ever (mjs/imapclient#565).
"""

import imaplib
import select
import ssl
import threading
import time
from typing import Any

MAX_IDLE_SECONDS = 540.0
"""Servers end an idle connection after 30 minutes, some networks after 10: DONE and IDLE again before that."""
_SLICE = 1.0
_NEWS = (b" EXISTS", b" RECENT", b" EXPUNGE")


def answers_while_idle(client: Any, timeout: float, stop: threading.Event | None = None) -> bool:
    """Whether the server announced a change within `timeout` seconds (at most `MAX_IDLE_SECONDS`).

    Raises imaplib.IMAP4.abort on BYE or a closed connection, OSError on a dead one.
    """
    deadline = time.monotonic() + min(timeout, MAX_IDLE_SECONDS)
    client.idle()
    news = False
    while not news and not (stop is not None and stop.is_set()):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        news = _is_news(_lines(client, min(left, _SLICE)))
    # DONE proves that the server is still there; what it held back comes with its answer.
    _, late = client.idle_done()
    return news or any(len(one) > 1 and one[1] in (b"EXISTS", b"EXPUNGE") for one in late or [])


def _is_news(lines: list[bytes]) -> bool:
    for line in lines:
        if line.upper().startswith(b"* BYE"):
            raise imaplib.IMAP4.abort("the server said goodbye")
    return any(line.upper().startswith(b"* ") and line.upper().endswith(_NEWS) for line in lines)


def _lines(client: Any, timeout: float) -> list[bytes]:
    """The lines the server has sent: those already read into the buffer first, else within `timeout` seconds."""
    lines = _buffered(client, closed_when_empty=False)
    if lines:
        return lines
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    if not poller.poll(timeout * 1000):
        return []
    return _buffered(client, closed_when_empty=True)


def _buffered(client: Any, *, closed_when_empty: bool) -> list[bytes]:
    lines: list[bytes] = []
    while True:
        waiting = _peek(client)
        if waiting is None or (not waiting and not closed_when_empty):
            return lines
        if not waiting:
            if lines:
                return lines
            raise imaplib.IMAP4.abort("the server closed the connection")
        lines.append(client._imap._get_line())  # blocks, with the read time-out, only for the rest of a started line
        closed_when_empty = False


def _peek(client: Any) -> bytes | None:
    """What is in the read buffer, without waiting: b"" for nothing (or the end), None for half a TLS record."""
    sock = client.socket()
    sock.setblocking(False)
    try:
        found: bytes = client._imap.file.peek(1)
    except ssl.SSLWantReadError:
        return None
    else:
        return found
    finally:
        client._set_read_timeout()
