"""`teabreak doctor`: each line is ok, or says what to do."""

import json
import re

import pytest

from tests.factories import make_channel, make_people
from tests.fixtures.language_model import send
from workflow.commands.demo import start_mail_server

SUBMISSIONS = "social@agency.example"


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory):
    """A real mail server on loopback: IMAP and SMTP."""
    with start_mail_server(tmp_path_factory.mktemp("mail")) as server:
        server.wait()
        yield server


@pytest.fixture
def in_order(services, command, mail_server, monkeypatch):
    """An installation on which nothing needs doing."""
    with services.database.writing() as session:
        make_people(session)
        make_channel(session, services)
    box = {"host": "127.0.0.1", "port": mail_server.imap_port, "tls": False, "user": SUBMISSIONS}
    monkeypatch.setenv("TEABREAK_MAIL_IN", json.dumps([{**box, "password": "sample-password", "idle": False}]))
    monkeypatch.setenv("TEABREAK_MAIL_OUT__HOST", "127.0.0.1")
    monkeypatch.setenv("TEABREAK_MAIL_OUT__PORT", str(mail_server.smtp_port))
    monkeypatch.setenv("TEABREAK_MAIL_OUT__STARTTLS", "false")
    monkeypatch.setenv("TEABREAK_MAIL_OUT__SENDER", SUBMISSIONS)


def lines(result):
    """What was looked at -> (ok or DO, the sentence). Every line has this form."""
    found = {}
    for line in result.stdout.splitlines():
        state, what, sentence = re.fullmatch(r"(ok  |DO  ) ([^:]+): (.+)", line).groups()
        found.setdefault(what, []).append((state.strip(), sentence))
    return found


def to_do(result):
    return {what: said for what, sayings in lines(result).items() for state, said in sayings if state == "DO"}


def test_in_order_every_line_is_ok_and_the_exit_0(command, in_order):
    result = command("doctor")
    assert to_do(result) == {}
    assert result.exit_code == 0
    looked_at = lines(result)
    assert looked_at.keys() >= {"settings", "database", "disk", "clock", "record", "people", "jobs", "sending"}
    assert {"mailbox submissions", "channel sample"} <= looked_at.keys()
    assert "safety" in looked_at
    assert len(looked_at["people"]) == 5
    assert any("records officer" in said for _, said in looked_at["people"])


def test_a_fresh_installation_is_told_what_to_do(command):
    result = command("doctor")
    assert result.exit_code == 1
    needed = to_do(result)
    assert needed.keys() == {"people", "sending", "channels"}
    assert "teabreak user add" in needed["people"]
    assert "teabreak channel add" in needed["channels"]
    assert "[mail_out]" in needed["sending"]


def test_what_is_set_unsafely_is_named_with_what_to_do(command, monkeypatch, tmp_path):
    settings = tmp_path / "teabreak.toml"
    settings.write_text('agency_name = "Sample Agency"\n', encoding="utf-8")
    settings.chmod(0o644)
    box = {"host": "imap.invalid", "tls": False, "user": "u", "password": "secret-word"}
    for name, value in {
        "TEABREAK_SETTINGS": str(settings),
        "TEABREAK_PUBLIC_URL": "http://posts.agency.example",
        "TEABREAK_MAIL_IN": json.dumps([box]),
        "TEABREAK_MAIL_OUT__HOST": "smtp.invalid",
        "TEABREAK_MAIL_OUT__STARTTLS": "false",
    }.items():
        monkeypatch.setenv(name, value)
    result = command("doctor")
    said = [sentence for state, sentence in lines(result)["safety"] if state == "DO"]
    for word in ("https", "imap.invalid", "smtp.invalid", "chmod"):
        assert any(word in sentence for sentence in said), word
    assert len(said) == 4
    assert "secret-word" not in result.output


def test_cookies_that_travel_open_are_named(command, monkeypatch):
    monkeypatch.setenv("TEABREAK_PUBLIC_URL", "https://posts.agency.example")
    monkeypatch.setenv("TEABREAK_PROXY_HOPS", "1")
    assert lines(command("doctor"))["safety"] == [("ok", "what can be seen from the settings is set safely")]
    monkeypatch.setenv("TEABREAK_SECURE_COOKIES", "false")
    [(state, sentence)] = lines(command("doctor"))["safety"]
    assert state == "DO"
    assert "secure_cookies" in sentence


def test_a_proxy_that_hides_everybody_behind_one_address_is_named(command, monkeypatch):
    monkeypatch.setenv("TEABREAK_PUBLIC_URL", "https://posts.agency.example")
    [(state, sentence)] = lines(command("doctor"))["safety"]
    assert state == "DO"
    assert "proxy_hops" in sentence


NO_BOX = '[{"host": "127.0.0.1", "port": 1, "tls": false, "user": "u", "password": "secret-word"}]'


@pytest.mark.parametrize(
    ("change", "what"),
    [({"TEABREAK_MAIL_OUT__PORT": "1"}, "sending"), ({"TEABREAK_MAIL_IN": NO_BOX}, "mailbox submissions")],
    ids=["smtp", "imap"],
)
def test_a_server_that_is_away_is_named_without_its_password(command, in_order, monkeypatch, change, what):
    for name, value in change.items():
        monkeypatch.setenv(name, value)
    result = command("doctor")
    assert result.exit_code == 1
    assert to_do(result).keys() == {what}
    assert "secret-word" not in result.output


