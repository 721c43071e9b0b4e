"""What became of findings, told by the answers and decisions; nothing of held posts."""

from datetime import UTC, datetime, timedelta

import pytest

from workflow.checks.finding import NOT_CHECKED
from workflow.models import FindingRow, Post
from workflow.review.answer import answer
from workflow.review.decide import decide
from workflow.review.hold import release, send_to_officer
from workflow.review.outcomes import Decided, End, Said, how_it_ended, outcomes, returns
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.withdraw import withdraw

T0 = datetime(2026, 11, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NUMBER = "Ring the caretaker on 07700 900123."
CONCERN = "Our managers are covering up unsafe cladding and staff were told to keep quiet about it."


def said(kind, hour=0, *, by_writer=False):
    return Said(kind, "Sample", T0 + timedelta(hours=hour), by_writer)


def decided(decision, hour, *, cites_it=False):
    return Decided(decision, T0 + timedelta(hours=hour), cites_it)


@pytest.mark.parametrize(
    ("answered", "decisions", "end"),
    [
        (None, [], None),
        (None, [decided("approve", 1)], None),
        (None, [decided("reject", 1, cites_it=True)], End.CITED),
        (None, [decided("reject", 1)], None),
        (None, [decided("approve", 1, cites_it=True)], None),
        (said("fixed"), [], End.FIXED),
        (said("consent", by_writer=True), [], End.CONSENT),
        (said("public"), [], End.PUBLIC),
        (said("permission"), [], End.PERMISSION),
        (said("taken over"), [], None),
        (said("dismissed"), [], End.DISMISSED),
        (said("dismissed", by_writer=True), [], None),
        (said("dismissed", by_writer=True), [decided("approve", 1)], End.DISMISSED),
        (said("dismissed", 2, by_writer=True), [decided("ask for changes", 1)], None),
        (said("dismissed"), [decided("ask for changes", 1, cites_it=True)], End.CITED),
        (said("dismissed", 2), [decided("ask for changes", 1, cites_it=True)], End.DISMISSED),
        (said("dismissed"), [decided("approve", 1, cites_it=True)], End.DISMISSED),
    ],
)
def test_how_a_finding_ends(answered, decisions, end):
    assert how_it_ended(answered, decisions) is end


def in_writing(house, post_id, does):
    with house.database.writing() as session:
        return does(session, session.get_one(Post, post_id))


def answer_it(house, post_id, kind, by="reviewer", reason="Sample reason."):
    def given(session, post):
        row = next(row for row in post.revision.findings if row.clause_id == "personal-information")
        answer(session, house.actor(by), post, row, kind, reason)

    in_writing(house, post_id, given)


def decide_it(house, post_id, decision, *clauses):
    def decides(session, post):
        cited = [(clause, "") for clause in clauses]
        decide(session, house.actor("reviewer"), post, decision, digest=post.digest, clauses=cited, note="Sample.")

    in_writing(house, post_id, decides)


def ends(house, since=LONG_AGO):
    with house.database.reading() as session:
        return [(one.clause, one.end) for one in outcomes(session, since)]


def sent_back(house, since=LONG_AGO):
    with house.database.reading() as session:
        return [(one.clause, one.decision) for one in returns(session, since)]


def test_an_open_finding_a_dismissal_and_a_consent(house):
    for kind in ("", "dismissed", "consent"):
        post_id = house.propose(NUMBER)
        if kind:
            answer_it(house, post_id, kind)
    assert ends(house) == [
        ("personal-information", None),
        ("personal-information", End.DISMISSED),
        ("personal-information", End.CONSENT),
    ]


def test_the_latest_answer_counts_and_a_passage_of_two_revisions_once(house):
    post_id = house.propose(NUMBER)
    answer_it(house, post_id, "dismissed")
    answer_it(house, post_id, "consent")

    def again(session, post):
        later = Proposal(text=f"{NUMBER} Thank you.", channels=("sample",))
        revise(session, house.actor("author"), post, later, seen_digest=post.digest)

    in_writing(house, post_id, again)
    house.run_jobs()
    assert house.state(post_id) == "in review"
    assert ends(house) == [("personal-information", End.CONSENT)]


def test_words_that_were_changed(house):
    post_id = house.propose(NUMBER)

    def without(session, post):
        later = Proposal(text="Ring the caretaker.", channels=("sample",))
        revise(session, house.actor("author"), post, later, seen_digest=post.digest)

    in_writing(house, post_id, without)
    house.run_jobs()
    assert ends(house) == [("personal-information", End.FIXED)]


def test_what_a_writer_dismissed_counts_once_a_reviewer_let_it_stand(house):
    post_id = house.propose(NUMBER)
    answer_it(house, post_id, "dismissed", by="author")
    assert ends(house) == [("personal-information", None)]
    decide_it(house, post_id, "approve")
    assert ends(house) == [("personal-information", End.DISMISSED)]


def test_a_clause_that_sent_the_post_back_outweighs_a_dismissal_before(house):
    post_id = house.propose(NUMBER)
    answer_it(house, post_id, "dismissed", by="author")
    decide_it(house, post_id, "reject", "personal-information", "respect")
    assert ends(house) == [("personal-information", End.CITED)]
    assert sent_back(house) == [("personal-information", "reject"), ("respect", "reject")]


def test_an_approval_sends_nothing_back(house):
    decide_it(house, house.propose(), "approve", "respect")
    assert sent_back(house) == []


def test_what_is_older_does_not_count(house):
    post_id = house.propose(NUMBER)
    decide_it(house, post_id, "reject", "respect")
    later = datetime.now(UTC) + timedelta(hours=1)
    assert ends(house, later) == []
    assert sent_back(house, later) == []


@pytest.mark.parametrize("way", ["held", "sent to the officer", "let go on", "later revision"])
def test_nothing_of_a_post_that_was_ever_held(house, way):
    text = NUMBER if way == "later revision" else f"{NUMBER} {CONCERN}"
    post_id = house.propose(text)
    if way == "later revision":
        answer_it(house, post_id, "dismissed")
        decide_it(house, post_id, "ask for changes", "personal-information")
        assert ends(house)
        assert sent_back(house)

        def again(session, post):
            later = Proposal(text=f"{NUMBER} {CONCERN}", channels=("sample",))
            revise(session, house.actor("author"), post, later, seen_digest=post.digest)

        in_writing(house, post_id, again)
        house.run_jobs()
    assert house.state(post_id) == "held"
    act = {"sent to the officer": send_to_officer, "let go on": release}.get(way)
    if act:
        in_writing(house, post_id, lambda session, post: act(session, house.actor("author"), post))
    if way == "let go on":
        answer_it(house, post_id, "dismissed")
        decide_it(house, post_id, "reject", "personal-information")
    with house.database.reading() as session:
        assert session.query(FindingRow).count() > 1, "there is something not to count"
    assert ends(house) == []
    assert sent_back(house) == []


def test_nothing_of_a_post_while_its_next_revision_is_not_checked(house):
    post_id = house.propose(NUMBER)
    assert ends(house)

    def again(session, post):
        later = Proposal(text=CONCERN, channels=("sample",))
        revise(session, house.actor("author"), post, later, seen_digest=post.digest)

    in_writing(house, post_id, again)
    assert ends(house) == []


def test_nothing_of_a_post_taken_back_before_others_saw_it(house):
    post_id = house.propose(f"{NUMBER} {CONCERN}")
    in_writing(house, post_id, lambda session, post: withdraw(session, house.actor("author"), post))
    assert ends(house) == []


def test_a_returned_whistleblowing_clause_is_not_counted(house):
    decide_it(house, house.propose(), "reject", "whistleblowing")
    assert sent_back(house) == []


def test_what_could_not_be_checked_is_no_rule_to_learn_of(house):
    post_id = house.propose(NUMBER)

    def as_not_checked(session, post):
        for row in post.revision.findings:
            row.clause_id = NOT_CHECKED

    assert ends(house) == [("personal-information", None)]
    in_writing(house, post_id, as_not_checked)
    assert ends(house) == []
