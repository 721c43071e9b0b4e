"""Email, knowing nothing of the workflow: reading, understanding, writing and sending it.

- `mail.message.parse` turns raw bytes into an `IncomingMessage` and never raises.
- `mail.reply` finds what the person newly wrote; `mail.sender` whether the sender is proved; `mail.loops`
  whether a machine wrote it and whether it may be answered; `mail.bounces` whether it reports a failed delivery.
- `mail.mailbox.Mailbox` reads and watches a mailbox over IMAP.
- `mail.compose.compose` writes a message; `mail.send.send` hands it to an SMTP server.

Errors (all in `mail.errors`)::

    MailError
    |- MailboxError
    |  |- MailboxUnreachable      cannot connect: try again later
    |  |  `- MailboxGone          the connection was lost: connect anew
    |  |- MailboxRefusedLogin     wrong user or password: tell the administrator
    |  |- MailboxRefused          the server said no to a command
    |  `- MessageTooLarge         not fetched: `size`, `limit`
    `- SendingError               `code`, `refused` (recipient -> reply)
       |- TemporaryMailError      4xx or no connection: send again later
       `- PermanentMailError      5xx: do not send this again
"""
