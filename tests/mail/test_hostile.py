"""Whatever the bytes: an answer, no exception, text that can be stored."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.message import as_json, parse

MESSAGES = [path.read_bytes() for path in sorted((Path(__file__).parent / "messages").rglob("*.eml"))]
HEAD = b"From: author@agency.example\nSubject: Sample\nMessage-ID: <a@b>\n"


def answered(raw: bytes) -> dict[str, object]:
    message = parse(raw, authserv_id="mx.agency.example", parent_text="Sample\n")
    told = as_json(message)
    json.dumps(told, ensure_ascii=False).encode("utf-8")
    assert "\0" not in json.dumps(told)
    assert not any("could not be read in full" in problem for problem in message.problems)
    return told


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_random_bytes(raw: bytes) -> None:
    answered(raw)


@given(
    st.sampled_from(MESSAGES),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3), st.binary(max_size=12)), max_size=12),
)
@settings(max_examples=250, deadline=None)
def test_our_messages_with_changes(raw: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(raw)
    for position, length, new in changes:
        at = position % (len(data) + 1)
        data[at : at + length] = new
    answered(bytes(data))


@given(
    st.sampled_from(["From", "To", "Subject", "Date", "Content-Type", "Content-Disposition", "Authentication-Results"]),
    st.text(alphabet=st.sampled_from("aé@<>()\"',;:=?*%\\\t \udc80\u202e0/-_."), max_size=80),
)
@settings(max_examples=200, deadline=None)
def test_any_header_value(name: str, value: str) -> None:
    answered(f"{name}: {value}\n".encode("utf-8", "surrogateescape") + HEAD + b"\nText.\n")


def deep(levels: int) -> bytes:
    opened = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n'.encode() for n in range(levels))
    return HEAD + b"".join(opened) + b"\nText.\n"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "The mail is empty."),
        (b"\r\n \r\n", "The mail is empty."),
        (b"Just words, no headers.", "no sender address"),
        (deep(200), "parts within parts"),
        (HEAD + b"Content-Type: message/rfc822\n\n" * 3000, "structure of the mail is broken"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 2000, "more than 500 parts"),
        (HEAD + b"\n" + b"a" * 1_200_000, "only its beginning was read"),
    ],
    ids=["empty", "blank", "no headers", "deep", "mails in mails", "many parts", "long"],
)
def test_what_went_wrong_is_said(raw: bytes, problem: str) -> None:
    assert any(problem in told for told in answered(raw)["problems"])  # type: ignore[attr-defined]  # a list


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: text/html\n\n" + b"<" * 1_000_000,
        HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 50_000 + b"Text.",
        HEAD + b"Content-Type: text/html\n\n" + b'<a href="https://a.example/">x' * 50_000,
        HEAD + b"Content-Type: text/html\n\n" + b'<a href="https://a.example/"><b><p>x' * 20_000,
        HEAD + b"\n" + b"> a\nb\n" * 9_000,
        HEAD + b"\nText\nSent from my " + b"a.b " * 50_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 30_000 + b"\n" + HEAD + b"\nText.",
        b"To: " + b"(" * 90_000 + b"\n" + HEAD + b"\nText.",
        b"To: " + b"a@b.example, " * 50_000 + b"\n" + HEAD + b"\nText.",
    ],
    ids=[
        "angles",
        "nested html",
        "open links",
        "nested links",
        "quotes",
        "device line",
        "encoded words",
        "brackets",
        "addresses",
    ],
)
def test_large_hostile_input_is_answered(raw: bytes) -> None:
    assert answered(raw)["from"] == "author@agency.example"


def test_forty_megabytes() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(30_000_000)
    from base64 import encodebytes

    head = (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nText.\n--b\nContent-Type: image/png; name=a.png\n'
    )
    raw = head + b"Content-Transfer-Encoding: base64\n\n" + encodebytes(picture) + b"--b--\n"
    assert len(raw) > 40_000_000
    message = parse(raw)
    assert message.text == "Text."
    assert message.attachments[0].size == len(picture)
