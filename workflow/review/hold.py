"""What the author of a held post may choose (guide clause Never 4, whistleblowing)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from workflow import news, outbox
from workflow.models import Answer, FindingRow, IncomingMail, OutgoingMail, Picture, Post, Revision
from workflow.review.parts import WHISTLEBLOWING
from workflow.review.proposal import Invalid, Problem
from workflow.review.reading import officers_for
from workflow.review.withdraw import withdraw
from workflow.roles import Actor
from workflow.states import Action
from workflow.transition import apply

NOT_WHISTLEBLOWING = "Its author says that this is not whistleblowing."
ERASED = "erased:"  # in front of the SHA-256 of mail whose post was withdrawn for good


def release(session: Session, actor: Actor, post: Post) -> None:
    """The author says that it is no whistleblowing: on to ordinary review. Raises NotPermitted or NotPossible."""
    apply(session, actor, post, Action.RELEASE, {"revision": post.current})
    post.sent_to_officer_at = None
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
    """The post goes to the named officer, and to nobody else. Raises Invalid, NotPermitted or NotPossible.

    From then on it stays as it is: its author can neither delete it nor let it go on.
    """
    officers = officers_for(session, post)
    if not officers:
        raise Invalid([Problem("officer", "There is no whistleblowing officer to send it to. Use one of the routes.")])
    apply(session, actor, post, Action.SEND_TO_OFFICER)
    post.sent_to_officer_at = datetime.now(UTC)
    news.tell_officers(session, post, officers)


def withdraw_for_good(session: Session, actor: Actor, post: Post) -> None:
    """Withdraws a private post and erases its words, pictures, findings and mail from the database.

    What was shared before (an earlier revision that was in review) stays, for those who could read it. The files that
    nothing needs any more are removed by a job, which is queued in the same transaction.

    Raises NotPermitted or NotPossible.
    """
    was_private = post.private
    withdraw(session, actor, post)
    if not was_private:
        return
    session.flush()
    erased = [revision for revision in post.revisions if not post.has_shared(revision)]
    files = {picture.sha256 for revision in erased for picture in revision.pictures}
    ids = [revision.id for revision in erased]
    found = sa.select(FindingRow.id).where(FindingRow.revision_id.in_(ids))
    session.execute(sa.delete(Answer).where(Answer.finding_id.in_(found)))
    session.execute(sa.delete(FindingRow).where(FindingRow.revision_id.in_(ids)))
    session.execute(sa.delete(Picture).where(Picture.revision_id.in_(ids)))
    for revision in erased:
        revision.text, revision.texts, revision.note, revision.link_card = "", {}, "", None
    if any(revision.incoming_mail_id is not None for revision in erased):
        files |= _erase_mail(session, post)
    _erase_answers(session, post, erased)
    session.flush()
    session.expire_all()
    outbox.enqueue(session, "erase_files", {"files": sorted(files)}, key=f"erase:{post.id}", priority=30)


def _erase_mail(session: Session, post: Post) -> set[str]:
    """Empties the ledger rows of the post's mails (they keep their place: a mail must not come back as new)."""
    files = set()
    for mail in session.scalars(sa.select(IncomingMail).where(IncomingMail.post_id == post.id)):
        if not mail.sha256.startswith(ERASED):
            files.add(mail.sha256)
        erase_row(session, mail)
    return files


def erase_row(session: Session, mail: IncomingMail) -> None:
    """Empties a ledger row of what the mail said, and lets the mail be deleted in its mailbox as well."""
    mail.subject = mail.message_id = ""
    mail.understood = {"quiet": True}
    if not mail.sha256.startswith(ERASED):
        mail.sha256 = ERASED + mail.sha256
    if mail.uid is not None:
        args = {"incoming_mail_id": mail.id}
        outbox.enqueue(session, "erase_from_mailbox", args, key=f"erase-from-mailbox:{mail.id}", priority=30)


def _erase_answers(session: Session, post: Post, erased: Sequence[Revision]) -> None:
    """Our own mails about what is erased, those too that still wait: their jobs find nothing to send."""
    query = sa.delete(OutgoingMail).where(OutgoingMail.post_id == post.id)
    if not post.hidden:
        # Mails about what was shared stay: others got them. A draft's answer is about its mail, by their names.
        begins = [f"{name}:{row.id}:" for row in erased for name in ("held", "officer_asked", "draft_received")]
        begins += [f"draft_unfinished:{row.incoming_mail_id}:" for row in erased if row.incoming_mail_id is not None]
        query = query.where(sa.or_(*(OutgoingMail.key.startswith(begin, autoescape=True) for begin in begins)))
    session.execute(query)
