"""`teabreak allow-list`: a list from a spreadsheet, told line by line what is wrong with it, and used by the check."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from workflow.checks.register import check_text
from workflow.models import RecordEntry
from workflow.review.allow_list import allowed_now, today_in

HEADER = "kind,name,phone,email,role,until\n"
GOOD = (
    HEADER
    + "contact,Repairs line,07700 900123,repairs.desk@mail.example,,\n"
    + "office-holder,Sam Example,,,Councillor for Sample Ward,31/05/2099\n"
    + "spokesperson,Jo Sample,01632 960111,jo.sample@agency.example,Press officer,2099-05-31\n"
)
MARKED = [
    "Text 07700 900123.",
    "Write to jo.sample@agency.example.",
    "Congratulations to Sam Example, aged 50!",
]


@pytest.fixture
def listed(tmp_path):
    """`listed(text)`: a file with that text in it."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "list.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def allowed(services):
    with services.database.reading() as session:
        return allowed_now(session, services.settings)


def marked(services, text):
    """What the check marks with the agency's list as it is now."""
    return [text[f.start : f.end] for f in check_text(text, allow_list=allowed(services), off=["phrases", "model"])]


def test_what_is_imported_is_not_marked_any_more_and_what_is_removed_is(services, command, listed):
    assert all(marked(services, text) for text in MARKED), "without the list they are"
    done = command("allow-list", "import", listed(GOOD))
    assert (done.exit_code, done.stdout) == (0, "3 added, 0 changed, 0 as they were.\n")
    assert not any(marked(services, text) for text in MARKED)
    assert marked(services, "Text 07700 900124."), "another number is"
    shown = command("allow-list", "show")
    assert shown.exit_code == 0
    number = next(line.split("\t")[0] for line in shown.stdout.splitlines() if "Sam Example" in line)
    assert "until 2099-05-31" in shown.stdout
    assert command("allow-list", "remove", number).exit_code == 0
    assert [bool(marked(services, text)) for text in MARKED] == [False, False, True]
    assert "Sam Example" not in command("allow-list", "show").stdout


def test_a_list_as_a_spreadsheet_saves_it_is_read(services, command, listed):
    text = "Role;Until;Kind;Name;Phone;E-mail\r\n".replace("E-mail", "Email")
    text += ";;Office-Holder;Zoë Sample-Jones;;\r\n;;;;;\r\n"
    done = command("allow-list", "import", listed(text, "utf-8-sig"))
    assert (done.exit_code, done.stdout) == (0, "1 added, 0 changed, 0 as they were.\n")
    assert allowed(services) == ["Zoë Sample-Jones"]


def test_importing_again_changes_nothing_and_another_last_day_is_taken_over(services, command, listed):
    command("allow-list", "import", listed(GOOD))
    assert command("allow-list", "import", listed(GOOD)).stdout == "0 added, 0 changed, 3 as they were.\n"
    later = GOOD.replace("31/05/2099", "01/06/2099")
    assert command("allow-list", "import", listed(later)).stdout == "0 added, 1 changed, 2 as they were.\n"
    shorter = HEADER + later.splitlines()[2] + "\n"
    done = command("allow-list", "import", "--replace", listed(shorter))
    assert done.stdout == "0 added, 0 changed, 1 as they were, 2 removed.\n"
    assert allowed(services) == ["Sam Example"]


WRONG = [
    ("councillor,Sam Example,,,,", "“councillor” is no kind"),
    (",Sam Example,,,,", "the kind is missing"),
    ("contact,Front desk,,,,", "needs a telephone number or an email address"),
    ("office-holder,,01632 960000,,,", "needs the name"),
    ("office-holder,Sam,,,,", "“Sam” would let through everybody"),
    ("contact,,call us,,,", "“call us” is no telephone number"),
    ("contact,,12,,,", "“12” is no telephone number"),
    ("contact,,,front desk,,", "“front desk” is no email address"),
    ("contact,,,@gmail.com,,", "every private address there"),
    ("spokesperson,Jo Sample,,,,31/02/2027", "“31/02/2027” is no date"),
    ("spokesperson,Jo Sample,,,,soon", "“soon” is no date"),
    ("spokesperson,Jo Sample,,,,2027-05-31,more", "more cells than there are columns"),
    (f"spokesperson,Jo {'Sample' * 40},,,,", "longer than 200 characters"),
    ("office-holder,Sam Example,,,Again,", "the same as line 3"),
]


