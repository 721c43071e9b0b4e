"""Words that may be a concern raised in the wrong place: no mail of ours and no list repeats them (clause Never 4)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from workflow.checks.finding import NOT_CHECKED
from workflow.checks.register import LONGEST_TEXT, check_text
from workflow.review.allow_list import allowed_now
from workflow.review.check import WHISTLEBLOWING
from workflow.review.guide_in_use import guide_in_use
from workflow.services import Services


def may_be_whistleblowing(services: Services, session: Session, *texts: str) -> bool:
    """Whether the check finds whistleblowing in one of `texts`, or could not tell; for text that no check has read."""
    guide = guide_in_use(session)
    allowed = allowed_now(session, services.settings)
    return any(
        finding.clause in (WHISTLEBLOWING, NOT_CHECKED)
        for text in texts
        if text.strip()
        for finding in check_text(text[:LONGEST_TEXT], guide, allow_list=allowed)
    )
