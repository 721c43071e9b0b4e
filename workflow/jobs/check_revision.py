"""The check of a new revision. Fails closed: what could not be checked is itself a finding."""

from __future__ import annotations

from typing import Any

from workflow.checks.finding import NOT_CHECKED, Finding
from workflow.checks.pictures.seen import Seen, seen_of
from workflow.checks.register import check_text
from workflow.jobs.ask_language_model import ask_language_model
from workflow.jobs.handlers import handler
from workflow.jobs.look_at_pictures import look_at_pictures
from workflow.models import Post
from workflow.review.allow_list import allowed_now
from workflow.review.check import parts_of, record_findings
from workflow.review.guide_in_use import ensure_guide
from workflow.review.house import house_findings, on_channels
from workflow.review.learned import calibrations
from workflow.review.parts import pictures_to_check, published_parts_of
from workflow.services import Services
from workflow.states import State


@handler("check_revision")
def check_revision(services: Services, args: dict[str, Any]) -> None:
    """Reads words and pictures of the revision and stores what was found. `args`: post_id, revision (its number)."""
    with services.database.writing() as session:
        guide = ensure_guide(session)
    with services.database.reading() as session:
        post = session.get_one(Post, args["post_id"])
        if post.state != State.CHECKING or post.current != args["revision"]:
            return
        parts = parts_of(post.revision)
        pictures = pictures_to_check(post.revision)
        known = _seen_before(post)
        published = published_parts_of(post.revision)
        found_before = {row.clause_id for revision in post.revisions for row in revision.findings} - {NOT_CHECKED}
        learned = calibrations(session)
        where = on_channels(session, post)
        allowed = allowed_now(session, services.settings)
    found: list[tuple[str, Finding]] = []
    for part, text in parts:
        found += [(part, finding) for finding in check_text(text, guide, allow_list=allowed)]
    in_pictures, seen = look_at_pictures(services.files, pictures, known, guide, allowed)
    found += [(finding.part, finding) for finding in in_pictures]
    found += ask_language_model(services.settings, published, found, found_before, guide, allowed)
    found += house_findings(services.settings, published, where, guide)
    with services.database.writing() as session:
        # Locked: a revision that comes meanwhile waits, and is checked by its own job.
        post = session.get_one(Post, args["post_id"], with_for_update={"of": Post})
        record_findings(session, post, args["revision"], found, guide, seen, learned)


def _seen_before(post: Post) -> dict[str, Seen]:
    """What was seen in pictures of this post's revisions, by SHA-256; where a reader failed, it looks again."""
    seen = {picture.sha256: seen_of(picture.seen) for row in post.revisions for picture in row.pictures if picture.seen}
    return {sha256: one for sha256, one in seen.items() if one.lines is not None and one.faces is not None}
