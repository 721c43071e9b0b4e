"""The page of a post: what it shows, to whom, the answers to its findings, its history, what a publisher can do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Post, PublicationState
from workflow.publishing import door
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose
from workflow.roles import SYSTEM
from workflow.states import Action
from workflow.transition import apply
from workflow.web.passages import Shown, marked

PERSONAL = "Missing your bin lid? Ring Sample Helper on 07700 900123 before Friday."


@pytest.fixture
def post(services, people):
    """`post(text)`: the reference of a checked post of the author."""
    with services.database.writing() as session:
        make_channel(session, services)

    def making(text="The library van stops at Sample Green on Thursday.", by="author", **values):
        return f"TB-{1000 + make_post(services, people[by], text, **values)}"

    return making


def _revise(services, who, ref, text, *, check=True):
    from workflow.jobs.worker import Worker

    with services.database.writing() as session:
        row = session.get_one(Post, int(ref[3:]) - 1000)
        revise(session, who.as_actor(), row, Proposal(text=text, channels=("sample",)), seen_digest=row.digest)
    if check:
        Worker(services).run_until_idle()


def _state(services, ref):
    with services.database.reading() as session:
        return session.get_one(Post, int(ref[3:]) - 1000).state


def _one(number, start, end, band="likely"):
    return Shown(number, "text", start, end, "", "respect", "Always 3", "", band, "", "", "", "answer")


def test_passages_may_overlap_and_count_code_points():
    html = marked("😀 <b>abcd", [_one(1, 2, 7), _one(2, 5, 9, "please check"), _one(3, 5, 7)])
    soup = BeautifulSoup(f"<p>{html}</p>", "html.parser")
    for link in soup.find_all("a"):
        assert link.get_text() == f"[finding {link['href'].removeprefix('#finding-')}]"
        link.decompose()
    assert soup.get_text() == "😀 <b>abcd"
    assert [mark.get_text() for mark in soup.find_all("mark")] == ["<b>", "ab", "cd"]
    assert [anchor["id"] for anchor in soup.find_all("span", id=True)] == ["passage-1", "passage-2", "passage-3"]
    assert not soup.find("b")


def test_a_reviewer_sees_each_finding_in_the_text_and_beside_it(sign_in, post):
    page = sign_in("reviewer").get(f"/posts/{post(PERSONAL)}").soup
    underlined = [mark.get_text() for mark in page.select(".review__words mark")]
    assert "07700 900123" in " ".join(underlined)
    for number in range(1, len(page.select(".finding")) + 1):
        finding = page.find(id=f"finding-{number}")
        assert page.select_one(f".review__words a[href='#finding-{number}']")
        assert finding.select_one(f"a[href='#passage-{number}']")
        clause = finding.select_one("h3 a")
        assert clause.get_text().startswith("Never 3: ")
        assert clause["href"].startswith("/guide/")
        assert clause["href"].endswith("#personal-information")
        assert "What to do:" in finding.get_text()
        assert "Ask yourself:" in finding.get_text()
        assert "Not answered yet." in finding.get_text()
    assert "It misses many problem posts" in page.get_text()


def test_a_page_bears_any_number_of_findings(services, people, sign_in, post, monkeypatch):
    from workflow.web import post as page_of_post

    monkeypatch.setattr(page_of_post, "LISTED", 2)
    ref = post("Ring 07700 900123, 07700 900124, 07700 900125 or 07700 900126.")
    browser = sign_in("reviewer")

    def listed():
        soup = browser.get(f"/posts/{ref}").soup
        marks = [link["href"] for link in soup.select(".passage__number")]
        assert marks == [f"#{finding['id']}" for finding in soup.select(".finding")]
        return soup, [finding["id"] for finding in soup.select(".finding")]

    page, numbers = listed()
    assert numbers == ["finding-1", "finding-2"]
    assert "These are 2 of 4." in page.get_text()
    sent = {"form": "answer-1", "form_at": f"/posts/{ref}", "kind": "consent", "reason": "Sample consent"}
    digest = page.select_one("#finding-1 input[name=digest]")["value"]
    browser.post(f"/posts/{ref}/findings/1/answer", {**sent, "digest": digest})
    assert listed()[1] == ["finding-2", "finding-3"]
    wrong = {**sent, "form": "answer-4", "kind": "", "digest": digest}
    page = browser.post(f"/posts/{ref}/findings/4/answer", wrong, status=422).soup
    assert page.find(id="answer-4-kind")


def test_the_link_of_a_finding_leads_to_its_clause(sign_in, post):
    browser = sign_in("reviewer")
    page = browser.get(f"/posts/{post(PERSONAL)}").soup
    address, _, anchor = page.select_one(".finding h3 a")["href"].partition("#")
    assert browser.get(address).soup.find(id=anchor)


def test_words_of_people_are_words_and_no_markup(sign_in, post):
    ref = post("Sample <script>alert(1)</script> & <b>bold</b>\u202e backwards", note="<i>note</i>")
    page = sign_in("reviewer").get(f"/posts/{ref}").soup
    assert "<script>alert(1)</script> & <b>bold</b>" in page.select_one(".review__words .typed").get_text()
    assert not page.select(".review__words b, .review__words script, .facts i")
    assert "right-to-left override (U+202E)" in page.get_text()


def test_who_may_not_read_it_gets_the_same_page_as_for_a_post_that_is_none(sign_in, post):
    ref = post()
    for who in ("second author", "administrator", "officer"):
        browser = sign_in(who)
        refused = browser.get(f"/posts/{ref}", status=404).soup.main.get_text()
        assert refused == browser.get("/posts/TB-9999", status=404).soup.main.get_text()
        browser.get(f"/posts/{ref}/revisions/1", status=404)
        browser.post(f"/posts/{ref}/decision", {"form": "decision", "decision": "approve"}, status=404)
    for who in ("author", "reviewer", "publisher", "records officer"):
        sign_in(who).get(f"/posts/{ref}")
    for odd in ("TB-", "TB-0", "1001", "TB-99999999999999999999", "%00", "tb-1²"):
        sign_in("reviewer").get(f"/posts/{odd}", status=404)


def test_while_the_check_reads_its_author_is_told_and_nobody_else(services, people, sign_in, post):
    post()
    with services.database.writing() as session:
        proposal = Proposal(text="Sample swimming on Saturday.", channels=("sample",))
        ref = propose(session, people["author"].as_actor(), proposal, origin="web").ref
    page = sign_in("author").get(f"/posts/{ref}").soup
    assert page.find("a", string="Look again")["href"] == f"/posts/{ref}"
    assert not page.find("meta", attrs={"http-equiv": "refresh"})
    sign_in("reviewer").get(f"/posts/{ref}", status=404)


@pytest.mark.parametrize("who", ["author", "reviewer"])
def test_an_answer_is_kept_and_shown_with_who_gave_it(sign_in, post, people, who):
    ref, browser = post(PERSONAL), sign_in(who)
    page = browser.get(f"/posts/{ref}").soup
    form = page.select_one("#finding-1 form")
    sent = {"form": "answer-1", "form_at": f"/posts/{ref}", "digest": form.find("input", {"name": "digest"})["value"]}
    empty = browser.post(form["action"], sent, status=422).soup
    assert [link["href"] for link in empty.select(".govuk-error-summary a")] == ["#answer-1-kind", "#answer-1-reason"]
    assert empty.select_one("#finding-1 details").has_attr("open")
    done = browser.post(form["action"], {**sent, "kind": "consent", "reason": "Sample consent form 12"})
    assert done.headers["Location"] == f"/posts/{ref}#finding-1"
    shown = sign_in("reviewer").get(f"/posts/{ref}").soup.find(id="finding-1").get_text(" ")
    assert "Sample consent form 12" in shown
    assert people[who].name in shown
    assert "Not answered yet" not in shown


def test_an_answer_to_words_that_have_changed_is_not_kept(services, people, sign_in, post):
    ref, browser = post(PERSONAL), sign_in("reviewer")
    form = browser.get(f"/posts/{ref}").soup.select_one("#finding-1 form")
    sent = {"form": "answer-1", "form_at": f"/posts/{ref}", "digest": form.find("input", {"name": "digest"})["value"]}
    _revise(services, people["author"], ref, PERSONAL.replace("900123", "900456"))
    page = browser.post(form["action"], {**sent, "kind": "public", "reason": "On our page"}, status=409).soup
    assert "On our page" in page.get_text()
    assert "Not answered yet" in browser.get(f"/posts/{ref}").soup.find(id="finding-1").get_text()


def test_a_finding_of_what_was_not_checked_is_taken_over_by_somebody_else(services, people, sign_in, post, monkeypatch):
    from workflow.checks import register

    def broken(task):
        raise RuntimeError("sample fault")

    monkeypatch.setattr(register, "READERS", (("sample reader", broken),))
    ref = post()
    mine = sign_in("author").get(f"/posts/{ref}").soup.find(id="finding-1")
    assert "Somebody who did not write this post has to answer it." in mine.get_text()
    assert not mine.find("form")
    browser = sign_in("reviewer")
    form = browser.get(f"/posts/{ref}").soup.select_one("#finding-1 form")
    assert form.find("button").get_text(strip=True) == "I have read it in full"
    fields = {field["name"]: field.get("value", "") for field in form.select("input")}
    browser.post(form["action"], fields)
    assert "Read in full by a person" in browser.get(f"/posts/{ref}").soup.find(id="finding-1").get_text()


def test_the_history_says_who_did_what_when_and_citing_what(services, people, sign_in, post):
    with time_machine.travel(datetime(2027, 1, 5, 15, 4, tzinfo=UTC), tick=True):
        ref = post()
        _revise(services, people["author"], ref, "The library van stops at Sample Hill on Thursday.")
        make_decision(
            services, people["reviewer"], int(ref[3:]) - 1000, "reject", [("personal-information", "")], "No."
        )
        lines = [line.get_text() for line in sign_in("author").get(f"/posts/{ref}").soup.select(".history li")]
    assert lines == [
        "Tuesday 5 January 2027, 3:04pm: Sample Author sent revision 1 for review.",
        "Tuesday 5 January 2027, 3:04pm: Teabreak checked revision 1 and found nothing.",
        "Tuesday 5 January 2027, 3:04pm: Sample Author wrote revision 2.",
        "Tuesday 5 January 2027, 3:04pm: Teabreak checked revision 2 and found nothing.",
        "Tuesday 5 January 2027, 3:04pm: Sample Reviewer rejected revision 2, citing Never 3.",
    ]


def test_a_revision_is_shown_with_its_difference_to_the_one_before(services, people, sign_in, post):
    ref = post("The library van stops at Sample Green.")
    _revise(services, people["author"], ref, "The library van stops at Sample Hill.")
    browser = sign_in("reviewer")
    links = [a["href"] for a in browser.get(f"/posts/{ref}").soup.select("a[href*='/revisions/']")]
    assert links == [f"/posts/{ref}/revisions/2", f"/posts/{ref}/revisions/1"]
    page = browser.get(links[0]).soup
    assert "Green" in page.select_one(".difference del").get_text()
    assert "Hill" in page.select_one(".difference ins").get_text()
    assert "Sample Green" in browser.get(links[1]).soup.get_text()
    browser.get(f"/posts/{ref}/revisions/3", status=404)


def test_what_its_author_wrote_before_the_check_had_read_it_stays_theirs(services, people, sign_in, post):
    post()
    with services.database.writing() as session:
        proposal = Proposal(text="zebrafinch, unread by anybody", channels=("sample",))
        ref = propose(session, people["author"].as_actor(), proposal, origin="web").ref
    _revise(services, people["author"], ref, "Sample swimming on Saturday.")
    browser = sign_in("reviewer")
    assert "zebrafinch" not in browser.get(f"/posts/{ref}").text
    browser.get(f"/posts/{ref}/revisions/1", status=404)
    assert "zebrafinch" not in browser.get(f"/posts/{ref}/revisions/2").text
    assert "zebrafinch" in sign_in("author").get(f"/posts/{ref}/revisions/1").text


def test_its_author_withdraws_it_and_nobody_else_can(services, sign_in, post):
    ref = post()
    sign_in("reviewer").post(f"/posts/{ref}/withdraw", status=403)
    browser = sign_in("author")
    form = browser.get(f"/posts/{ref}").soup.find("form", action=f"/posts/{ref}/withdraw")
    assert "Withdraw" in form.get_text()
    assert "It will not be published" in browser.follow(browser.post(form["action"])).soup.get_text()
    assert _state(services, ref) == "withdrawn"
    browser.post(f"/posts/{ref}/withdraw", status=409)


def _late(services, post):
    """A post whose time passes before it is decided."""
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=5), tick=True):
        return post(publish_at=datetime.now(UTC) + timedelta(hours=1))


def test_approved_too_late_it_asks_now_a_new_time_or_drop(services, people, sign_in, post):
    ref = _late(services, post)
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000)
    assert _state(services, ref) == "approved"
    mine = sign_in("author").get(f"/posts/{ref}").soup
    assert "three ways on" in mine.get_text()
    assert not mine.find("form", action=f"/posts/{ref}/publish-now")
    assert mine.find("form", action=f"/posts/{ref}/withdraw")
    sign_in("author").post(f"/posts/{ref}/publish-now", status=403)
    browser = sign_in("publisher")
    form = browser.get(f"/posts/{ref}").soup.find("form", action=f"/posts/{ref}/publish-now")
    assert form.find("button").get_text(strip=True) == "Publish now on Sample"
    browser.follow(browser.post(form["action"]))
    assert _state(services, ref) == "scheduled"
    browser.post(f"/posts/{ref}/publish-now", status=409)


def _end(services, ref, state):
    with services.database.writing() as session:
        row = session.get_one(Post, int(ref[3:]) - 1000)
        for publication in row.publications:
            door.fail(session, row, publication, state, "Sample: the network did not answer.")


def test_a_publisher_settles_what_the_network_left_open(services, people, sign_in, post):
    ref = post()
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000)
    _end(services, ref, PublicationState.UNCONFIRMED)
    browser = sign_in("publisher")
    form = browser.get(f"/posts/{ref}").soup.select_one("form[action$='/settle']")
    name = form.find("input", {"name": "form"})["value"]
    sent = {"form": name, "form_at": f"/posts/{ref}"}
    page = browser.post(form["action"], sent, status=422).soup
    assert page.select_one(".govuk-error-summary a")["href"] == f"#{name}-live"
    page = browser.post(form["action"], {**sent, "live": "yes", "address": "nowhere"}, status=422).soup
    assert page.find(id=f"{name}-address")["value"] == "nowhere"
    address = "https://social.agency.example/sample/1"
    sign_in("reviewer").post(form["action"], {**sent, "live": "yes", "address": address}, status=403)
    page = browser.follow(browser.post(form["action"], {**sent, "live": "yes", "address": address})).soup
    assert page.find("a", href=address)
    assert _state(services, ref) == "published"


def test_what_is_not_there_is_tried_again(services, people, sign_in, post):
    ref = post()
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000)
    _end(services, ref, PublicationState.UNCONFIRMED)
    browser = sign_in("publisher")
    form = browser.get(f"/posts/{ref}").soup.select_one("form[action$='/settle']")
    browser.post(form["action"], {"form": form.find("input", {"name": "form"})["value"], "live": "no"})
    assert _state(services, ref) == "failed"
    assert "it is not there" in sign_in("author").get(f"/posts/{ref}").soup.get_text()
    form = browser.get(f"/posts/{ref}").soup.find("form", action=f"/posts/{ref}/try-again")
    browser.post(form["action"])
    assert _state(services, ref) == "scheduled"


def test_an_expired_post_asks_the_same(services, people, sign_in, post):
    ref = post()
    make_decision(services, people["reviewer"], int(ref[3:]) - 1000)
    with services.database.writing() as session:
        apply(session, SYSTEM, session.get_one(Post, int(ref[3:]) - 1000), Action.EXPIRE)
    for who in ("author", "reviewer", "publisher"):
        page = sign_in(who).get(f"/posts/{ref}").soup
        assert "Expired" in page.h1.get_text()
        assert "three ways on" in page.get_text()
