"""Mail that became no post, with the reason, and the mailboxes: for administrators."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from workflow.review.mail import mail_set_aside, mailboxes, may_be_opened, readable_mail
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.security import needs

mail = Blueprint("mail", __name__)


@mail.get("/mail")
@needs(Permission.READ_MAIL)
def set_aside() -> ResponseReturnValue:
    """The list, newest first; `before` is the number below which the page begins. Nothing shows what a mail says."""
    said = request.args.get("before", "")
    if said and not (said.isascii() and said.isdecimal() and len(said) < 16):
        abort(400)
    services = current()
    with services.database.reading() as session:
        shown = mail_set_aside(session, actor(), int(said) if said else None)
        names = [box.name for box in services.settings.mail_in]
        boxes = mailboxes(session, names, datetime.now(UTC))
    return render_template(
        "pages/mail/page.html",
        mails=shown.mails,
        boxes=boxes,
        first=not said,
        older=url_for("mail.set_aside", before=shown.next) if shown.next else "",
        may_be_opened=may_be_opened,
        size_of=_size,
        current_section="mail",
    )


@mail.get("/mail/<int(max=9223372036854775807):mail_id>.eml")
@needs(Permission.READ_MAIL)
def raw(mail_id: int) -> ResponseReturnValue:
    """The mail as it came, to save: it is never shown as a page of ours."""
    services = current()
    with services.database.reading() as session:
        found = readable_mail(session, actor(), mail_id)
        if found is None:
            abort(404)
        sha256 = found.sha256
    try:
        content = services.files.read(sha256)
    except FileNotFoundError:
        abort(404)
    response = Response(content, content_type="message/rfc822")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers.set("Content-Disposition", "attachment", filename=f"mail-{mail_id}.eml")
    return response


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB"
