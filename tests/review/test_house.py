"""House checks of a post on its way: stored as advice, with the recent posts of its channels and the agency's list."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from workflow.models import FindingRow, Post
from workflow.review.answer import unanswered
from workflow.review.decide import decide
from workflow.states import State

TEXT = "The library van stops at Sample Green on Thursday from ten to noon."
CONCERN = "Our managers are covering up unsafe cladding and staff were told to keep quiet about it."


@pytest.fixture
def found(house):
    """`found(post id)`: (source, part, passage, why) of the house findings of its current revision."""

    def finding(post_id):
        with house.database.reading() as session:
            rows = session.get_one(Post, post_id).revision.findings
            return [(row.source, row.part, row.passage, row.why) for row in rows if row.source.startswith("house:")]

    return finding


@pytest.fixture
def approved(house):
    """`approved(text)`: a post that waits for its time to be published."""

    def approving(text=TEXT, **values):
        values.setdefault("publish_at", datetime.now(UTC) + timedelta(days=3))
        post_id = house.propose(text, **values)
        with house.database.writing() as session:
            post = session.get_one(Post, post_id)
            decide(session, house.actor("reviewer"), post, "approve", digest=post.digest)
        return post_id

    return approving


@pytest.fixture
def words(house, tmp_path):
    """`words(toml)`: puts the agency's list in place."""

    def writing(toml):
        file = tmp_path / "words.toml"
        file.write_text(toml, encoding="utf-8")
        house.services.settings.agency_words = file

    return writing


def test_a_house_finding_is_stored_as_advice_and_stands_in_no_approvals_way(house):
    post_id = house.propose("See http://www.agency.example for times.")
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        [row] = post.revision.findings
        assert (row.source, row.clause_id, row.level) == ("house:http", "judgement", "advise")
        assert row.passage == "http://www.agency.example"
        assert unanswered(session, post.revision) == []
        decide(session, house.actor("reviewer"), post, "approve", digest=post.digest)


def test_a_check_is_switched_off_by_the_settings(house, found):
    house.services.settings.house_checks_off = ["http"]
    assert found(house.propose("See http://www.agency.example 🎉🎉🎉")) == [
        ("house:emoji", "text", "🎉🎉🎉", found(house.propose("A 🎉🎉🎉"))[0][3])
    ]


def test_words_for_one_channel_and_descriptions_are_read_and_the_note_is_not(house, found):
    post_id = house.propose(
        TEXT,
        channels=("sample", "noticeboard"),
        texts={"noticeboard": "Come to http://www.agency.example"},
        note="Look at http://www.agency.example/draft",
    )
    assert [(source, part) for source, part, _, _ in found(post_id)] == [("house:http", "text noticeboard")]


def test_a_repeat_of_the_same_authors_post_names_it(house, approved, found):
    other = approved()
    [(source, part, passage, why)] = found(house.propose(f"Good morning! {TEXT}"))
    assert (source, part, passage) == ("house:repeats", "text", TEXT[:-1])
    assert f"TB-{1000 + other}" in why


def test_a_repeat_of_a_post_that_not_every_reader_may_see_does_not_name_it(house, approved, found):
    approved(by="second author")
    approved(TEXT.replace("van", "bus"))
    for text, channels in ((TEXT, ("sample",)), (TEXT.replace("van", "bus"), ("sample", "noticeboard"))):
        [(_, _, _, why)] = found(house.propose(text, channels=channels))
        assert "the same as a recent post on this channel" in why
        assert "TB-" not in why


def test_a_repeat_counts_on_its_channel_alone(house, approved, found):
    approved(channels=("noticeboard",))
    assert found(house.propose(TEXT)) == []
    both = house.propose(TEXT, channels=("sample", "noticeboard"), texts={"noticeboard": "Other words for the board."})
    assert found(both) == []
    assert found(house.propose(TEXT, channels=("sample", "noticeboard"))) != []


@pytest.mark.parametrize("state", [State.CHECKING, State.HELD, State.IN_REVIEW, State.WITHDRAWN, State.REJECTED])
def test_what_is_not_approved_is_compared_with_nothing(house, found, state):
    other = house.propose(TEXT)
    with house.database.writing() as session:
        session.execute(sa.update(Post).where(Post.id == other).values(state=state.value))
    assert found(house.propose(TEXT)) == []


def test_a_post_in_which_whistleblowing_was_ever_found_is_compared_with_nothing(house, approved, found):
    other = approved()
    with house.database.writing() as session:
        row = session.get_one(Post, other).revision
        at = {"start_at": 0, "end_at": 3, "passage": "The", "guide_version": row.guide_version, "part": "text"}
        about = {
            "level": "answer",
            "score": 1.0,
            "source": "phrases",
            "why": "Sample",
            "fix": "Sample",
            "key": "sample",
        }
        session.add(FindingRow(revision_id=row.id, number=99, clause_id="whistleblowing", **at, **about))
    assert found(house.propose(TEXT)) == []


def test_a_post_of_more_than_a_month_ago_is_compared_with_nothing_and_a_planned_one_is(house, approved, found):
    other = approved()
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with house.database.writing() as session:
        session.execute(sa.update(Post).where(Post.id == other).values(state_since=long_ago))
    assert found(house.propose(TEXT)) != [], "it waits for its time"
    with house.database.writing() as session:
        session.execute(sa.update(Post).where(Post.id == other).values(state=State.PUBLISHED.value))
    assert found(house.propose(TEXT)) == []


def test_an_embargo_is_held_against_the_time_to_publish(house, found, words):
    end = datetime.now(house.services.settings.zone) + timedelta(days=10)
    until = f"{end:%Y-%m-%dT%H:%M:00}"
    words(f'[[words]]\nkind = "embargo"\nmatch = ["sample report"]\nuntil = {until}\nwhy = "Sample why."\n')
    before, after = end - timedelta(days=1), end + timedelta(days=1)
    [(source, _, passage, why)] = found(house.propose("The sample report is out.", publish_at=before.astimezone(UTC)))
    assert (source, passage) == ("house:embargo", "sample report")
    assert f"{end.day} {end:%B %Y}: Sample why." in why
    assert found(house.propose("The sample report is out.", publish_at=after.astimezone(UTC))) == []
    assert found(house.propose("The sample report is out.")) != [], "as soon as it is approved"


def test_a_list_that_cannot_be_read_is_for_a_person_to_take_over(house, found, words):
    words("[[words]]\n")
    post_id = house.propose("Fair words.")
    with house.database.reading() as session:
        [row] = session.get_one(Post, post_id).revision.findings
    assert (row.clause_id, row.level, row.source) == ("not-checked", "block", "house:agency-words")
    assert "line 1: Write kind as one of" in row.why
    house.services.settings.agency_words = house.services.settings.data / "no-such-list.toml"
    [(_, _, _, why)] = found(house.propose("Fair words."))
    assert "could not be used" in why


def test_a_list_that_nobody_reads_cannot_be_wrong(house, found, words):
    words("[[words]]\n")
    house.services.settings.house_checks_off = ["agency-words", "embargo", "mourning"]
    assert found(house.propose("Fair words.")) == []


def test_a_concern_is_held_as_ever(house, found):
    post_id = house.propose(f"{CONCERN} http://www.agency.example")
    assert house.state(post_id) == "held"
