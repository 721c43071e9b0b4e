"""`teabreak serve --demo` from the first line to the last process, as somebody who tries Teabreak sees it."""

import imaplib
import json
import re
import signal
import smtplib
import subprocess
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from tests.commands.conftest import TEABREAK, clean_environment
from workflow.roles import Role
from workflow.states import State

pytestmark = pytest.mark.slow

# Checking lasts a moment; publishing is what a post by hand waits in.
STATES = set(State) - {State.CHECKING}


def until(what, found, seconds=40):
    """What `found()` gives once it gives something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {seconds} seconds")


def children(pid):
    """The processes that `pid` started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def start(folder, *options):
    environment = clean_environment(TMPDIR=str(folder), TEABREAK_AGENCY_NAME="Of the environment")
    command = [TEABREAK, "serve", "--demo", "--json", "--port", "0", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=environment)


@contextmanager
def running_demo(folder, how_it_ends):
    """A demo with its facts; afterwards it must end by itself, well, leaving nothing behind."""
    process = start(folder)
    try:
        facts = json.loads(process.stdout.readline() or process.stderr.read())
        mail_servers = children(process.pid)
        assert mail_servers
        yield facts
        process.send_signal(how_it_ends)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0, err.decode()
        assert out == b"", "the first line is the only one"
        assert b"Traceback" not in err
        assert not any(runs(pid) for pid in mail_servers)
        assert list(folder.glob("teabreak-demo-*")) == []
        assert list(folder.glob("teabreak-demos-*/*")) == []
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where demos of this module put their files."""
    return tmp_path_factory.mktemp("demos")


@pytest.fixture(scope="module")
def demo(folder):
    """One demo for all tests of this module; ended by SIGTERM."""
    with running_demo(folder, signal.SIGTERM) as facts:
        yield facts


@contextmanager
def signed_in(demo, email):
    """A client on which that person is signed in."""
    [person] = [person for person in demo["people"] if person["email"] == email]
    with httpx.Client(base_url=demo["url"], timeout=20) as client:
        page = BeautifulSoup(client.get("/sign-in").text, "html.parser")
        token = page.select_one("input[name=csrf_token]")["value"]
        fields = {"csrf_token": token, "email": person["email"], "password": person["password"]}
        assert client.post("/sign-in", data=fields).status_code == 303
        yield client


def page_of(client, address):
    response = client.get(address, follow_redirects=True)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return BeautifulSoup(response.text, "html.parser")


def mails_of(demo, email):
    """Everything in a person's mailbox, by IMAP."""
    with imaplib.IMAP4("127.0.0.1", _imap_port(demo), timeout=20) as mailbox:
        mailbox.login(email, "sample-password")
        mailbox.select("INBOX", readonly=True)
        numbers = mailbox.search(None, "ALL")[1][0].split()
        fetched = [mailbox.fetch(number, "(RFC822)")[1][0][1] for number in numbers]
    return [message_from_bytes(raw, policy=policy.default) for raw in fetched]


def _imap_port(demo):
    """The contract names the SMTP port only: the mail server's command line says the other one."""
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = cmdline.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "--imap-port" in words and str(demo["smtp_port"]) in words:
            return int(words[words.index("--imap-port") + 1])
    pytest.fail("the demo's mail server does not run")


def test_the_first_line_is_the_contracts_object(demo):
    assert demo.keys() == {"url", "people", "submit_to", "smtp_port"}
    for person in demo["people"]:
        assert person.keys() == {"name", "email", "password", "roles", "token"}
        assert person["name"].startswith("Sample ")
    assert {role for person in demo["people"] for role in person["roles"]} == {role.value for role in Role}
    assert httpx.get(demo["url"] + "/readyz").status_code == 200


def test_everybody_can_sign_in_and_open_every_page_offered(demo):
    for person in demo["people"]:
        with signed_in(demo, person["email"]) as client:
            home = page_of(client, "/")
            assert person["name"] in home.get_text()
            assert "Sample Agency" in home.title.string, "nothing of the environment shows"
            offered = {link["href"] for link in home.select("nav a[href^='/'], main a[href^='/']")}
            assert "/guide" in offered
            for address in sorted(offered):
                assert page_of(client, address).h1, address


def test_there_is_a_post_in_every_state_and_each_opens_for_its_author(demo):
    with signed_in(demo, "author@agency.example") as first, signed_in(demo, "second-author@agency.example") as second:
        shown = {}
        for number in range(1001, 1100):
            answers = [client.get(f"/posts/TB-{number}") for client in (first, second)]
            codes = {answer.status_code for answer in answers}
            if codes == {404}:
                break
            assert codes == {200, 404}, f"TB-{number}: {codes}"
            [page] = [BeautifulSoup(a.text, "html.parser") for a in answers if a.status_code == 200]
            shown[number] = page.select_one("main .govuk-tag").get_text(strip=True).lower()
    assert set(shown.values()) >= {state.value for state in STATES}
    with signed_in(demo, "reviewer@agency.example") as reviewer:
        for number, state in shown.items():
            expected = 404 if state in ("draft", "held") else 200
            assert reviewer.get(f"/posts/TB-{number}").status_code == expected, (number, state)


