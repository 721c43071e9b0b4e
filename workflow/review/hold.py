"""What the author of a held post may choose (guide clause Never 4, whistleblowing)."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import news
from workflow.models import Answer, FindingRow, IncomingMail, OutgoingMail, Picture, Post
from workflow.review.check import WHISTLEBLOWING
from workflow.review.proposal import Invalid, Problem
from workflow.review.reading import officers_for
from workflow.review.withdraw import withdraw
from workflow.roles import Actor
from workflow.states import Action
from workflow.transition import apply

NOT_WHISTLEBLOWING = "Its author says that this is not whistleblowing."


def release(session: Session, actor: Actor, post: Post) -> None:
    """The author says that it is no whistleblowing: on to ordinary review. Raises NotPermitted or NotPossible."""
    apply(session, actor, post, Action.RELEASE, {"revision": post.current})
    for row in post.revision.findings:
        if row.clause_id == WHISTLEBLOWING:
            session.add(
                Answer(
                    post_id=post.id,
                    finding_id=row.id,
                    key=row.key,
                    kind="dismissed",
                    reason=NOT_WHISTLEBLOWING,
                    person_id=actor.id,
                    at=datetime.now(UTC),
                )
            )
    news.tell_of_review(session, post)


def send_to_officer(session: Session, actor: Actor, post: Post) -> None:
    """The post goes to the named officer, and to nobody else. Raises Invalid, NotPermitted or NotPossible."""
    if not officers_for(session, post):
        raise Invalid([Problem("officer", "There is no whistleblowing officer to send it to. Use one of the routes.")])
    apply(session, actor, post, Action.SEND_TO_OFFICER)
    post.sent_to_officer_at = datetime.now(UTC)
    news.tell_officers(session, post)


def withdraw_for_good(session: Session, actor: Actor, post: Post) -> list[str]:
    """Withdraws a private post and erases its words, pictures, findings and mail from the database.

    Gives the SHA-256 of the files that nothing needs any more; remove them from the store after the commit.
    Raises NotPermitted or NotPossible.
    """
    withdraw(session, actor, post)
    if not post.hidden:
        return []
    session.flush()
    files = {picture.sha256 for revision in post.revisions for picture in revision.pictures}
    for revision in post.revisions:
        session.execute(sa.delete(Answer).where(Answer.post_id == post.id))
        session.execute(sa.delete(FindingRow).where(FindingRow.revision_id == revision.id))
        session.execute(sa.delete(Picture).where(Picture.revision_id == revision.id))
        revision.text, revision.texts, revision.note, revision.link_card = "", {}, "", None
    files |= _erase_mail(session, post)
    session.flush()
    session.expire_all()
    still = set(session.scalars(sa.select(Picture.sha256).where(Picture.sha256.in_(files))))
    still |= set(session.scalars(sa.select(IncomingMail.sha256).where(IncomingMail.sha256.in_(files))))
    return sorted(files - still)


def _erase_mail(session: Session, post: Post) -> set[str]:
    """Empties the ledger rows of the post's mails (they keep their place: a mail must not come back as new)."""
    files = set()
    for mail in session.scalars(sa.select(IncomingMail).where(IncomingMail.post_id == post.id)):
        files.add(mail.sha256)
        mail.subject, mail.sha256 = "", "erased:" + mail.sha256
    session.execute(sa.delete(OutgoingMail).where(OutgoingMail.post_id == post.id, OutgoingMail.state != "waiting"))
    return files
