"""Which findings of a revision were there before, so that their answers hold."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.checks.finding import Finding
from workflow.checks.identity import Earlier, settle
from workflow.models import Post, Revision
from workflow.review.parts import parts_of, words_in_pictures


def with_earlier_keys(post: Post, found: Sequence[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """The findings of the post's current revision, (part, finding), those that were there before with their keys."""
    earlier = list(_earlier(post))
    if not earlier:
        return list(found)
    texts = _texts(post.revision)
    taken = {finding.key for _, finding in found}
    return [
        (part, settle([finding], texts[part], earlier, taken)[0] if part in texts else finding)
        for part, finding in found
    ]


def _earlier(post: Post) -> list[Earlier]:
    """The findings of the revisions before, the latest first, each key once."""
    seen: dict[str, Earlier] = {}
    for revision in sorted(post.revisions, key=lambda r: -r.number):
        if revision.number < post.current and revision.checked_at:
            texts = _texts(revision)
            for row in revision.findings:
                if row.part in texts and row.key not in seen:
                    seen[row.key] = Earlier(row.key, row.clause_id, texts[row.part], row.start_at, row.end_at)
    return list(seen.values())


def _texts(revision: Revision) -> dict[str, str]:
    return dict([*parts_of(revision), *words_in_pictures(revision)])
