"""Whether the sender's address is proved by the receiving mail server (RFC 8601, RFC 7489).

Only what our own mail server wrote counts: the topmost Authentication-Results field with its name (authserv-id),
set by the agency. Anybody can write such a field further down, so the others are not looked at.
"""

import re
from email.message import Message
from typing import Any, Literal

from authres import AuthenticationResultsHeader, AuthResError  # type: ignore[import-untyped]  # ships no types

from mail import headers
from mail.charsets import decode_header_bytes

Verdict = Literal["pass", "fail", "unknown"]
_ORDER = ("pass", "none", "neutral", "policy", "temperror", "permerror", "softfail", "fail", "hardfail")
_FAILS = ("fail", "hardfail", "softfail", "permerror", "policy")


def seen_servers(message: Message) -> tuple[str, ...]:
    """The authserv-ids named in the message, topmost first: for diagnostics when the pinned one is wrong."""
    ids = []
    for raw in headers.raw_values(message, "Authentication-Results"):
        match = re.match(r"\s*([^\s;=]+)\s*(?:\d+\s*)?;", decode_header_bytes(raw))
        if match:
            ids.append(match[1])
    return tuple(ids)


def verify(message: Message, authserv_id: str | None) -> Verdict:
    """Whether the one From address is proved by the server named `authserv_id`; without one: "unknown".

    DMARC decides where the server states it; otherwise DKIM or SPF aligned with the From domain. Of several results
    of one method the worst counts.
    """
    if not authserv_id:
        return "unknown"
    senders = headers.addresses(message, "From")
    if len(senders) != 1 or len(headers.raw_values(message, "From")) != 1:
        return "unknown"
    domain = senders[0][1].rpartition("@")[2]
    for raw in headers.raw_values(message, "Authentication-Results"):
        try:
            field = AuthenticationResultsHeader.parse_value(decode_header_bytes(raw))
        except (AuthResError, ValueError, IndexError, KeyError, AttributeError, TypeError):
            if _starts_with_id(raw, authserv_id):
                return "unknown"  # ours, but unreadable: nothing below it may take its place
            continue
        if (field.authserv_id or "").lower() == authserv_id.strip().lower():
            return _verdict(list(field.results), domain)
    return "unknown"


def _starts_with_id(raw: str, authserv_id: str) -> bool:
    return bool(re.match(rf"\s*{re.escape(authserv_id.strip())}(?![\w.-])", raw, re.IGNORECASE))


def _verdict(results: list[Any], domain: str) -> Verdict:
    dmarc = [r for r in results if r.method == "dmarc"]
    if dmarc:
        stated = {(_property(r, "header", "from") or domain).rpartition("@")[2].lower() for r in dmarc}
        worst = _worst(dmarc)
        if worst in _FAILS:
            return "fail"
        if worst == "pass":
            return "pass" if stated == {domain} else "unknown"
    dkim = [r for r in results if r.method == "dkim" and _aligned(_property(r, "header", "d"), domain)]
    spf = [r for r in results if r.method == "spf" and _aligned(_property(r, "smtp", "mailfrom"), domain)]
    worsts = [_worst(found) for found in (dkim, spf) if found]
    if any(worst in _FAILS for worst in worsts):
        return "fail"
    return "pass" if "pass" in worsts else "unknown"


def _property(result: Any, kind: str, name: str) -> str:
    for found in result.properties:
        if (str(found.type).lower(), str(found.name).lower()) == (kind, name):
            return str(found.value)
    return ""


def _worst(results: list[Any]) -> str:
    def rank(result: Any) -> int:
        name = str(result.result).lower()
        return _ORDER.index(name) if name in _ORDER else len(_ORDER)

    return str(max(results, key=rank).result).lower()


def _aligned(proved: str | None, domain: str) -> bool:
    """Relaxed alignment: the same domain, or one within the other (never across a bare top-level name)."""
    name = (proved or "").rpartition("@")[2].strip(' ".').lower()
    if name.count(".") == 0:
        return False
    return name == domain or domain.endswith("." + name) or name.endswith("." + domain)
