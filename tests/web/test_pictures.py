"""The pictures of posts: who sees them, and with which headers."""

import dataclasses
import io

import pytest
from PIL import Image

from tests.factories import make_channel, make_post
from workflow.models import Post
from workflow.models.post import reference_of
from workflow.review.pictures import accept
from workflow.review.proposal import Proposal
from workflow.review.revise import revise
from workflow.review.submit import propose


@pytest.fixture
def picture(services):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "#0b4a6f").save(out, "JPEG")
    taken = accept(services.files, "späte “Katze”.jpg", out.getvalue(), 1_000_000)
    return dataclasses.replace(taken, alt_text="A blue box")


@pytest.fixture
def shared(services, people, picture):
    """The address of a picture of a post that is in review."""
    with services.database.writing() as session:
        make_channel(session, services)
    return f"/posts/{reference_of(make_post(services, people['author'], pictures=(picture,)))}/revisions/1/pictures/1"


@pytest.mark.parametrize("who", ["author", "reviewer", "publisher", "records officer"])
def test_who_may_read_the_post_sees_its_picture(services, sign_in, shared, picture, who):
    response = sign_in(who).get(shared)
    assert response.data == services.files.read(picture.sha256)
    headers = response.headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Content-Disposition"].startswith("inline; filename")
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize("who", ["second author", "administrator", "officer"])
def test_who_may_not_read_the_post_finds_no_picture(sign_in, shared, who):
    sign_in(who).get(shared, status=404)


@pytest.mark.parametrize("end", ["revisions/1/pictures/2", "revisions/1/pictures/0", "revisions/2/pictures/1"])
def test_what_is_not_there_is_not_found(sign_in, shared, end):
    post = shared.partition("/revisions")[0]
    sign_in("author").get(f"{post}/{end}", status=404)
    sign_in("author").get(f"/posts/TB-9999/{end}", status=404)


def test_the_picture_of_a_draft_is_its_authors_alone(services, people, sign_in, picture):
    with services.database.writing() as session:
        proposal = Proposal(text="", pictures=(picture,))
        ref = propose(session, people["author"].as_actor(), proposal, origin="web", save_only=True).ref
    sign_in("author").get(f"/posts/{ref}/revisions/1/pictures/1")
    sign_in("reviewer").get(f"/posts/{ref}/revisions/1/pictures/1", status=404)


def test_a_revision_that_was_never_checked_shows_its_picture_to_its_author_alone(services, people, sign_in, picture):
    from workflow.jobs.worker import Worker

    with services.database.writing() as session:
        make_channel(session, services)
        author = people["author"].as_actor()
        first = Proposal(text="First", channels=("sample",), pictures=(picture,))
        post = propose(session, author, first, origin="web")
        post_id, ref = post.id, post.ref
    with services.database.writing() as session:  # changed before the check had read it
        post = session.get_one(Post, post_id)
        revise(session, author, post, Proposal(text="Second", channels=("sample",)), seen_digest=post.digest)
    Worker(services).run_until_idle()
    sign_in("author").get(f"/posts/{ref}/revisions/1/pictures/1")
    sign_in("reviewer").get(f"/posts/{ref}/revisions/1/pictures/1", status=404)


def test_a_file_that_is_gone_gives_a_page_in_plain_words(services, sign_in, shared, picture):
    services.files.remove(picture.sha256)
    sign_in("author").get(shared, status=503)
