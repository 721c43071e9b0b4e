"""`teabreak guide backtest`: what a changed guide or phrase list would say of past posts; nothing is written."""

import io
import os
import pty
import subprocess
from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.commands.conftest import TEABREAK, clean_environment
from tests.factories import make_channel, make_decision, make_people, make_post
from tests.pictures import poster
from workflow.guide.loader import built_in, dump
from workflow.models import Post
from workflow.models.base import Base
from workflow.review.answer import answer
from workflow.review.hold import release
from workflow.review.pictures import accept
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose

NUMBER = "Ring the caretaker on 07700 900123."
FAIR = "The zebra fair opens at nine on Sample Green."
CONCERN = "Our managers are covering up unsafe cladding and staff were told to keep quiet about the zebra fair."
PHRASES = """
[[phrases]]
clause = "confidentiality"
because = "are under embargo"
match = ["zebra fair"]
"""
LABEL = f"{built_in().clause('confidentiality').label}: {built_in().clause('confidentiality').name}"


@pytest.fixture
def people(services):
    with services.database.writing() as session:
        make_channel(session, services)
        return make_people(session)


@pytest.fixture
def written(tmp_path):
    """`written(text)`: a file with it."""

    def write(content, name="changed.toml"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return write


def changed_level(clause, level):
    """The built-in guide with another level for one clause."""
    before, sign, after = dump(built_in()).partition(f'id = "{clause}"')
    old = f'level = "{built_in().clause(clause).level}"'
    return before + sign + after.replace(old, f'level = "{level}"', 1)


def everything(services):
    """Every row of every table."""
    with services.database.reading() as session:
        return {
            table.name: sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
        }


def test_a_phrase_list_says_what_would_be_found_and_writes_nothing(command, services, people, written):
    make_post(services, people["author"], FAIR)
    make_post(services, people["author"], f"{NUMBER} {FAIR}")
    before = everything(services)
    done = command("guide", "backtest", written(PHRASES))
    assert done.exit_code == 1
    assert everything(services) == before
    assert "Read 2 past posts, 2 revisions." in done.stdout
    assert (
        f"{LABEL}\n  findings: 0 now, 2 then; 2 new, 0 gone\n  posts that would newly need an answer: 0" in done.stdout
    )
    assert "  new: TB-1001 “zebra fair”\n  new: TB-1002 “zebra fair”" in done.stdout
    assert "findings: 1 now, 1 then; no change" in done.stdout


def test_a_stricter_level_says_which_posts_would_need_an_answer(command, services, people, written):
    post_id = make_post(services, people["author"], FAIR)
    make_post(services, people["author"], NUMBER)
    answered = make_post(services, people["author"], NUMBER)
    with services.database.writing() as session:
        post = session.get_one(Post, answered)
        answer(session, people["reviewer"].as_actor(), post, post.revision.findings[0], "consent", "Form 12.")
    use = command("guide", "use", written(changed_level("personal-information", "advise"), "in-use.toml"))
    assert use.exit_code == 0
    done = command("guide", "backtest", written(changed_level("personal-information", "answer")))
    assert done.exit_code == 1
    assert "findings: 2 now, 2 then; 0 new, 0 gone, 2 at another level" in done.stdout
    assert "  posts that would newly need an answer: 1\n" in done.stdout
    assert "  advise to answer: TB-1002 “07700 900123”" in done.stdout
    assert "Posts that would newly need an answer: 1. Nothing was changed." in done.stdout
    assert f"TB-{1000 + post_id}" not in done.stdout


def test_a_looser_level_newly_asks_nobody(command, services, people, written):
    make_post(services, people["author"], NUMBER)
    done = command("guide", "backtest", written(changed_level("personal-information", "advise")))
    assert done.exit_code == 1
    assert "at another level" in done.stdout
    assert "Posts that would newly need an answer: 0." in done.stdout


@pytest.mark.parametrize("content", [dump(built_in()), "phrases = []\n"], ids=["the guide in use", "no phrases"])
def test_nothing_would_change_is_exit_0(command, services, people, written, content):
    make_post(services, people["author"], NUMBER)
    done = command("guide", "backtest", written(content))
    assert done.exit_code == 0, done.output
    assert "Read 1 past post, 1 revision." in done.stdout
    assert "findings: 1 now, 1 then; no change" in done.stdout
    assert "Nothing would change." in done.stdout


def test_without_any_past_post(command, people, written):
    done = command("guide", "backtest", written(PHRASES))
    assert done.exit_code == 0
    assert "Read 0 past posts, 0 revisions." in done.stdout


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("title = 1\n", "title"),
        ("", ""),
        ("x = \n", "TOML"),
        (b"\xff\xfe\x00", "UTF-8"),
        (PHRASES.replace('"zebra fair"', '"zebra ?.."'), "pattern"),
        (PHRASES.replace("clause =", "claws ="), "Entry 1"),
        (PHRASES.replace('match = ["zebra fair"]', ""), "no pattern"),
        ('phrases = "none"\n', "[[phrases]]"),
        (dump(built_in()).replace('level = "answer"', 'level = "loud"'), "level"),
    ],
    ids=["title", "empty", "no TOML", "bytes", "pattern", "field", "no match", "no list", "level"],
)
def test_a_bad_file_is_exit_2_and_says_what_is_wrong(command, written, content, named):
    done = command("guide", "backtest", written(content))
    assert done.exit_code == 2
    assert "changed.toml" in done.stderr
    assert named in done.stderr
    assert "Nothing was compared." in done.stderr
    assert done.stdout == ""