def test_a_mailed_draft_is_in_the_queue_soon_and_its_author_has_an_answer(demo):
    words = "The toy library opens at Sample Hall on Sunday."
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "author@agency.example", demo["submit_to"], "Toy library"
    mail["Message-ID"] = "<toys.1@agency.example>"
    mail.set_content(words)
    with smtplib.SMTP("127.0.0.1", demo["smtp_port"], timeout=20) as smtp:
        smtp.send_message(mail)
    with signed_in(demo, "reviewer@agency.example") as reviewer:
        until("the queue", lambda: words[:30] in reviewer.get("/queue").text)

    def answered():
        return [found for found in mails_of(demo, mail["From"]) if found["In-Reply-To"] == mail["Message-ID"]]

    answers = until("the answer", answered)
    assert len(answers) == 1
    assert words in answers[0].get_body(("plain",)).get_content()


def test_demo_mail_sends_one_to_the_demo_that_runs(demo, folder):
    done = subprocess.run(
        [TEABREAK, "demo", "mail", "The paddling pool is open from noon."],
        env=clean_environment(TMPDIR=str(folder)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"{demo['url']}/queue" in done.stdout
    assert "It is in the queue" not in done.stdout, "a stranger's mail, or half a draft, never gets there"
    with signed_in(demo, "reviewer@agency.example") as reviewer:
        until("the queue", lambda: "The paddling pool is open" in reviewer.get("/queue").text)


def test_what_was_published_stands_on_the_sample_channel_at_the_address_given(demo):
    with signed_in(demo, "author@agency.example") as client:
        page = page_of(client, "/channels/sample/sample")
        [published] = page.select("main ol > li")
        assert "Sample Street car park" in published.get_text()
        post = page_of(client, "/posts/TB-1001")
        assert post.find("a", href=f"{demo['url']}/channels/sample/sample#{published['id']}")


def test_a_second_demo_runs_beside_the_first_and_ends_by_ctrl_c(demo, folder, tmp_path):
    with running_demo(tmp_path, signal.SIGINT) as second:
        assert second["url"] != demo["url"]
        assert second["smtp_port"] != demo["smtp_port"]
        for each in (demo, second):
            assert httpx.get(each["url"] + "/sign-in").status_code == 200


def test_a_port_in_use_is_said_at_once(demo, folder):
    port = demo["url"].rpartition(":")[2]
    for kind in ([], ["--demo"]):
        done = subprocess.run(
            [TEABREAK, "serve", *kind, "--port", port],
            env=clean_environment(TMPDIR=str(folder)),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 1
        assert f"Port {port}" in done.stderr
        assert "--port" in done.stderr
        assert "Traceback" not in done.stderr


def test_asked_to_end_while_it_starts_it_leaves_nothing_behind(tmp_path):
    process = start(tmp_path)
    try:
        [mail_server] = until("the mail server", lambda: children(process.pid))
        process.terminate()
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err.decode()
        assert not runs(mail_server)
        assert list(tmp_path.glob("teabreak-demo-*")) == []
    finally:
        process.kill()
        process.communicate()


def test_even_a_killed_demo_leaves_no_process_behind(tmp_path):
    process = start(tmp_path)
    assert process.stdout.readline()
    [mail_server] = children(process.pid)
    process.kill()
    process.communicate()
    until("the end of the mail server", lambda: not runs(mail_server))


def test_a_demo_does_not_fill_a_folder_that_holds_data(tmp_path):
    (tmp_path / "teabreak.db").write_bytes(b"")
    process = start(tmp_path, "--data", str(tmp_path))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"Name an empty folder" in err
    assert (tmp_path / "teabreak.db").read_bytes() == b""


def test_without_a_demo_demo_mail_says_how_to_start_one(tmp_path):
    environment = clean_environment(TMPDIR=str(tmp_path))
    done = subprocess.run([TEABREAK, "demo", "mail"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "teabreak serve --demo" in done.stderr


def test_json_goes_with_a_demo_only(program):
    done = program("serve", "--json")
    assert done.returncode == 2
    assert list(program.folder.iterdir()) == [], "nothing was begun"


def test_in_words_it_says_where_to_sign_in_and_how_to_mail_it_a_draft(tmp_path):
    environment = clean_environment(TMPDIR=str(tmp_path), PYTHONUNBUFFERED="1")
    command = [TEABREAK, "serve", "--demo", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        try:
            said = ""
            for line in process.stdout:
                said += line
                if "/channels/sample/sample" in line:
                    break
            assert re.search(r"http://127\.0\.0\.1:\d+", said)
            assert "reviewer@agency.example" in said
            lines = said.splitlines()
            [at] = [at for at, line in enumerate(lines) if line.lstrip().startswith("printf ")]
            done = subprocess.run(
                ["sh", "-c", "\n".join(lines[at : at + 2])], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
        finally:
            process.terminate()
