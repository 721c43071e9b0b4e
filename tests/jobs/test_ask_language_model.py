"""The check of a revision with a language model of the agency's own: what is sent, what is not, and what follows."""

import pytest
from pydantic import ValidationError

from tests.factories import make_channel, make_people, make_post
from tests.fixtures.language_model import send
from workflow.checks.finding import NOT_CHECKED
from workflow.jobs.worker import Worker
from workflow.models import Post
from workflow.review.hold import release
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.settings import LanguageModel
from workflow.states import State

PLAIN = "The library van stops at Sample Green on Thursday."
CONCERN = "Managers are covering up unsafe cladding and staff were told to keep quiet about it."


@pytest.fixture
def author(services):
    with services.database.writing() as session:
        make_channel(session, services)
        make_channel(session, services, "second")
        return make_people(session)["author"]


def findings(services, post_id):
    with services.database.reading() as session:
        post = session.get_one(Post, post_id)
        return post.state, [(row.part, row.clause_id, row.passage, row.level) for row in post.revision.findings]


def said(clause, quote):
    return {"clause": clause, "quote": quote, "certainty": 0.9}


def test_off_it_is_not_asked(services, author, model_server):
    assert services.settings.language_model.address == ""
    assert findings(services, make_post(services, author, PLAIN)) == (State.IN_REVIEW, [])
    assert model_server.asked == []


def test_what_would_be_published_is_sent_a_part_at_a_time_and_no_note(services, author, with_model):
    with_model.says = [said("respect", "van")]
    words = {
        "texts": {"second": "The library van comes."},
        "note": "From Sample Helper.",
        "channels": ("sample", "second"),
    }
    state, found = findings(services, make_post(services, author, PLAIN, **words))
    assert with_model.drafts == [PLAIN, "The library van comes."]
    assert found == [("text", "respect", "van", "advise"), ("text second", "respect", "van", "advise")]
    assert state == State.IN_REVIEW


def test_a_post_in_which_the_others_find_a_concern_anywhere_is_not_sent(services, author, with_model):
    for words in ({"text": CONCERN}, {"note": CONCERN}, {"texts": {"second": CONCERN}, "channels": ("second",)}):
        state, found = findings(services, make_post(services, author, **{"text": PLAIN} | words))
        assert state == State.HELD
        assert "whistleblowing" in {clause for _, clause, *_ in found}
    assert with_model.asked == []


def test_nor_is_it_sent_once_its_words_were_changed(services, author, with_model):
    post_id = make_post(services, author, CONCERN)
    with services.database.writing() as session:
        release(session, author.as_actor(), session.get_one(Post, post_id))
    with services.database.writing() as session:
        post = session.get_one(Post, post_id)
        changed = Proposal(text=PLAIN, channels=("sample",))
        assert revise(session, author.as_actor(), post, changed, seen_digest=post.digest)
    Worker(services).run_until_idle()
    assert findings(services, post_id) == (State.IN_REVIEW, [])
    assert with_model.asked == []


def test_a_concern_that_the_model_finds_holds_the_post_and_the_rest_of_it_is_not_sent(services, author, with_model):
    with_model.says = [said("whistleblowing", "library van")]
    words = {"texts": {"second": "The library van comes."}, "channels": ("sample", "second")}
    state, _ = findings(services, make_post(services, author, PLAIN, **words))
    assert state == State.HELD
    assert with_model.drafts == [PLAIN]


def test_where_another_reader_could_not_read_nothing_is_sent(services, author, with_model, monkeypatch):
    from workflow.checks import register

    def broken(text):
        raise OSError(text)

    monkeypatch.setattr(register, "_plug_ins", lambda: (("sample-reader", lambda: broken),))
    make_post(services, author, PLAIN)
    assert with_model.asked == []


def test_a_fault_is_a_finding_that_a_person_takes_over_and_ends_the_asking(services, author, with_model):
    with_model.answers = [lambda handler: send(handler, b"", 500)]
    words = {"texts": {"second": "The library van comes."}, "channels": ("sample", "second")}
    state, found = findings(services, make_post(services, author, PLAIN, **words))
    assert state == State.IN_REVIEW
    assert [(part, clause, level) for part, clause, _, level in found] == [
        ("text", NOT_CHECKED, "block"),
        ("text second", NOT_CHECKED, "block"),
    ]
    assert len(with_model.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://models.agency.example/v1",
        "http://127.0.0.1:11434/v1",
        "http://localhost:11434/v1",
        "http://[::1]:11434/v1",
        "http://10.1.2.3/v1",
        "http://192.168.1.9:8000/v1",
        "http://[fd00::1]/v1",
        "",
    ],
)
def test_addresses_that_are_taken(address):
    assert LanguageModel(address=address, model="m").address == address


@pytest.mark.parametrize(
    "address",
    [
        "http://models.agency.example/v1",
        "http://ollama:11434/v1",
        "http://192.0.2.7/v1",
        "http://8.8.8.8/v1",
        "http://169.254.169.254/v1",
        "http://0.0.0.0/v1",
        "http://10.1.2.3.example/v1",
        "https://user:secret@models.agency.example/v1",
        "https://models.agency.example/v1?key=secret",
        "ftp://127.0.0.1/v1",
        "models.agency.example",
        "https://",
        "http://[::1",
        "https://models.agency.example:99999/v1",
    ],
)
def test_addresses_that_are_refused(address):
    with pytest.raises(ValidationError):
        LanguageModel(address=address, model="m")


def test_an_address_without_a_model_is_refused():
    with pytest.raises(ValidationError, match="name the model"):
        LanguageModel(address="http://127.0.0.1:1/v1")
