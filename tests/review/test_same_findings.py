"""Answers hold from one revision to the next while the words that they are about stay as they are."""

import sqlalchemy as sa

from workflow.checks.finding import Finding, key_of
from workflow.guide.loader import built_in
from workflow.jobs import check_revision
from workflow.models import Answer, Post
from workflow.review.answer import answer, answers_of
from workflow.review.proposal import Proposal
from workflow.review.reading import to_change
from workflow.review.revise import revise

FIRST = "The lido opens on Monday. It is much better than the one in the next town. Bring a towel."


def marks(monkeypatch, *passages):
    """The check marks these words of the text, where they stand in it, and nothing else."""

    def check(text, guide, **more):
        found = []
        for passage in passages:
            if passage in text:
                start = text.index(passage)
                end = start + len(passage)
                key = key_of("personal-opinion", passage)
                found.append(Finding("personal-opinion", start, end, "answer", 0.8, "sample", "why", "fix", key=key))
        return found

    monkeypatch.setattr(check_revision, "check_text", check)


def change(house, post_id, text):
    with house.database.writing() as session:
        post = to_change(session, house.actor("author"), f"TB-{1000 + post_id}")
        revise(session, house.actor("author"), post, Proposal(text=text, channels=("sample",)), seen_digest=post.digest)
    house.run_jobs()


def dismiss(house, post_id):
    with house.database.writing() as session:
        post = session.get_one(Post, post_id)
        answer(session, house.actor("author"), post, post.revision.findings[0], "dismissed", "It is a joke of ours.")


def open_findings(house, post_id):
    with house.database.reading() as session:
        post = session.get_one(Post, post_id)
        answered = answers_of(session, post)
        return [row.passage for row in post.revision.findings if row.key not in answered]


def kinds(house, post_id):
    with house.database.reading() as session:
        return list(session.scalars(sa.select(Answer.kind).where(Answer.post_id == post_id)))


def test_an_answer_holds_when_the_passage_moves_and_its_edges_shift(house, monkeypatch):
    assert built_in().clause("personal-opinion").level == "answer"
    marks(monkeypatch, "It is much better than the one in the next town")
    post_id = house.propose(FIRST)
    dismiss(house, post_id)
    marks(monkeypatch, "much better than the one in the next town")
    change(house, post_id, "Bring a towel. It is much better than the one in the next town. The lido opens on Monday.")
    assert open_findings(house, post_id) == []
    assert kinds(house, post_id) == ["dismissed"]
    marks(monkeypatch, "It is much better than the one in the next town")
    change(house, post_id, "Bring two towels. It is much better than the one in the next town.")
    assert open_findings(house, post_id) == []


def test_a_finding_comes_back_when_its_words_change(house, monkeypatch):
    marks(monkeypatch, "much better than the one in the next town", "much cleaner than the one in the next town")
    post_id = house.propose(FIRST)
    dismiss(house, post_id)
    change(house, post_id, FIRST.replace("better", "cleaner"))
    assert open_findings(house, post_id) == ["much cleaner than the one in the next town"]
