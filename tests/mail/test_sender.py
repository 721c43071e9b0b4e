"""Whether the sender is proved: only by the pinned server's topmost field, the worst result winning."""

import pytest

from mail.message import parse
from mail.sender import seen_servers

OURS = "mx.agency.example"


def verdict(*fields: str, sender: str = "Sample Author <author@agency.example>", server: str | None = OURS) -> str:
    lines = [f"Authentication-Results: {field}" for field in fields] + [f"From: {sender}", "", "Text."]
    return parse("\r\n".join(lines).encode(), authserv_id=server).sender_verified


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (f"{OURS}; dmarc=pass header.from=agency.example", "pass"),
        (f"{OURS}; dmarc=fail header.from=agency.example", "fail"),
        (f"{OURS}; dmarc=fail; dmarc=pass header.from=agency.example", "fail"),
        (f"{OURS}; dmarc=pass header.from=elsewhere.example", "unknown"),
        (f"{OURS}; dkim=pass header.d=agency.example", "pass"),
        (f"{OURS}; dkim=pass header.d=mail.agency.example", "pass"),
        (f"{OURS}; dkim=pass header.d=elsewhere.example", "unknown"),
        (f"{OURS}; dkim=pass header.d=example", "unknown"),
        (f"{OURS}; dkim=fail header.d=agency.example; spf=pass smtp.mailfrom=agency.example", "fail"),
        (f"{OURS}; spf=pass smtp.mailfrom=bounce@agency.example", "pass"),
        (f"{OURS}; spf=pass smtp.mailfrom=elsewhere.example", "unknown"),
        (f"{OURS}; none", "unknown"),
        (f"{OURS}; dmarc=", "unknown"),
        ("mx.elsewhere.example; dmarc=pass header.from=agency.example", "unknown"),
        (f"{OURS}.elsewhere.example; dmarc=pass header.from=agency.example", "unknown"),
        (f'"x; {OURS}"; dmarc=pass header.from=agency.example', "unknown"),
        (f"{OURS} (dmarc=pass header.from=agency.example); dmarc=fail", "fail"),
    ],
)
def test_one_field(field: str, expected: str) -> None:
    assert verdict(field) == expected


def test_a_forged_field_below_ours_counts_for_nothing() -> None:
    good = f"{OURS}; dmarc=pass header.from=agency.example"
    assert verdict(f"{OURS}; dmarc=fail header.from=agency.example", good) == "fail"
    assert verdict(f"{OURS}; none", good) == "unknown"
    assert verdict(f"{OURS}; dmarc=((", good) == "unknown"


def test_without_a_pinned_server_nothing_is_believed() -> None:
    assert verdict(f"{OURS}; dmarc=pass header.from=agency.example", server=None) == "unknown"


def test_two_senders_are_never_proved() -> None:
    good = f"{OURS}; dmarc=pass header.from=agency.example"
    assert verdict(good, sender="author@agency.example, other@agency.example") == "unknown"


def test_the_servers_seen_are_listed_for_diagnosis() -> None:
    from email import message_from_string

    message = message_from_string(
        "Authentication-Results: mx.a.example; none\nAuthentication-Results: mx.b.example 1; none\n\n"
    )
    assert seen_servers(message) == ("mx.a.example", "mx.b.example")