def test_no_file_is_wrong_use(command):
    assert command("guide", "backtest").exit_code == 2
    assert command("guide", "backtest", "none.toml").exit_code == 2


def test_drafts_held_posts_and_those_that_were_held_are_not_read(command, services, people, written):
    author = people["author"]
    held = make_post(services, author, CONCERN)
    released = make_post(services, author, CONCERN)
    with services.database.writing() as session:
        release(session, author.as_actor(), session.get_one(Post, released))
        propose(session, author.as_actor(), Proposal(text=FAIR), origin="web", save_only=True)
        propose(session, author.as_actor(), Proposal(text=FAIR, channels=("sample",)), origin="web")
    with services.database.reading() as session:
        assert session.get_one(Post, held).state == "held"
    done = command("guide", "backtest", written(PHRASES))
    assert done.exit_code == 0, done.output
    assert "Read 0 past posts, 0 revisions." in done.stdout
    assert "zebra" not in done.output


def test_what_would_have_been_held_is_counted_and_not_repeated(command, services, people, written):
    make_post(services, people["author"], FAIR)
    done = command("guide", "backtest", written(PHRASES.replace("confidentiality", "whistleblowing")))
    assert done.exit_code == 1
    assert "posts that would have been held for their authors: 1" in done.stdout
    assert "zebra" not in done.stdout
    assert "TB-1001" not in done.stdout


def test_a_passage_of_two_revisions_counts_once_and_five_are_shown(command, services, people, written):
    ids = [make_post(services, people["author"], FAIR) for _ in range(6)]
    make_decision(services, people["reviewer"], ids[0], "ask for changes", [("respect", "")], "Sample: kinder.")
    with services.database.writing() as session:
        post = session.get_one(Post, ids[0])
        later = Proposal(text=f"Please come. {FAIR}", channels=("sample",))
        revise(session, people["author"].as_actor(), post, later, seen_digest=post.digest)
    make_post(services, people["author"], "The library van stops at Sample Green.")
    done = command("guide", "backtest", written(PHRASES))
    assert "Read 7 past posts, 8 revisions." in done.stdout
    assert "findings: 0 now, 6 then; 6 new, 0 gone" in done.stdout
    assert done.stdout.count("  new: TB-") == 5


def test_a_clause_that_the_guide_has_not_is_warned_of(command, people, written):
    done = command("guide", "backtest", written(PHRASES.replace("confidentiality", "confidentialty")))
    assert "the guide has no clause “confidentialty”" in done.stderr


def test_control_characters_of_a_post_do_not_reach_the_terminal(command, services, people, written):
    make_post(services, people["author"], "The zebra\tfair opens.")
    done = command("guide", "backtest", written(PHRASES))
    assert "“zebra fair”" in done.stdout


def test_the_program_says_it_too(program, written, services, people):
    make_post(services, people["author"], FAIR)
    done = program(
        "guide", "backtest", written(PHRASES),
        TEABREAK_DATA=str(services.settings.data), DATABASE_URL=services.settings.database_url,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert b"new: TB-1001" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_passage_whose_edges_alone_move_is_the_same_passage(command, services, people, written):
    make_post(services, people["author"], NUMBER)
    wider = PHRASES.replace("confidentiality", "personal-information").replace("zebra fair", "on <number> <number>")
    done = command("guide", "backtest", written(wider))
    assert done.exit_code == 0, done.output
    assert "findings: 1 now, 1 then; no change" in done.stdout


def test_words_in_pictures_are_those_that_were_read_then(command, services, people, written):
    content = io.BytesIO()
    poster("a plain wall").save(content, "PNG")
    stored = accept(services.files, "sample.png", content.getvalue(), 1_000_000)
    described = replace(stored, alt_text="A wall of the library.")
    post_id = make_post(services, people["author"], "Come along.", pictures=(described,))
    with services.database.writing() as session:
        (picture,) = session.get_one(Post, post_id).revision.pictures
        corners = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.2], [0.1, 0.2]]
        picture.seen = {"lines": [["Ring 07700 900123", corners]], "faces": []}
    done = command("guide", "backtest", written(changed_level("personal-information", "block")))
    assert "answer to block: TB-1001 “07700 900123”" in done.stdout
    assert "Posts that would newly need an answer: 0." in done.stdout, "it needs one now as well"


def test_where_nobody_watches_it_says_now_and_then_how_far_it_is(command, services, people, written, monkeypatch):
    monkeypatch.setattr("workflow.commands.backtest._EVERY", 2)
    for _ in range(5):
        make_post(services, people["author"], FAIR)
    done = command("guide", "backtest", written(PHRASES))
    assert done.stderr == "Read 2 of 5 posts.\nRead 4 of 5 posts.\n"


def test_on_a_terminal_it_shows_a_bar(services, people, written, tmp_path):
    make_post(services, people["author"], FAIR)
    environment = clean_environment(
        TEABREAK_DATA=str(services.settings.data), DATABASE_URL=services.settings.database_url, TERM="xterm"
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [TEABREAK, "guide", "backtest", written(PHRASES)], stdout=subprocess.PIPE, stderr=theirs,
        cwd=tmp_path, env=environment,
    ) as running:  # fmt: skip
        os.close(theirs)
        said, shown = running.stdout.read().decode(), b""
        try:
            while more := os.read(ours, 4096):
                shown += more
        except OSError:  # how a terminal ends whose program is gone
            pass
    os.close(ours)
    assert running.returncode == 1, shown
    assert b"Past posts" in shown
    assert b"1/1" in shown
    assert "new: TB-1001" in said
