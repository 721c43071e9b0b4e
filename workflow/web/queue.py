"""The queue: posts that wait for a decision, the next slot first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from workflow.checks.finding import NOT_CHECKED, band
from workflow.guide.clauses import Guide
from workflow.review.guide_in_use import guide_at
from workflow.review.reading import InQueue, queue_page
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.security import needs

queue = Blueprint("queue", __name__)


@queue.get("/queue")
@needs(Permission.READ_QUEUE)
def page() -> ResponseReturnValue:
    """Posts in review on the reviewer's channels; `after` is where the page begins."""
    after = _place(request.args.get("after", ""))
    with current().database.reading() as session:
        shown = queue_page(session, actor(), after)
        guide_of = cache(partial(guide_at, session))
        found = {post.id: _findings(guide_of, post) for post in shown.posts}
    further = url_for("queue.page", after=_said(*shown.next)) if shown.next else ""
    return render_template(
        "pages/queue/page.html",
        posts=shown.posts,
        found=found,
        first=after is None,
        further=further,
        now=datetime.now(UTC),
        current_section="queue",
    )


def _said(due: datetime, post_id: int) -> str:
    """A place in the queue, for an address."""
    return f"{due.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}_{post_id}"


def _place(said: str) -> tuple[datetime, int] | None:
    """The place again; a 400 page for what is none."""
    if not said:
        return None
    moment, _, number = said.rpartition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        abort(400)
    try:
        return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC), int(number)
    except ValueError:
        abort(400)


def _findings(guide_of: Callable[[str], Guide | None], post: InQueue) -> list[str]:
    """The findings in a few words: "Never 3 (likely), twice"."""
    counts: Counter[tuple[str, str]] = Counter()
    for clause_id, version, score in post.findings:
        guide = guide_of(version)
        clause = guide.clause(clause_id) if guide else None
        if clause_id == NOT_CHECKED:
            counts["not checked", ""] += 1
        else:
            counts[clause.label if clause else clause_id, band(score)] += 1
    return [
        label + (f" ({how_sure})" if how_sure else "") + (f", {count} times" if count > 1 else "")
        for (label, how_sure), count in counts.items()
    ]
