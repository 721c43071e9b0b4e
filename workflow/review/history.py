"""The history of a post as sentences, from the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflow.models import Person, Post, RecordEntry
from workflow.record import entries_of
from workflow.review.guide_in_use import guide_at, guide_in_use
from workflow.review.reading import channel_names
from workflow.roles import Actor, Permission, may

# What was done, as it stands after when and who. {revision} is its number, where the entry names one.
_DID: dict[str, str] = {
    "submitted": "sent revision {revision} for review",
    "saved as draft": "saved a draft",
    "revised": "wrote revision {revision}",
    "mail taken in": "took it in from a mail",
    "checked": "checked revision {revision}",
    "held": "held it for its author to look at",
    "released": "let it go on to review",
    "sent to officer": "sent it to the whistleblowing officer",
    "answered": "answered finding {finding} of revision {revision}",
    "approved": "approved revision {revision}",
    "changes asked": "asked for changes to revision {revision}",
    "rejected": "rejected revision {revision}",
    "withdrawn": "withdrew it",
    "scheduled": "scheduled it",
    "scheduled for now": "had it published at once",
    "publishing started": "began to publish it",
    "published": "published it",
    "published by hand": "published it by hand",
    "not published by hand": "did not publish it by hand",
    "outcome not known": "could not find out whether it is live",
    "publishing failed": "could not publish it",
    "settled as live": "looked, and found it live",
    "settled as not live": "looked, and did not find it live",
    "tried again": "had it tried again",
    "left as it is": "left it unpublished where it could not be published",
    "expired": "did not publish it, because its time had passed",
    "taken down": "said that it was taken down",
}
# Mails, by their name; {to} is who got it.
_MAILED: dict[str, str] = {
    "review_asked": "asked {to} by mail to decide",
    "draft_received": "answered the mail of {to}",
    "draft_unfinished": "told {to} by mail what is missing",
    "held": "asked {to} by mail for a choice",
    "officer_asked": "told {to} by mail",
    "decision": "mailed {to} the decision",
    "publication": "told {to} by mail what became of it",
    "publisher_asked": "asked {to} by mail to see to it",
}
# What its author chose while it was held is the author's alone, and the officer's where it was sent to them.
_OF_THE_HOLD = frozenset({"released", "sent to officer"})
_MAILS_OF_THE_HOLD = frozenset({"held", "officer_asked"})
_ANSWERS = {
    "dismissed": "it does not apply",
    "consent": "consent is recorded",
    "public": "it is public already",
    "permission": "permission is recorded",
    "taken over": "read in full by a person",
}


def sentences(session: Session, actor: Actor, post: Post, when: Callable[[datetime], str]) -> list[str]:
    """What happened to the post, oldest first, as sentences for somebody who may read it. `when` says an instant."""
    alone = actor.id == post.author_id or (post.private and may(Permission.READ, actor, post.facts()))
    entries = entries_of(session, post.ref)
    if not alone:
        entries = [entry for entry in _of_what_was_shared(post, entries) if not _is_of_the_hold(entry)]
    return [_sentence(session, entry, when) for entry in entries]


def _of_what_was_shared(post: Post, entries: list[RecordEntry]) -> list[RecordEntry]:
    """The entries without those about revisions that were taken back before anybody else could read them."""
    shared, behind = [], False
    for entry in entries:
        revision = _facts(entry).get("revision", 0)
        behind = behind or (entry.action == "revised" and revision > post.current)
        if entry.action == "withdrawn" or not (behind or revision > post.current):
            shared.append(entry)
    return shared


def _is_of_the_hold(entry: RecordEntry) -> bool:
    return entry.action in _OF_THE_HOLD or _facts(entry).get("mail") in _MAILS_OF_THE_HOLD


def _sentence(session: Session, entry: RecordEntry, when: Callable[[datetime], str]) -> str:
    facts = _facts(entry)
    did = _mailed(session, entry.action, facts) or _DID.get(entry.action, entry.action)
    for name in ("revision", "finding"):
        did = did.replace(f"{{{name}}}", str(facts.get(name, "")).strip() or "?")
    more = _MORE.get(entry.action, _nothing)(session, facts)
    return f"{when(datetime.fromisoformat(entry.at))}: {entry.actor} {did}{more}."


def _mailed(session: Session, action: str, facts: Mapping[str, Any]) -> str:
    if action not in ("mail sent", "mail refused"):
        return ""
    person = session.get(Person, facts.get("to"))
    did = _MAILED.get(str(facts.get("mail")), "sent {to} a mail").format(to=person.name if person else "somebody")
    return did if action == "mail sent" else f"could not reach {person.name if person else 'somebody'} by mail"


def _facts(entry: RecordEntry) -> dict[str, Any]:
    """What the entry says; nothing where it was erased by law."""
    said = json.loads(entry.payload) if entry.payload else {}
    return said if isinstance(said, dict) else {}


def _nothing(session: Session, facts: Mapping[str, Any]) -> str:
    del session, facts
    return ""


def _citing(session: Session, facts: Mapping[str, Any]) -> str:
    labels = [_label(session, facts, clause) for clause in facts.get("clauses", [])]
    return f", citing {_listed(labels)}" if labels else ""


def _label(session: Session, facts: Mapping[str, Any], clause_id: str) -> str:
    """How the clause was cited in the guide version of the time."""
    guide = guide_at(session, str(facts.get("guide", ""))) or guide_in_use(session)
    clause = guide.clause(clause_id)
    return clause.label if clause else clause_id


def _found(session: Session, facts: Mapping[str, Any]) -> str:
    counts: dict[str, int] = facts.get("findings", {})
    if not counts:
        return " and found nothing"
    parts = [
        ("words it could not check" if clause == "not-checked" else _label(session, facts, clause))
        + (f" ({count} times)" if count > 1 else "")
        for clause, count in counts.items()
    ]
    return f" and found {_listed(parts)}"


def _answer(session: Session, facts: Mapping[str, Any]) -> str:
    del session
    return f": {_ANSWERS.get(facts.get('answer', ''), facts.get('answer', ''))}"


def _on_channels(session: Session, facts: Mapping[str, Any]) -> str:
    channels = facts.get("channels") or ([facts["channel"]] if "channel" in facts else [])
    return f", on {_listed(list(channel_names(session, channels).values()))}" if channels else ""


def _dropped(session: Session, facts: Mapping[str, Any]) -> str:
    del session
    return ", which dropped the approval" if facts.get("dropped an approval") else ""


def _why(session: Session, facts: Mapping[str, Any]) -> str:
    del session
    return f", because: {str(facts['why']).rstrip('.')}" if facts.get("why") else ""


_MORE: dict[str, Callable[[Session, Mapping[str, Any]], str]] = {
    "approved": _citing,
    "changes asked": _citing,
    "rejected": _citing,
    "checked": _found,
    "answered": _answer,
    "revised": _dropped,
    "scheduled": _on_channels,
    "taken down": _why,
    "published by hand": _on_channels,
    "not published by hand": _on_channels,
    "left as it is": _on_channels,
    "settled as live": _on_channels,
    "settled as not live": _on_channels,
}


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
