"""What our mails say: one function a mail gives the facts, three templates say them (`templates/emails/NAME/`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from workflow.checks.finding import band
from workflow.guide.clauses import Guide
from workflow.models import Decision, IncomingMail, OutgoingMail, Person, Post, Publication, Revision
from workflow.review.answer import unanswered
from workflow.review.decide import GRACE
from workflow.review.guide_in_use import guide_at
from workflow.review.mail import lies_in_a_mailbox
from workflow.review.proposal import channels_of
from workflow.review.wall_time import said
from workflow.services import Services
from workflow.settings import Settings
from workflow.states import State

TEMPLATES = Path(__file__).parents[2] / "templates"
ANSWERS = ("draft_received", "draft_unfinished", "not_taken")
# Within an hour to one person: breaks a loop with a machine that no header shows.
MAX_ANSWERS = 30
MAX_NOT_TAKEN = 6
SHOWN_OF_A_DRAFT = 2_000
_TYPED = "\0"  # stands for a line break that somebody typed; no stored text has it


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
    if not person.active or _told_enough(session, args["name"], person):
        return None
    facts = _LETTERS[args["name"]](services, session, args)
    if facts is None:
        return None
    settings = services.settings
    facts |= {"person": person, "agency": settings.agency_name, "settings": settings, "home": settings.public_url}
    # Some staff only ever email: their letters ask for nothing that needs a sign-in, or say who gives one.
    facts["signs_in"] = bool(person.password_hash)
    facts["ask"] = settings.guide_contact or f"whoever looks after Teabreak at {settings.agency_name}"
    folder = f"emails/{args['name']}"
    environment = _environment()
    reply_to = facts.get("in_reply_to", "")
    return Letter(
        subject=" ".join(environment.get_template(f"{folder}/subject.txt").render(facts).split()),
        text=_in_order(environment.get_template(f"{folder}/body.txt").render(facts)),
        html=environment.get_template(f"{folder}/body.html").render(facts),
        in_reply_to=reply_to,
        references=(reply_to,) if reply_to else (),
    )


def _told_enough(session: Session, name: str, person: Person) -> bool:
    if name not in ANSWERS:
        return False
    since = datetime.now(UTC) - timedelta(hours=1)
    names = session.scalars(
        sa.select(OutgoingMail.name).where(
            OutgoingMail.person_id == person.id, OutgoingMail.created_at > since, OutgoingMail.name.in_(ANSWERS)
        )
    ).all()
    return len(names) >= MAX_ANSWERS or (name == "not_taken" and names.count(name) >= MAX_NOT_TAKEN)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typed"] = lambda text: text.replace("\n", _TYPED)
    return environment


def _in_order(text: str) -> str:
    """A plain text with one blank line at most between its parts; what people typed keeps all of its own."""
    return re.sub(r"\n{3,}", "\n\n", text).strip().replace(_TYPED, "\n") + "\n"


def when(moment: datetime | None, settings: Settings) -> str:
    """A time as people say it, in the agency's zone: "Tuesday 24 November 2026, 9:05am"."""
    if moment is None:
        return "as soon as it is approved"
    return said(moment.astimezone(settings.zone))


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
        "findings": _of_findings(revision, guide),
        "to_answer": [row.number for row in unanswered(session, revision)],
    }


def _of_findings(revision: Revision, guide: Guide | None) -> list[Facts]:
    found, clauses = [], set()
    for row in revision.findings:
        clause = next((c for c in guide.clauses if c.id == row.clause_id), None) if guide else None
        # What the check says mostly quotes the passage already, and the clause's words are said once.
        passage = "" if clause is None or row.passage.strip() in row.why else row.passage
        first = clause is not None and clause.id not in clauses
        clauses.add(row.clause_id)
        found.append(
            {"row": row, "clause": clause, "band": band(row.score), "passage": passage, "first_of_clause": first}
        )
    return found


@_letter("review_asked")
def _review_asked(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.IN_REVIEW or post.revision.id != args["revision_id"]:
        return None
    return _of_post(services, session, post, post.revision)


@_letter("draft_received")
def _draft_received(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    revision = session.get_one(Revision, args["revision_id"])
    if not post.has_shared(revision):
        return None
    facts = _of_post(services, session, post, revision)
    return facts | _of_mail(session.get_one(IncomingMail, revision.incoming_mail_id))


def _of_mail(mail: IncomingMail) -> Facts:
    """What an answer says of the mail; where that may raise a concern, nothing of its words."""
    understood = dict(mail.understood or {})
    quiet = bool(understood.get("quiet"))
    if quiet:
        understood["removed"], understood["refused"] = "", []  # the names of files are words of the mail too
    return {
        "in_reply_to": mail.message_id,
        "mail_subject": "" if quiet else mail.subject,
        "understood": understood,
        "quiet": quiet,
    }


@_letter("held")
def _held(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.HELD:
        return None
    url = f"{services.settings.public_url}/posts/{post.ref}"
    return {
        "ref": post.ref,
        "url": url,
        "routes": services.settings.whistleblowing_routes.splitlines(),
        "in_mailbox": lies_in_a_mailbox(session, post),
    }


@_letter("officer_asked")
def _officer_asked(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.HELD or post.sent_to_officer_at is None or post.revision.id != args["revision_id"]:
        return None
    return {"ref": post.ref, "url": f"{services.settings.public_url}/posts/{post.ref}"}


@_letter("decision")
def _decision(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    decision = session.get_one(Decision, args["decision_id"])
    facts = _of_post(services, session, decision.post, decision.revision)
    guide = guide_at(session, decision.guide_version)
    cited = [(guide.clause(row.clause_id), row.note) for row in decision.clauses] if guide else []
    guide_url = f"{services.settings.public_url}/guide/{decision.guide_version}"
    late = decision.revision.publish_at is not None and decision.revision.publish_at < decision.at - GRACE
    mail_id = decision.revision.incoming_mail_id
    mail = session.get(IncomingMail, mail_id) if mail_id is not None else None
    return facts | {
        "decision": decision,
        "cited": cited,
        "goes_out": _goes_out(decision.revision, late, services.settings),
        "guide_url": guide_url,
        "late": late,
        "in_reply_to": mail.message_id if mail else "",
    }


def _goes_out(revision: Revision, late: bool, settings: Settings) -> str:
    if late:
        return (
            "Its time to publish had passed, so it waits until somebody chooses on its page whether it goes out now, "
            "at a new time, or not at all."
        )
    return f"It goes out on {when(revision.publish_at, settings)}." if revision.publish_at else "It goes out now."


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
    return {"reason": mail.reason} | _of_mail(mail)


@_letter("draft_unfinished")
def _draft_unfinished(services: Services, session: Session, args: dict[str, Any]) -> Facts | None:
    post = session.get_one(Post, args["post_id"])
    if post.state != State.DRAFT:
        return None
    facts = _of_post(services, session, post, post.revision)
    facts |= _of_mail(session.get_one(IncomingMail, post.revision.incoming_mail_id))
    problems = facts["understood"].get("unfinished", [])
    return facts | {"problems": problems, "shown": post.revision.text[:SHOWN_OF_A_DRAFT]}


@_letter("anchor")
def _anchor(services: Services, session: Session, args: dict[str, Any]) -> Facts:
    return {"anchor": args["anchor"], "size": args["size"]}
