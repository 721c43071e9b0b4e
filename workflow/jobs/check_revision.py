"""The check of a new revision. Fails closed: what could not be checked is itself a finding."""

from __future__ import annotations

from typing import Any

from workflow.checks.finding import Finding
from workflow.checks.register import check_text
from workflow.jobs.handlers import handler
from workflow.models import Post
from workflow.review.check import parts_of, record_findings
from workflow.review.guide_in_use import ensure_guide
from workflow.services import Services
from workflow.states import State


@handler("check_revision")
def check_revision(services: Services, args: dict[str, Any]) -> None:
    """Reads all words of the revision and stores what was found. `args`: post_id, revision (its number)."""
    with services.database.writing() as session:
        guide = ensure_guide(session)
    with services.database.reading() as session:
        post = session.get_one(Post, args["post_id"])
        if post.state != State.CHECKING or post.current != args["revision"]:
            return
        parts = parts_of(post.revision)
    allowed = services.settings.public_contacts
    found: list[tuple[str, Finding]] = []
    for part, text in parts:
        found += [(part, finding) for finding in check_text(text, guide, allow_list=allowed)]
    with services.database.writing() as session:
        # Locked: a revision that comes meanwhile waits, and is checked by its own job.
        post = session.get_one(Post, args["post_id"], with_for_update={"of": Post})
        record_findings(session, post, args["revision"], found, guide)