def test_a_refused_password_is_named_without_it(command, in_order, mail_server, monkeypatch):
    box = {"host": "127.0.0.1", "port": mail_server.imap_port, "tls": False, "user": SUBMISSIONS}
    monkeypatch.setenv("TEABREAK_MAIL_IN", json.dumps([{**box, "password": "secret-word", "idle": False}]))
    result = command("doctor")
    assert result.exit_code == 1
    assert to_do(result).keys() == {"mailbox submissions"}
    assert "secret-word" not in result.output


def test_a_channel_that_does_not_answer_is_named(services, command, in_order):
    with services.database.writing() as session:
        make_channel(session, services, "gone").service_url = "/nowhere/at/all/gone.jsonl"
    assert to_do(command("doctor")).keys() == {"channel gone"}


def test_a_record_that_was_changed_is_named(services, command, in_order):
    from tests.commands.test_record import tamper

    tamper(services, "delete from record_entry where seq = 2")
    needed = to_do(command("doctor"))
    assert needed.keys() == {"record"}
    assert "teabreak record verify" in needed["record"]


def test_a_job_that_gave_up_is_named(services, command, in_order):
    from workflow import outbox
    from workflow.jobs.worker import Worker

    with services.database.writing() as session:
        outbox.enqueue(session, "no-such-job", {})
    Worker(services).run_until_idle()
    needed = to_do(command("doctor"))
    assert needed.keys() == {"jobs"}
    assert "/jobs" in needed["jobs"]


def test_settings_that_are_wrong_are_exit_2_and_named_without_their_values(program):
    (program.folder / "teabreak.toml").write_text(
        'time_zone = "Mars/Base"\nno_such = 1\n[mail_out]\nport = "secret-word"\n'
    )
    done = program("doctor")
    assert done.returncode == 2
    said = done.stderr.decode()
    for name in ("time_zone", "no_such", "mail_out.port"):
        assert name in said
    assert "secret-word" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("content", ["this is = no [toml", b"\xff\xfe"])
def test_a_settings_file_that_is_no_toml_is_exit_2(program, content):
    file = program.folder / "teabreak.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = program("doctor")
    assert done.returncode == 2
    assert b"teabreak.toml" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_setting_in_the_environment_that_is_no_json_is_exit_2(program):
    done = program("doctor", TEABREAK_MAIL_IN="[secret-word")
    assert done.returncode == 2
    assert b"mail_in" in done.stderr
    assert b"secret-word" not in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_database_that_is_away_is_named_with_what_to_do(program):
    done = program("doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert b"DO   database: " in done.stdout
    assert b"database_url" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_data_folder_that_cannot_be_made_is_named_with_what_to_do(program):
    (program.folder / "file").write_text("")
    done = program("doctor", TEABREAK_DATA="file/var")
    assert done.returncode == 1
    assert b"DO   database: " in done.stdout
    assert b"Traceback" not in done.stderr


def language_model_lines(command, monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"TEABREAK_LANGUAGE_MODEL__{name.upper()}", value)
    result = command("doctor")
    assert "secret-word" not in result.output
    return lines(result)["language model"]


def test_a_language_model_is_off_and_said_to_be(command, monkeypatch):
    assert language_model_lines(command, monkeypatch) == [("ok", "off: no draft leaves Teabreak for a check")]


def test_a_language_model_is_shown_with_what_is_sent_and_asked_without_a_draft(command, monkeypatch, model_server):
    given = {"address": model_server.address, "model": "sample-model", "key": "secret-word"}
    (first, what), (second, how) = language_model_lines(command, monkeypatch, **given)
    assert (first, second) == ("ok", "ok")
    for word in (model_server.address, "would be published", "9 clauses", "nothing of a post in which", "concern"):
        assert word in what
    assert how == f"{model_server.address} answers"
    [(path, headers, body)] = model_server.asked
    assert (path, headers["Authorization"], body) == ("/v1/models", "Bearer secret-word", None)


@pytest.mark.parametrize(
    ("answer", "values", "said"),
    [
        ("unknown model", {"model": "other-model"}, "does not offer other-model"),
        ("no key", {}, "refused the key"),
        ("not there", {"address": "http://127.0.0.1:1/v1"}, "could not be reached"),
        ("unknown clause", {"clauses": '["respect", "no-such-clause"]'}, "no clause no-such-clause"),
    ],
)
def test_a_language_model_that_cannot_work_is_named(command, monkeypatch, model_server, answer, values, said):
    if answer == "no key":
        model_server.answers = [lambda handler: send(handler, b"", 401)]
    given = {"address": model_server.address, "model": "sample-model", "key": "secret-word"}
    [sentence] = [said for state, said in language_model_lines(command, monkeypatch, **given | values) if state == "DO"]
    assert said in sentence


@pytest.mark.parametrize(
    ("content", "state", "says"),
    [
        ('[[words]]\nkind = "words"\nmatch = ["tombola"]\nwhy = "Sample."\n', "ok", "1 in "),
        ("[[words]]\n", "DO", "line 1: Write kind as one of"),
        (None, "DO", "no post counts as checked"),
    ],
)
def test_a_list_of_words_that_cannot_be_used_is_named(command, monkeypatch, tmp_path, content, state, says):
    file = tmp_path / "words.toml"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("TEABREAK_AGENCY_WORDS", str(file))
    [(told, sentence)] = lines(command("doctor"))["words and dates"]
    assert told == state
    assert says in sentence


def test_a_house_check_that_there_is_none_of_is_exit_2_and_the_others_are_named(program):
    done = program("doctor", TEABREAK_HOUSE_CHECKS_OFF='["emojis"]')
    assert done.returncode == 2
    assert b"house_checks_off" in done.stderr
    assert b"'emoji'" in done.stderr
