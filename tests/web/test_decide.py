"""Deciding on the web: what it does, what it refuses, and that nothing typed is lost."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.factories import make_channel, make_decision, make_person, make_post
from workflow.jobs.worker import Worker
from workflow.models import Decision, Post
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose, submit
from workflow.roles import Role

TEXT = "The library van stops at Sample Green on Thursday."
PERSONAL = "Missing your bin lid? Ring Sample Helper on 07700 900123 before Friday."
TYPED = "Sample sentence: leave out the number, please."


@pytest.fixture
def post(services, people):
    """`post(text)`: the reference of a checked post."""
    with services.database.writing() as session:
        make_channel(session, services)

    def making(text=TEXT, by="author", **values):
        return f"TB-{1000 + make_post(services, people[by], text, **values)}"

    return making


def _row(services, ref):
    with services.database.reading() as session:
        row = session.get_one(Post, int(ref[3:]) - 1000)
        return SimpleNamespace(state=row.state, digest=row.digest, approved_digest=row.approved_digest)


def _fields(browser, ref):
    """What the decision form holds when it is opened."""
    form = browser.get(f"/posts/{ref}").soup.find("form", action=f"/posts/{ref}/decision")
    return {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}


def _decide(browser, ref, decision, fields=None, **more):
    status = more.pop("status", 303)
    sent = {**(fields or _fields(browser, ref)), "decision": decision, **more}
    return browser.post(f"/posts/{ref}/decision", sent, status=status)


def _revise(services, who, ref, text, *, check=True, channels=("sample",)):
    with services.database.writing() as session:
        row = session.get_one(Post, int(ref[3:]) - 1000)
        revise(session, who.as_actor(), row, Proposal(text=text, channels=channels), seen_digest=row.digest)
    if check:
        Worker(services).run_until_idle()


def test_an_approval_says_first_what_it_will_do_and_does_it(services, sign_in, post):
    slot = datetime(2099, 1, 6, 9, 0, tzinfo=UTC)
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
    ref, browser = post(channels=("sample", "noticeboard"), publish_at=slot), sign_in("reviewer")
    page = browser.get(f"/posts/{ref}").soup
    label = page.find("label", attrs={"for": "decision-decision"})
    assert label.get_text(strip=True) == "Approve: publishes Tuesday 6 January 2099, 9am on Sample and 1 other"
    page = browser.follow(_decide(browser, ref, "approve")).soup
    assert f"{ref} was approved." in page.get_text()
    row = _row(services, ref)
    assert row.state == "scheduled"
    assert row.approved_digest == row.digest


@pytest.mark.parametrize(("decision", "state"), [("ask for changes", "changes asked"), ("reject", "rejected")])
def test_a_refusal_cites_clauses_and_its_author_reads_them(services, sign_in, post, decision, state):
    ref, browser = post(), sign_in("reviewer")
    _decide(
        browser,
        ref,
        decision,
        clauses=["personal-information", "respect"],
        **{"clause-respect": "Sample remark.", "note": TYPED},
    )
    assert _row(services, ref).state == state
    page = sign_in("author").get(f"/posts/{ref}").soup
    decided = page.select_one(".decision")
    assert TYPED in decided.get_text()
    assert "Sample Reviewer" in decided.get_text()
    links = [link["href"].partition("#")[2] for link in decided.select("li a")]
    assert links == ["personal-information", "respect"]
    assert "Sample remark." in decided.get_text()
    assert "citing Never 3 and Always 3" in page.select(".history li")[-1].get_text()


def test_a_refusal_without_clause_or_sentence_comes_back_with_all_that_was_typed(services, sign_in, post):
    ref, browser = post(), sign_in("reviewer")
    page = _decide(browser, ref, "reject", note=TYPED, **{"clause-respect": "Sample remark."}, status=422).soup
    assert [link["href"] for link in page.select(".govuk-error-summary a")] == ["#decision-clauses"]
    assert page.find(id="decision-note").get_text(strip=True) == TYPED
    assert page.find(id="decision-clause-respect")["value"] == "Sample remark."
    assert page.find("input", {"name": "decision", "value": "reject"}).has_attr("checked")
    page = _decide(browser, ref, "reject", clauses=["respect"], status=422).soup
    assert [link["href"] for link in page.select(".govuk-error-summary a")] == ["#decision-note"]
    assert page.find("input", {"name": "clauses", "value": "respect"}).has_attr("checked")
    page = _decide(browser, ref, "", status=422).soup
    assert [link["href"] for link in page.select(".govuk-error-summary a")] == ["#decision-decision"]
    assert _row(services, ref).state == "in review"


def test_an_approval_waits_for_the_answers(services, sign_in, post):
    ref, browser = post(PERSONAL), sign_in("reviewer")
    page = _decide(browser, ref, "approve", note=TYPED, status=422).soup
    assert page.select_one(".govuk-error-summary a")["href"] == "#decision-findings"
    assert page.find(id="decision-note").get_text(strip=True) == TYPED
    assert _row(services, ref).state == "in review"


def test_the_clauses_that_were_found_come_first_and_the_whole_guide_after(sign_in, post):
    page = sign_in("reviewer").get(f"/posts/{post(PERSONAL)}").soup
    offered = [box["value"] for box in page.select("input[name=clauses]")]
    assert offered[0] == "personal-information"
    assert len(offered) == len(set(offered)) == 12
    assert len(page.select("details input[name=clauses]")) == 11


def test_whoever_wrote_it_is_told_that_somebody_else_decides(services, people, sign_in, post):
    ref = post(by="second reviewer")
    browser = sign_in("second reviewer")
    page = browser.get(f"/posts/{ref}").soup
    assert "somebody else has to" in page.get_text()
    assert not page.find("form", action=f"/posts/{ref}/decision")
    row = _row(services, ref)
    fields = {"form": "decision", "form_at": f"/posts/{ref}", "digest": row.digest}
    page = _decide(browser, ref, "approve", fields, status=403).soup
    assert "You wrote or changed the words of this post" in page.get_text()
    assert _row(services, ref).state == "in review"


def test_a_reviewer_of_some_of_its_channels_reads_and_does_not_decide(services, sign_in, post, people):
    with services.database.writing() as session:
        make_channel(session, services, "noticeboard", "by_hand")
        from workflow.models import RoleGrant

        person = make_person(session, "half")
        person.grants.append(RoleGrant(role=Role.REVIEWER.value, channel_id="sample"))
        people["half"] = person
    ref, browser = post(channels=("sample", "noticeboard")), sign_in("half")
    page = browser.get(f"/posts/{ref}").soup
    assert "somebody who reviews all of its channels" in page.get_text()
    assert not page.find("form", action=f"/posts/{ref}/decision")
    fields = {"form": "decision", "digest": _row(services, ref).digest}
    _decide(browser, ref, "approve", fields, status=403)
    assert _row(services, ref).state == "in review"


def test_a_decision_on_what_has_changed_shows_the_change_and_keeps_what_was_typed(services, people, sign_in, post):
    ref, browser = post(), sign_in("reviewer")
    fields = _fields(browser, ref)
    _revise(services, people["author"], ref, TEXT.replace("Green", "Hill"))
    page = _decide(browser, ref, "reject", fields, clauses=["respect"], note=TYPED, status=409).soup
    assert "Nothing was decided" in page.get_text()
    assert "Green" in page.select_one(".difference del").get_text()
    assert "Hill" in page.select_one(".difference ins").get_text()
    assert page.find(id="decision-note").get_text(strip=True) == TYPED
    assert page.find("input", {"name": "clauses", "value": "respect"}).has_attr("checked")
    assert not page.select("input[name=decision][checked]")
    assert "what you had chosen is not" in " ".join(page.main.get_text().split())
    row = _row(services, ref)
    assert row.state == "in review"
    again = {
        field["name"]: field["value"]
        for field in page.select(f"form[action='/posts/{ref}/decision'] input[type=hidden]")
    }
    assert again["digest"] == row.digest != fields["digest"]
    _decide(browser, ref, "reject", again, clauses=["respect"], note=TYPED)
    assert _row(services, ref).state == "rejected"


def test_a_new_note_alone_is_a_change_for_whoever_decides_and_an_unshared_one_stays_its_authors(
    services, people, sign_in, post
):
    author = people["author"].as_actor()
    with services.database.writing() as session:
        first = Proposal(text=TEXT, channels=("sample",), note="zebrafinch")
        ref = propose(session, author, first, origin="web", save_only=True).ref
        draft = session.get_one(Post, int(ref[3:]) - 1000)
        revise(session, author, draft, replace(first, note="From the van's driver."), seen_digest=draft.digest)
        submit(session, author, draft)
    Worker(services).run_until_idle()
    browser = sign_in("reviewer")
    fields = _fields(browser, ref)
    with services.database.writing() as session:
        sent = session.get_one(Post, int(ref[3:]) - 1000)
        revise(session, author, sent, replace(first, note="From the depot."), seen_digest=sent.digest)
    Worker(services).run_until_idle()
    page = _decide(browser, ref, "approve", fields, status=409).soup
    assert "driver" in page.select_one(".difference del").get_text()
    assert "depot" in page.select_one(".difference ins").get_text()
    assert "zebrafinch" not in page.get_text()
    assert _row(services, ref).state == "in review"


def test_a_decision_while_the_change_is_being_checked_loses_nothing_and_tells_no_stranger(
    services, people, sign_in, post
):
    ref, browser = post(), sign_in("reviewer")
    fields = _fields(browser, ref)
    _revise(services, people["author"], ref, "zebrafinch", check=False)
    page = _decide(browser, ref, "reject", fields, note=TYPED, status=409).soup
    assert TYPED in page.get_text()
    assert "Nothing was decided" in page.get_text()
    assert "zebrafinch" not in page.get_text()
    _decide(browser, ref, "reject", {**fields, "digest": _row(services, ref).digest}, note=TYPED, status=404)


def test_the_second_of_two_reviewers_is_told_who_was_quicker(services, people, sign_in, post):
    ref, first, second = post(), sign_in("reviewer"), sign_in("second reviewer")
    fields = _fields(second, ref)
    _decide(first, ref, "approve")
    page = _decide(second, ref, "reject", fields, clauses=["respect"], note=TYPED, status=409).soup
    assert "already decided by Sample Reviewer, who approved it on" in page.get_text()
    assert TYPED in page.get_text()
    assert _row(services, ref).state == "scheduled"


def test_two_reviewers_who_press_at_the_same_moment_make_one_decision(services, sign_in, post):
    ref = post()
    browsers = [sign_in("reviewer"), sign_in("second reviewer")]
    prepared = [(browser, _fields(browser, ref), browser.token()) for browser in browsers]
    start, answers = threading.Barrier(2), []

    def press(browser, fields, token):
        sent = {"csrf_token": token, **fields, "decision": "reject", "clauses": "respect", "note": TYPED}
        start.wait(10)
        response = browser.client.post(f"/posts/{ref}/decision", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
        answers.append(response.status_code)

    threads = [threading.Thread(target=press, args=one) for one in prepared]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [303, 409]
    with services.database.reading() as session:
        assert len(session.query(Decision).all()) == 1


def test_an_approval_after_its_time_says_that_it_will_not_fire(services, sign_in, post):
    import time_machine

    with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
        ref = post(publish_at=datetime.now(UTC) + timedelta(hours=1))
    browser = sign_in("reviewer")
    page = browser.get(f"/posts/{ref}").soup
    assert "its time has passed" in page.find("label", attrs={"for": "decision-decision"}).get_text()
    page = browser.follow(_decide(browser, ref, "approve")).soup
    assert "it waits: publish it now" in page.get_text()
    assert _row(services, ref).state == "approved"


def test_a_decision_whose_session_has_ended_is_given_back_filled(services, people, sign_in, post, browser):
    ref, reviewer = post(), sign_in("reviewer")
    fields = _fields(reviewer, ref)
    reviewer.client.delete_cookie("teabreak")
    page = _decide(reviewer, ref, "reject", {**fields, "csrf_token": "old"}, note=TYPED, status=401).soup
    kept = page.find("input", {"name": "kept"})["value"]
    from tests.factories import PASSWORD

    page = reviewer.post(
        "/sign-in", {"email": people["reviewer"].email, "password": PASSWORD, "kept": kept}, status=200
    ).soup
    assert page.find(id="decision-note").get_text(strip=True) == TYPED
    assert page.find("input", {"name": "decision", "value": "reject"}).has_attr("checked")
    assert _row(services, ref).state == "in review"


def test_the_record_holds_through_a_decision(services, people, sign_in, post):
    from workflow.record import verify

    ref = post()
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000, "reject", [("respect", "")], TYPED)
    with services.database.reading() as session:
        assert verify(session).problems == []
