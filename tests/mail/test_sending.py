"""Writing and sending: against a real SMTP server on loopback."""

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st

from mail.compose import compose
from mail.errors import PermanentMailError, TemporaryMailError
from mail.loops import may_answer
from mail.message import parse
from mail.send import SmtpSettings, check, send

AUTHOR = "author@agency.example"


class Receiver:
    """Takes mail; refuses by the name of the recipient."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("later"):
            return "451 4.3.0 try again later"
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.taken.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        return self.answer


class OnFreePort(Controller):
    """A controller that takes the port the system gives and tells it."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd leaves it untyped


@pytest.fixture
def start() -> Iterator[Callable[..., OnFreePort]]:
    running: list[OnFreePort] = []

    def begin(receiver: Receiver, **options: Any) -> OnFreePort:
        controller = OnFreePort(receiver, hostname="127.0.0.1", port=0, **options)
        controller.start()
        running.append(controller)
        return controller

    yield begin
    for controller in running:
        controller.stop()


def sample(**changes: Any) -> bytes:
    given_: dict[str, Any] = {
        "sender": "Teabreak <posts@agency.example>",
        "to": AUTHOR,
        "subject": "Your post TB-1042",
        "text": "Approved.\n",
        "html": "<p>Approved.</p>",
        "message_id": "<tb-1042.1@agency.example>",
    }
    return compose(**{**given_, **changes})


def test_a_mail_arrives_as_it_was_written(start: Callable[..., OnFreePort]) -> None:
    receiver = Receiver()
    server = start(receiver)
    raw = sample(text="Caffi'r Wê: dŵr poeth, £2.\n.\nA line after a dot.\n")
    assert send(SmtpSettings("127.0.0.1", server.port, starttls=False), raw, "", [AUTHOR]) == {}
    ((sender, recipients, content),) = receiver.taken
    assert (sender, recipients) == ("<>", [AUTHOR])  # the null path, as RFC 5321 writes it
    assert content.replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")
    assert "dŵr poeth, £2.\n.\nA line" in parse(content).text


def test_a_refused_recipient_is_named_and_the_others_get_it(start: Callable[..., OnFreePort]) -> None:
    receiver = Receiver()
    settings_ = SmtpSettings("127.0.0.1", start(receiver).port, starttls=False)
    refused = send(settings_, sample(), "", [AUTHOR, "nobody@agency.example", "later@agency.example"])
    assert isinstance(refused["nobody@agency.example"], PermanentMailError)
    assert isinstance(refused["later@agency.example"], TemporaryMailError)
    assert receiver.taken[0][1] == [AUTHOR]


def test_when_all_are_refused_the_error_says_whether_to_try_again(start: Callable[..., OnFreePort]) -> None:
    settings_ = SmtpSettings("127.0.0.1", start(Receiver()).port, starttls=False)
    with pytest.raises(PermanentMailError, match="no such user") as permanent:
        send(settings_, sample(), "", ["nobody@agency.example"])
    assert permanent.value.refused == {"nobody@agency.example": "550 5.1.1 no such user"}
    with pytest.raises(TemporaryMailError):
        send(settings_, sample(), "", ["nobody@agency.example", "later@agency.example"])


@pytest.mark.parametrize(
    ("answer", "kind"), [("451 busy", TemporaryMailError), ("554 not like this", PermanentMailError)]
)
def test_the_answer_to_the_mail_decides(start: Callable[..., OnFreePort], answer: str, kind: type[Exception]) -> None:
    receiver = Receiver()
    receiver.answer = answer
    with pytest.raises(kind, match=answer[4:]):
        send(SmtpSettings("127.0.0.1", start(receiver).port, starttls=False), sample(), "", [AUTHOR])
    assert receiver.taken == []


def test_no_server_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TemporaryMailError, match="cannot be reached"):
        send(SmtpSettings("127.0.0.1", port, starttls=False), sample(), "", [AUTHOR])


