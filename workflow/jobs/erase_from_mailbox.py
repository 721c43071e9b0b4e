"""Deletes in the shared mailbox the mail of a post that was deleted for good: others can open that mailbox."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mail.errors import MailError
from mail.mailbox import Mailbox
from workflow.jobs.handlers import TryAgain, handler
from workflow.jobs.watch_mail import mailbox_settings
from workflow.models import IncomingMail
from workflow.review.hold import ERASED
from workflow.services import Services

AGAIN_AFTER = timedelta(minutes=10)


@handler("erase_from_mailbox")
def erase_from_mailbox(services: Services, args: dict[str, Any]) -> None:
    """Deletes a message, told from all others by its bytes. `args`: incoming_mail_id.

    It stands in the folder for handled mail, or where it came in. Whoever moved it elsewhere has it still.
    """
    with services.database.reading() as session:
        mail = session.get_one(IncomingMail, args["incoming_mail_id"])
    box = next((box for box in services.settings.mail_in if box.name == mail.mailbox), None)
    if box is None or mail.uid is None or not mail.sha256.startswith(ERASED):
        return
    faults = []
    for folder in dict.fromkeys((box.handled_folder, box.folder)):
        try:
            with Mailbox(replace(mailbox_settings(box), folder=folder)) as mailbox:
                _delete(mailbox, mail)
        except MailError as error:  # the other folder is looked through all the same
            faults.append(error)
    if faults:
        raise TryAgain(AGAIN_AFTER, str(faults[0])) from faults[0]


def _delete(mailbox: Mailbox, mail: IncomingMail) -> None:
    for uid in mailbox.uids_of_size(mail.size):
        # Of one that was too large only the header was kept: the hash is of that.
        raw = mailbox.fetch_header(uid) if mail.too_large else mailbox.fetch(uid)
        if raw is not None and hashlib.sha256(raw).hexdigest() == mail.sha256.removeprefix(ERASED):
            mailbox.delete(uid)
