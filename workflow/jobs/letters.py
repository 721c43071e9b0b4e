"""What our mails say: one function a mail gives the facts, three templates say them (`templates/emails/NAME/`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from workflow.checks.finding import band
from workflow.guide.clauses import Guide
from workflow.models import Decision, IncomingMail, Person, Post, Publication, Revision
from workflow.review.answer import unanswered
from workflow.review.guide_in_use import guide_at
from workflow.review.proposal import channels_of
from workflow.services import Services
from workflow.settings import Settings
from workflow.states import State

TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is composed."""

    subject: str
    text: str
    html: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


Facts = dict[str, Any]
_LETTERS: dict[str, Callable[[Services, Session, dict[str, Any]], Facts | None]] = {}


def _letter(name: str) -> Callable[[Callable[..., Facts | None]], Callable[..., Facts | None]]:
    def keep(facts_of: Callable[..., Facts | None]) -> Callable[..., Facts | None]:
        _LETTERS[name] = facts_of
        return facts_of

    return keep


def letter_for(services: Services, session: Session, args: dict[str, Any], person: Person) -> Letter | None:
    """The letter called `args["name"]` for that person; None where there is nothing to tell any more."""
    if not person.active:
        return None
    facts = _LETTERS[args["name"]](services, session, args)
    if facts is None:
        return None
    settings = services.settings
    facts |= {"person": person, "agency": settings.agency_name, "settings": settings, "home": settings.public_url}
    folder = f"emails/{args['name']}"
    environment = _environment()
    reply_to = facts.get("in_reply_to", "")
    return Letter(
        subject=" ".join(environment.get_template(f"{folder}/subject.txt").render(facts).split()),
        text=environment.get_template(f"{folder}/body.txt").render(facts).strip() + "\n",
        html=environment.get_template(f"{folder}/body.html").render(facts),
        in_reply_to=reply_to,
        references=(reply_to,) if reply_to else (),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def when(moment: datetime | None, settings: Settings) -> str:
    """A time as people say it, in the agency's zone: "Tuesday 24 November 2026, 9:05am"."""
    if moment is None:
        return "as soon as it is approved"
    local = moment.astimezone(settings.zone)
    hour = local.hour % 12 or 12
    return f"{local:%A} {local.day} {local:%B %Y}, {hour}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def _of_post(services: Services, session: Session, post: Post, revision: Revision) -> Facts:
    settings = services.settings
    guide = guide_at(session, revision.guide_version) if revision.guide_version else None
    channels, _ = channels_of(session, revision.channels)
    texts = [(channel.name, revision.text_for(channel.id)) for channel in channels if channel.id in revision.texts]
    return {
        "post": post,
        "revision": revision,
        "url": f"{settings.public_url}/posts/{post.ref}",
        "guide_url": f"{settings.public_url}/guide/{revision.guide_version or ''}",
        "channels": [channel.name for channel in channels],
        "texts": texts,
        "when": when(revision.publish_at, settings),
        "findings": [_of_finding(row, guide) for row in revision.findings],
        "to_answer": [row.number for row in unanswered(session, revision)],
    }


def _of_finding(row: Any, guide: Guide | None) -> Facts:
    clause = next((c for c in guide.clauses if c.id == row.clause_id), None) if guide else None
    return {"row": row, "clause": clause, "band": band(row.score)}


@_letter("review_asked")
def _review_asked(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.IN_REVIEW or post.revision.id != args["revision_id"]:
        return None
    return _of_post(services, session, post, post.revision)


@_letter("draft_received")
def _draft_received(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.hidden or post.state == State.HELD:
        return None
    revision = session.get_one(Revision, args["revision_id"])
    facts = _of_post(services, session, post, revision)
    mail = session.get_one(IncomingMail, revision.incoming_mail_id)
    facts |= {"in_reply_to": mail.message_id, "mail_subject": mail.subject, "understood": mail.understood or {}}
    return facts


@_letter("held")
def _held(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.HELD:
        return None
    url = f"{services.settings.public_url}/posts/{post.ref}"
    return {"ref": post.ref, "url": url, "routes": services.settings.whistleblowing_routes.splitlines()}


@_letter("officer_asked")
def _officer_asked(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.sent_to_officer_at is None or post.hidden:
        return None
    return {"ref": post.ref, "url": f"{services.settings.public_url}/posts/{post.ref}"}


@_letter("decision")
def _decision(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    decision = session.get_one(Decision, args["decision_id"])
    facts = _of_post(services, session, decision.post, decision.revision)
    guide = guide_at(session, decision.guide_version)
    cited = [(guide.clause(row.clause_id), row.note) for row in decision.clauses] if guide else []
    guide_url = f"{services.settings.public_url}/guide/{decision.guide_version}"
    late = decision.revision.publish_at is not None and decision.revision.publish_at < datetime.now(UTC)
    mail_id = decision.revision.incoming_mail_id
    mail = session.get(IncomingMail, mail_id) if mail_id is not None else None
    return facts | {
        "decision": decision,
        "cited": cited,
        "guide_url": guide_url,
        "late": late,
        "in_reply_to": mail.message_id if mail else "",
    }


@_letter("publication")
@_letter("publisher_asked")
def _publication(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    publication = session.get_one(Publication, args["publication_id"])
    facts = _of_post(services, session, publication.post, publication.revision)
    published = when(publication.published_at, services.settings) if publication.published_at else ""
    by_hand = f"{facts['url']}/by-hand/{publication.channel_id}"
    return facts | {"publication": publication, "published": published, "by_hand_url": by_hand}


@_letter("not_taken")
def _not_taken(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    mail = session.get_one(IncomingMail, args["incoming_mail_id"])
    # Names the subject the sender wrote, nothing else of the mail.
    return {"reason": mail.reason, "mail_subject": mail.subject, "in_reply_to": mail.message_id}


@_letter("draft_unfinished")
def _draft_unfinished(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.DRAFT:
        return None
    facts = _of_post(services, session, post, post.revision)
    mail = session.get_one(IncomingMail, post.revision.incoming_mail_id)
    facts |= {
        "in_reply_to": mail.message_id,
        "mail_subject": mail.subject,
        "understood": mail.understood or {},
        "problems": args["problems"],
    }
    return facts


@_letter("anchor")
def _anchor(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    return {"anchor": args["anchor"], "size": args["size"]}