def test_a_server_that_never_greets_is_temporary() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings_ = SmtpSettings("127.0.0.1", silent.getsockname()[1], starttls=False, timeout=0.3)
        with pytest.raises(TemporaryMailError):
            send(settings_, sample(), "", [AUTHOR])


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder)
    return folder / "cert.pem", folder / "key.pem"


def secure(start: Callable[..., OnFreePort], certificate: tuple[Path, Path], receiver: Receiver) -> OnFreePort:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    def only_one(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(handled=False, success=data.login == b"posts" and data.password == b"right")

    return start(receiver, tls_context=context, require_starttls=True, authenticator=only_one, auth_required=True)


def test_starttls_and_login(start: Callable[..., OnFreePort], certificate: tuple[Path, Path]) -> None:
    receiver = Receiver()
    port = secure(start, certificate, receiver).port
    settings_ = SmtpSettings("127.0.0.1", port, user="posts", password="right", ca_file=certificate[0])
    send(settings_, sample(), "posts@agency.example", [AUTHOR])
    assert len(receiver.taken) == 1
    check(settings_)


def test_a_refused_login_waits_and_hides_the_password(
    start: Callable[..., OnFreePort], certificate: tuple[Path, Path]
) -> None:
    port = secure(start, certificate, Receiver()).port
    settings_ = SmtpSettings("127.0.0.1", port, user="posts", password="wrong-one", ca_file=certificate[0])
    with pytest.raises(TemporaryMailError, match="check user and password") as refused:
        send(settings_, sample(), "", [AUTHOR])
    assert "wrong-one" not in str(refused.value) + repr(settings_)


def test_a_server_without_starttls_gets_no_mail(start: Callable[..., OnFreePort]) -> None:
    receiver = Receiver()
    with pytest.raises(TemporaryMailError, match="does not offer"):
        send(SmtpSettings("127.0.0.1", start(receiver).port), sample(), "", [AUTHOR])
    assert receiver.taken == []


def test_our_mail_is_marked_and_never_answered_by_us() -> None:
    message = message_from_bytes(sample(), policy=default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] is None
    assert message_from_bytes(sample(bulk=True), policy=default)["Precedence"] == "bulk"
    assert parse(sample()).auto_generated
    assert may_answer(message_from_bytes(sample())) == "It is one of our own mails."


def test_threading_fields_stay_whole_however_long() -> None:
    long = "<" + "x" * 150 + "@agency.example>"
    ids = [f"<{number}.{'y' * 60}@agency.example>" for number in range(40)]
    read = parse(sample(message_id=long, in_reply_to=ids[-1], references=ids))
    assert read.message_id == long
    assert read.in_reply_to == (ids[-1],)
    assert read.references[0] == ids[0]
    assert read.references[-1] == ids[-1]
    assert len(read.references) == 20


@given(st.text(max_size=300), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_subject_adds_a_header(subject: str, more: str) -> None:
    raw = sample(subject=subject + "\r\nBcc: victim@elsewhere.example\r\n\r\n" + more)
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert b"bcc" not in names
    assert len(names) == len(set(names)) == 10
    raw.decode("ascii")


def test_a_long_subject_in_welsh_comes_out_as_it_went_in() -> None:
    subject = "Mae'r tŷ bwyta ar agor ddydd Sadwrn: dewch i gwrdd â'r criw, 茶, عربى 🫖 " * 4
    assert parse(sample(subject=subject)).subject == " ".join(subject.split())


@pytest.mark.parametrize("wrong", ["", "no address", "a@b\r\nBcc: c@d.example", "a@b, c@d"])
def test_what_is_no_address_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        sample(to=wrong)


def test_a_wrong_message_id_is_refused() -> None:
    with pytest.raises(ValueError, match="not a message id"):
        sample(message_id="<a@b>\r\nBcc: <c@d>")
