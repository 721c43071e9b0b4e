"""House checks on the pages: advice beside the words, which stands in nobody's way."""

import pytest
from bs4 import BeautifulSoup

from tests.factories import make_channel, make_decision, make_post
from workflow.models import Post

TEXT = "See you at the sample fair #savethelibrary"
FAIR = "The library van stops at Sample Green on Thursday from ten to noon."


@pytest.fixture(autouse=True)
def channel(services):
    with services.database.writing() as session:
        make_channel(session, services)


def test_a_reviewer_sees_house_advice_beside_the_words_and_approves_without_an_answer(sign_in, services, people):
    ref = f"TB-{1000 + make_post(services, people['author'], TEXT)}"
    reviewer = sign_in("reviewer")
    page = reviewer.get(f"/posts/{ref}").soup
    assert [mark.get_text() for mark in page.select(".review__words mark")] == ["#savethelibrary"]
    [finding] = page.select(".finding")
    assert finding.select_one("h3 a").get_text() == "Always 2: Hashtags without capitals"
    assert finding.select_one("h3 a")["href"].endswith("#judgement")
    assert finding.select_one("h3 .govuk-tag").get_text(strip=True) == "Advice"
    said = finding.get_text()
    assert "Write it as “#SaveTheLibrary”." in said
    assert "This is advice: it needs no answer." in said
    assert "Ask yourself:" not in said, "the clause's question is not about hashtags"
    form = page.find("form", action=f"/posts/{ref}/decision")
    fields = {hidden["name"]: hidden["value"] for hidden in form.select("input[type=hidden]")}
    reviewer.post(f"/posts/{ref}/decision", fields | {"decision": "approve"})
    with services.database.reading() as session:
        assert session.get_one(Post, int(ref[3:]) - 1000).state in ("approved", "scheduled")


def test_check_it_first_and_the_check_while_typing_give_the_same_advice(sign_in):
    author = sign_in("author")
    page = author.post("/posts/new", {"text": TEXT, "channels": "sample", "do": "check"}, status=200).soup
    [finding] = page.select("#found .finding")
    data = {"csrf_token": author.token(), "text": TEXT}
    live = author.client.post("/check", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    [same] = BeautifulSoup(live.text, "html.parser").select(".finding")
    assert "Write it as “#SaveTheLibrary”." in finding.get_text()
    assert same.get_text() == finding.get_text()


def test_an_embargo_is_seen_before_sending(sign_in, services, tmp_path):
    words = tmp_path / "words.toml"
    words.write_text('[[words]]\nkind = "embargo"\nmatch = ["sample fair"]\nuntil = 9000-01-01\nwhy = "Sample why."\n')
    services.settings.agency_words = words
    page = sign_in("author").post("/posts/new", {"text": TEXT, "channels": "sample", "do": "check"}, status=200).soup
    assert "under embargo until the end of 1 January 9000: Sample why." in page.select_one("#found").get_text()


def test_a_repeat_tells_nothing_of_a_post_that_its_reader_may_not_see(sign_in, services, people):
    other = make_post(services, people["second author"], FAIR)
    make_decision(services, people["reviewer"], other)
    ref = f"TB-{1000 + make_post(services, people['author'], FAIR)}"
    author = sign_in("author")
    page = author.get(f"/posts/{ref}").soup
    assert page.select_one(".finding h3 a").get_text() == "Always 2: Like a recent post"
    assert "a recent post on this channel" in page.select_one(".finding").get_text()
    assert f"TB-{1000 + other}" not in page.get_text()
    author.get(f"/posts/TB-{1000 + other}", status=404)
