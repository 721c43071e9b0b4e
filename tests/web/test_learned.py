"""What the check has learned: counts for each clause, noisy rules named, nobody named, nothing of held posts."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories import make_channel, make_decision, make_person, make_post
from workflow.checks.calibration import ENOUGH, GUESSING
from workflow.guide.loader import built_in
from workflow.models import Answer, Decision, FindingRow, Post, RoleGrant
from workflow.review.answer import answer
from workflow.review.learned import calibrations
from workflow.roles import Role

NUMBER = "Ring the caretaker on 07700 900123."
CONCERN = "Our managers are covering up unsafe cladding and staff were told to keep quiet about it."
PERSONAL = "personal-information"


@pytest.fixture(autouse=True)
def channel(services):
    with services.database.writing() as session:
        make_channel(session, services)


def answered(services, reviewer, post_id, kind="dismissed", reason="It is the councillor's office number."):
    with services.database.writing() as session:
        post = session.get_one(Post, post_id)
        for row in post.revision.findings:
            answer(session, reviewer.as_actor(), post, row, kind, reason)


def many(services, people, count, kind="dismissed", *, source="phrases", score=0.8):
    """One post that holds `count` answered findings of a guessing reader, as that many posts would."""
    post_id = make_post(services, people["author"], NUMBER)
    with services.database.writing() as session:
        revision = session.get_one(Post, post_id).revision
        for number in range(2, count + 2):
            row = FindingRow(
                revision_id=revision.id, number=number, key=f"sample {post_id} {number}", clause_id="respect",
                guide_version=revision.guide_version, part="text", start_at=0, end_at=4, passage="Ring",
                level="answer", score=score, source=source, why="Sample why.", fix="Sample fix.",
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(
                Answer(
                    post_id=post_id, finding_id=row.id, key=row.key, kind=kind, reason="Nothing of the kind.",
                    person_id=people["reviewer"].id, at=datetime.now(UTC),
                )
            )  # fmt: skip
    return post_id


def shown(sign_in, who="reviewer"):
    return sign_in(who).get("/guide/learned").soup


def words(element):
    return " ".join(element.get_text(" ").split()) if element else ""


def of_clause(page, clause):
    return words(page.find("section", id=clause))


def test_before_anything_was_found(sign_in):
    page = shown(sign_in)
    said = words(page.main)
    assert "None. A rule is named here once 70% or more of its findings are dismissed, in 10 answers or more." in said
    assert "No post was sent back yet." in said
    assert "Nothing was found or sent back yet, for any clause:" in said
    assert "Never 3" in said
    assert "Never 4" not in said, "nothing is counted of whistleblowing"


def test_how_often_findings_were_dismissed_and_why(services, people, sign_in):
    for _ in range(3):
        answered(services, people["reviewer"], make_post(services, people["author"], NUMBER))
    answered(services, people["reviewer"], make_post(services, people["author"], NUMBER), "consent", "Form 12.")
    make_post(services, people["author"], NUMBER)
    said = of_clause(shown(sign_in), PERSONAL)
    assert "Findings 5 found, 4 settled" in said
    assert "Dismissed 3 of 4 (75%)" in said
    assert "Why dismissed it is about somebody in office, or the agency itself: 3 times" in said
    assert "What else came of it consent was recorded: once" in said
    assert "These findings follow exact rules" in said


def test_a_noisy_rule_is_named_with_what_to_do(services, people, sign_in):
    many(services, people, 9, source="agency-phrases")
    assert not shown(sign_in).select("#noisy ~ ul.post-list li")
    many(services, people, 1, source="agency-phrases")
    (noisy,) = shown(sign_in).select("#noisy ~ ul.post-list li")
    assert built_in().clause("respect").name in words(noisy)
    assert "your own phrase lists" in words(noisy)
    assert "10 of 10 answered findings were dismissed." in words(noisy)
    assert "teabreak guide backtest FILE" in words(noisy)


@pytest.mark.parametrize(
    ("source", "called", "to_do"),
    [
        ("house:emoji", "the house check “emoji”", "house_checks_off"),
        ("identifiers", "the rules for numbers, addresses and ages", "allow-list"),
        ("sample plug-in", "the reader “sample plug-in”", "mend this reader"),
    ],
)
def test_what_to_do_fits_the_reader(services, people, sign_in, source, called, to_do):
    many(services, people, 10, source=source)
    (noisy,) = shown(sign_in).select("#noisy ~ ul.post-list li")
    assert called in words(noisy)
    assert to_do in words(noisy)


@pytest.mark.parametrize(("kept", "named"), [(4, True), (5, False)])
def test_a_rule_is_noisy_from_seven_in_ten(services, people, sign_in, kept, named):
    many(services, people, 10)
    many(services, people, kept, "consent")
    assert bool(shown(sign_in).select("#noisy ~ ul.post-list li")) is named


def test_what_was_learned_shows_in_the_bands_and_in_the_next_check(services, people, sign_in):
    many(services, people, ENOUGH - 1)
    assert f"From {ENOUGH} answers on the check learns how sure to be: {ENOUGH - 1} so far." in of_clause(
        shown(sign_in), "respect"
    )
    many(services, people, 1)
    said = of_clause(shown(sign_in), "respect")
    assert f"Learned from {ENOUGH} answers." in said
    assert f"the check by itself called {ENOUGH} “likely” and 0 “please check”" in said
    assert f"with what it has learned, 0 “likely” and {ENOUGH} “please check”" in said


def test_the_check_of_the_next_post_counts_with_it(services, people):
    text = "Some of our customers are complete idiots, honestly."
    before = _scores(services, make_post(services, people["author"], text))
    assert before, "the text should be found by a reader that guesses"
    clauses = {clause for clause, *_ in before}
    many(services, people, ENOUGH)
    with services.database.writing() as session:
        session.execute(sa.update(FindingRow).where(FindingRow.key.like("sample%")).values(clause_id=clauses.pop()))
    after = _scores(services, make_post(services, people["author"], text))
    assert [(row[0], row[1], row[4]) for row in after] == [(row[0], row[1], row[4]) for row in before]
    for (*_, was, reader_was, _level), (*_, now, reader_now, _) in zip(before, after, strict=True):
        assert reader_was is None
        assert reader_now == was
        assert now < was


def test_the_form_says_it_as_the_post_will(services, people, sign_in):
    text = "Some of our customers are complete idiots, honestly."
    clauses = {clause for clause, *_ in _scores(services, make_post(services, people["author"], text))}
    many(services, people, ENOUGH)
    with services.database.writing() as session:
        session.execute(sa.update(FindingRow).where(FindingRow.key.like("sample%")).values(clause_id=clauses.pop()))
    post_id = make_post(services, people["author"], text)
    form = {"text": text, "channels": "sample", "do": "check"}
    typed = sign_in("author").post("/posts/new", form, status=200).soup
    post = sign_in("author").get(f"/posts/TB-{1000 + post_id}").soup
    assert _bands(typed) == _bands(post) == ["Please check"]


def test_what_was_learned_is_kept_until_there_is_a_new_answer(services, people):
    def learned():
        with services.database.reading() as session:
            return calibrations(session)["respect"].answers

    many(services, people, 2)
    assert learned() == 2
    many(services, people, 1)
    assert learned() == 3


def _bands(page):
    return [words(tag) for tag in page.select(".finding .govuk-tag")]


def _scores(services, post_id):
    with services.database.reading() as session:
        return [
            (row.clause_id, row.passage, row.score, row.reader_score, row.level)
            for row in session.get_one(Post, post_id).revision.findings
            if row.source in GUESSING
        ]


def test_what_a_reader_gave_is_learned_from_and_not_what_was_made_of_it(services, people, sign_in):
    post_id = many(services, people, ENOUGH)
    with services.database.writing() as session:
        session.execute(
            sa.update(FindingRow).where(FindingRow.key.like(f"sample {post_id}%")).values(score=0.1, reader_score=0.8)
        )
    assert f"the check by itself called {ENOUGH} “likely”" in of_clause(shown(sign_in), "respect")


def test_what_sends_posts_back_by_month(services, people, sign_in):
    for decision in ("reject", "ask for changes", "ask for changes"):
        post_id = make_post(services, people["author"])
        make_decision(services, people["reviewer"], post_id, decision, [("respect", "")], "Sample: kinder, please.")
    make_decision(
        services, people["reviewer"], make_post(services, people["author"]), "reject", [("judgement", "")], "No"
    )
    with services.database.writing() as session:
        first = session.scalars(sa.select(Decision).order_by(Decision.id)).first()
        first.at = datetime.now(UTC) - timedelta(days=62)
    page = shown(sign_in)
    rows = [words(row) for row in page.select("#sent-back ~ table")[0].tbody.select("tr")]
    titles = {id_: f"{built_in().clause(id_).label}: {built_in().clause(id_).name}" for id_ in ("respect", "judgement")}
    assert rows == [f"{titles['respect']} 2 1", f"{titles['judgement']} 0 1"]
    by_month = [words(row) for row in page.find("section", id="respect").select("tbody tr")]
    assert [row.rpartition(" ")[0].rpartition(" ")[2] + row[-2:] for row in by_month] == ["2 0", "0 1"]
    assert str(datetime.now(UTC).year) in by_month[0]


def test_the_months_are_those_of_the_agency(services, people, sign_in):
    post_id = make_post(services, people["author"])
    make_decision(services, people["reviewer"], post_id, "reject", [("respect", "")], "Sample: kinder, please.")
    year = datetime.now(UTC).year
    late = datetime(year, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight in London
    if late > datetime.now(UTC):
        late = late.replace(year=year - 1)
    with services.database.writing() as session:
        session.execute(sa.update(Decision).values(at=late))
    assert f"July {late.year} 0 1" in of_clause(shown(sign_in), "respect")


def test_nobody_is_named_and_no_reason_is_repeated(services, people, sign_in):
    reason = "Penelope Sampleton of 12 Sample Road says it is fine."
    for _ in range(12):
        answered(services, people["reviewer"], make_post(services, people["author"], NUMBER), reason=reason)
    page = shown(sign_in, "administrator")
    page.find("form", class_="sign-out").decompose()
    said = words(page)
    assert page.select("#noisy ~ ul.post-list li"), "there is something to tell"
    for word in (
        "Penelope",
        "Sampleton",
        "Sample Road",
        "07700",
        "caretaker",
        "TB-",
        *(p.name for p in people.values()),
    ):
        assert word not in said, word


def test_a_held_post_and_one_let_go_on_are_not_counted(services, people, sign_in):
    make_post(services, people["author"], f"{NUMBER} {CONCERN}")
    released = make_post(services, people["author"], f"{NUMBER} {CONCERN}")
    sign_in("author").post(f"/posts/TB-{1000 + released}/hold", {"form": "hold-release"})
    answered(services, people["reviewer"], released)
    page = shown(sign_in)
    assert page.find("section", id=PERSONAL) is None
    assert "whistleblowing" not in "".join(section["id"] for section in page.select("section.clause"))


def test_a_clause_that_left_the_guide_is_still_told_of(services, people, sign_in):
    make_post(services, people["author"], NUMBER)
    with services.database.writing() as session:
        session.execute(sa.update(FindingRow).values(clause_id="house-style"))
    assert "house-style (not in the guide now)" in of_clause(shown(sign_in), "house-style")


def test_who_may_read_it_and_who_finds_the_way(services, sign_in):
    for who in ("reviewer", "administrator"):
        page = sign_in(who).get("/guide").soup
        assert page.find("a", href="/guide/learned"), who
        assert shown(sign_in, who).h1.get_text() == "What the check has learned"
    for who in ("author", "publisher", "records officer", "officer"):
        assert not sign_in(who).get("/guide").soup.find("a", href="/guide/learned"), who
        refused = sign_in(who).get("/guide/learned", status=403).soup
        assert "You do not have permission to read what the check has learned." in words(refused)


def test_a_reviewer_of_one_channel_reads_it_too(services, people, sign_in):
    with services.database.writing() as session:
        person = make_person(session, "museum reviewer")
        person.grants.append(RoleGrant(role=Role.REVIEWER.value, channel_id="sample"))
    people["museum reviewer"] = person
    assert shown(sign_in, "museum reviewer")