@pytest.mark.parametrize(("line", "said"), WRONG)
def test_one_wrong_line_is_named_and_nothing_is_imported(services, command, listed, line, said):
    path = listed(GOOD + line + "\n")
    done = command("allow-list", "import", path)
    assert done.exit_code == 1
    assert f"{path}, line 5: " in done.stderr
    assert said in done.stderr
    assert "Nothing was imported" in done.stderr
    assert allowed(services) == []


def test_with_skip_bad_the_others_are_imported(services, command, listed):
    done = command("allow-list", "import", "--skip-bad", listed(GOOD + "mayor,Sam Example,,,,\ncontact,,,,,soon\n"))
    assert done.exit_code == 0
    assert "line 5: " in done.stderr
    assert "line 6: " in done.stderr
    assert "3 added" in done.stdout
    assert "Left out: 2 lines." in done.stdout
    assert len(allowed(services)) == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The first line must name the columns"),
        (b"kind,name,phone,email,role\n", "Missing: until"),
        (b"kind,name,phone,email,role,until,notes\n", "Not known: notes"),
        (b"kind,name,phone,email,role,until,name\n", "each once"),
        (HEADER.encode(), "has no entry"),
        (HEADER.encode() + "contact,Caf\u00e9,101,,,\n".encode("cp1252"), "CSV UTF-8"),
        (HEADER.encode() + b'contact,"Front desk"s,101,,,\n', "no CSV"),
        (b"\x00" * 50, "The first line must name the columns"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_a_sentence(services, command, tmp_path, content, said):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    done = command("allow-list", "import", path)
    assert done.exit_code == 1
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert allowed(services) == []


def test_an_entry_counts_on_its_last_day_and_not_on_the_next(services, command, listed):
    today = today_in(services.settings)
    lines = [f"office-holder,Sam Example,,,,{today}", f"office-holder,Jo Sample,,,,{today - timedelta(days=1)}"]
    done = command("allow-list", "import", listed(HEADER + "\n".join(lines)))
    assert "1 of them have run out already" in done.stdout
    assert allowed(services) == ["Sam Example"]
    assert "(has run out)" in command("allow-list", "show").stdout


def test_the_settings_count_as_well_and_are_shown(services, command, listed, monkeypatch):
    monkeypatch.setenv("TEABREAK_PUBLIC_CONTACTS", '["07700 900999"]')
    command("allow-list", "import", listed(GOOD))
    assert "-\tfrom the settings\t07700 900999" in command("allow-list", "show").stdout
    services.settings.public_contacts.append("07700 900999")
    assert marked(services, "Text 07700 900999 or 07700 900123.") == []


def test_a_number_that_is_not_there_removes_nothing(services, command, listed):
    command("allow-list", "import", listed(GOOD))
    number = command("allow-list", "show").stdout.split("\t")[0]
    done = command("allow-list", "remove", number, "999999")
    assert done.exit_code == 1
    assert "999999" in done.stderr
    assert len(allowed(services)) == 6


def test_the_record_says_that_the_list_changed_and_names_nobody(services, command, listed):
    command("allow-list", "import", listed(GOOD))
    command("allow-list", "remove", command("allow-list", "show").stdout.split("\t")[0])
    with services.database.reading() as session:
        entries = session.scalars(sa.select(RecordEntry).order_by(RecordEntry.seq)).all()
        said = [(entry.actor, entry.action) for entry in entries[-2:]]
        payloads = "".join(entry.payload or "" for entry in entries)
    assert said == [("Command line", "allow-list imported"), ("Command line", "allow-list entries removed")]
    assert "Sam" not in payloads
    assert "900123" not in payloads
