"""One post: what would be published, what the check found, what people may do with it, and what happened so far."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from workflow.guide.clauses import Guide
from workflow.models import Channel, FindingRow, Post, PublicationState, Revision
from workflow.publishing.plan import part_is_out
from workflow.publishing.register import publisher_for
from workflow.review.answer import NOT_CHECKED, answers_of, unanswered
from workflow.review.decide import is_late
from workflow.review.guide_in_use import guide_at, guide_in_use
from workflow.review.history import sentences
from workflow.review.mail import lies_in_a_mailbox
from workflow.review.parts import parts_of, published_parts_of, words_in_pictures
from workflow.review.proposal import Invalid, difference
from workflow.review.reading import channel_names, officers_for, readable, revisions_for
from workflow.roles import Actor, Permission, Role, has_not_written, may
from workflow.states import TRANSITIONS, Action, State
from workflow.web.context import actor, current
from workflow.web.display import when
from workflow.web.forms import Filled, filled
from workflow.web.passages import Shown, names_of_other_parts, shown_rows
from workflow.web.security import needs_on_post

post = Blueprint("post", __name__)

S, A, P = State, Action, Permission

# What the words of a post are called, by where it stands.
_WORDS_HEADING = {
    S.PUBLISHED: "What was published",
    S.TAKEN_DOWN: "What was published",
    S.PUBLISHING: "What is being published",
    S.UNCONFIRMED: "What was sent",
    S.REJECTED: "What was proposed",
    S.WITHDRAWN: "What was proposed",
    S.HELD: "What its author wrote",
}
LISTED = 100  # findings on one page

ANSWER_KINDS = (
    ("dismissed", "It does not apply", "The words are fine as they are."),
    ("consent", "The person has consented", "Say who, to what, and where that is kept."),
    ("public", "It is public already", "Give the address where it stands."),
    ("permission", "We have permission", "Say whose, and where that is kept."),
)
ANSWER_WORDS = {kind: words for kind, words, _ in ANSWER_KINDS} | {"taken over": "Read in full by a person"}


@post.get("/posts/<ref>")
@needs_on_post(Permission.READ)
def page(ref: str) -> ResponseReturnValue:
    """The post; for the author of a held one, the choice about it."""
    with current().database.reading() as session:
        found = readable(session, actor(), ref)
        if found is None:
            abort(404)
        return show(session, found)


@post.get("/posts/<ref>/revisions/<int:number>")
@needs_on_post(Permission.READ)
def revision(ref: str, number: int) -> ResponseReturnValue:
    """One revision as it was, with its difference to the one before."""
    with current().database.reading() as session:
        found = readable(session, actor(), ref)
        versions = revisions_for(actor(), found) if found else []
        wanted = next((row for row in versions if row.number == number), None)
        if found is None or wanted is None:
            abort(404)
        older = [row for row in versions if row.number < number]
        return render_template(
            "pages/post/revision.html",
            post=found,
            revision=wanted,
            erased=is_erased(found, wanted),
            older=older[-1] if older else None,
            changes=difference(older[-1], wanted) if older else [],
            channels=channels_of_page(session, wanted),
        )


def show(session: Session, found: Post, *forms: Filled) -> str:
    """The page of a post that the person may read. `forms` are those that came back with problems."""
    given = {form.name: form for form in forms}
    if found.state == S.HELD and actor().id == found.author_id:
        return _held_page(session, found, given)
    guide_of = partial(guide_at, session)
    findings = shown_rows(found.revision.findings, guide_of)
    answers = answers_part(session, found, given)
    listed = listed_findings(findings, set(answers["open_numbers"]), given)
    return render_template(
        "pages/post/page.html",
        post=found,
        revision=found.revision,
        erased=is_erased(found, found.revision),
        words_heading=_WORDS_HEADING.get(State(found.state), "What would be published"),
        other_parts=names_of_other_parts(len(found.revision.pictures)),
        findings=listed,
        findings_in_all=len(findings),
        channels=channels_of_page(session, found.revision),
        read_in_pictures=dict([*parts_of(found.revision), *words_in_pictures(found.revision)]),
        can=what_they_can(actor(), found),
        late=is_late(found),
        history=sentences(session, actor(), found, when),
        revisions=revisions_for(actor(), found),
        publications=[row for row in found.publications if row.revision_id == found.revision.id],
        unseen=unseen_characters("".join(text for _, text in published_parts_of(found.revision))),
        edit_url=_edit_url(found),
        clause_title=partial(clause_title, session),
        **answers,
        **decision_part(session, found, findings, given),
        **_outcome_part(found, given),
        forms=list(forms),
    )


def show_again(ref: str, form: Filled, invalid: Invalid) -> ResponseReturnValue:
    """The page of a post with what was typed into one of its forms, and what is wrong with it."""
    with current().database.reading() as session:
        return show(session, readable(session, actor(), ref) or abort(404), form.with_problems(invalid)), 422


def _held_page(session: Session, found: Post, given: Mapping[str, Filled]) -> str:
    return render_template(
        "pages/post/held.html",
        post=found,
        revision=found.revision,
        channels=channels_of_page(session, found.revision),
        officers=[person.name for person in officers_for(session, found)],
        in_mailbox=lies_in_a_mailbox(session, found),
        earlier_stays=any(found.has_shared(row) for row in found.revisions),
        routes=[line.strip() for line in current().settings.whistleblowing_routes.splitlines() if line.strip()],
        withdraw_form=given.get("hold-withdraw") or filled("hold-withdraw"),
        officer_form=given.get("hold-officer") or filled("hold-officer"),
        release_form=given.get("hold-release") or filled("hold-release"),
        forms=list(given.values()),
    )


@dataclass(frozen=True, slots=True)
class OnChannel:
    """The post as one channel would have it."""

    id: str
    name: str
    text: str
    own_text: bool
    count: int
    limit: int | None


def channels_of_page(session: Session, row: Revision) -> list[OnChannel]:
    """The revision's channels with their own texts, and the length as each network counts it."""
    names = channel_names(session, row.channels)
    shown = []
    for id_ in row.channels:
        channel = session.get(Channel, id_)
        publisher = publisher_for(channel.network) if channel else None
        text = row.text_for(id_)
        shown.append(
            OnChannel(
                id=id_,
                name=names[id_],
                text=text,
                own_text=id_ in row.texts,
                count=publisher.count(text) if publisher else len(text),
                limit=publisher.limit if publisher else None,
            )
        )
    return shown


def what_they_can(person: Actor, found: Post) -> dict[str, bool]:
    """What the person may do with the post as it stands: permission and state both asked."""
    facts, state = found.facts(), State(found.state)

    def can(action: Action) -> bool:
        transition = TRANSITIONS.get((state, action))
        return transition is not None and may(transition.needs, person, facts)

    out = part_is_out(found)
    open_to_answers = state in (S.IN_REVIEW, S.CHANGES_ASKED) and may(P.ANSWER, person, facts)
    return {
        "decide": can(A.APPROVE),
        "wrote": not has_not_written(person, facts),
        "review": person.has(Role.REVIEWER),
        "answer": open_to_answers,
        "answer_for_others": open_to_answers and has_not_written(person, facts),
        "revise": can(A.REVISE) and not out,
        "withdraw": can(A.WITHDRAW) and not out,
        "publish_now": can(A.SCHEDULE_NOW),
        "try_again": can(A.TRY_AGAIN),
        "leave": can(A.LEAVE) and out,
        "take_down": can(A.TAKE_DOWN),
        "publish": may(P.PUBLISH, person, facts),
    }


def listed_findings(findings: list[Shown], unanswered_numbers: set[int], given: Mapping[str, Filled]) -> list[Shown]:
    """What a page can bear: at most LISTED findings, the unanswered first; the others come as these are answered."""
    if len(findings) <= LISTED:
        return findings
    first = sorted(
        findings, key=lambda one: (f"answer-{one.number}" not in given, one.number not in unanswered_numbers)
    )
    return sorted(first[:LISTED], key=lambda one: one.number)


def answers_part(session: Session, found: Post, given: Mapping[str, Filled]) -> dict[str, Any]:
    """The answers given to the findings, which are still open, and the form of each."""
    rows = found.revision.findings
    answers = answers_of(session, found)
    return {
        "answers": {row.number: answers[row.key] for row in rows if row.key in answers},
        "open_numbers": [row.number for row in unanswered(session, found.revision)],
        "answer_forms": {row.number: answer_form(row, given) for row in rows},
        "answer_kinds": [{"value": kind, "text": words, "hint": hint} for kind, words, hint in ANSWER_KINDS],
        "answer_words": ANSWER_WORDS,
    }


def answer_form(row: FindingRow, given: Mapping[str, Filled]) -> Filled:
    """The form that answers a finding."""
    name = f"answer-{row.number}"
    return given.get(name) or filled(name)


def decision_part(
    session: Session, found: Post, findings: Iterable[Shown], given: Mapping[str, Filled]
) -> dict[str, Any]:
    """The decision form and the clauses it can cite: those that were found first."""
    guide = guide_in_use(session)
    wanted = [one.clause_id for one in findings if one.clause_id != NOT_CHECKED]
    form = given.get("decision") or filled("decision")
    return {
        "decision_form": form,
        "found_clauses": _clauses(guide, wanted, found=True),
        "other_clauses": _clauses(guide, wanted, found=False),
        "seen_digest": form.value("digest") or found.digest,
        "will_do": what_approving_does(session, found),
    }


def _clauses(guide: Guide, wanted: list[str], *, found: bool) -> list[dict[str, str]]:
    return [
        {"id": clause.id, "label": clause.label, "text": f"{clause.label}: {clause.name}"}
        for clause in guide.clauses
        if (clause.id in wanted) is found
    ]


def clause_title(session: Session, version: str, clause_id: str) -> str:
    """A clause as it was called in that version of the guide."""
    guide = guide_at(session, version)
    clause = guide.clause(clause_id) if guide else None
    return f"{clause.label}: {clause.name}" if clause else clause_id


def what_approving_does(session: Session, found: Post) -> str:
    """What follows from an approval, for the words beside the choice."""
    names = list(channel_names(session, found.revision.channels).values())
    where = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} other{'s' if len(names) > 2 else ''}"
    if is_late(found):
        return "its time has passed, so nothing goes out until somebody chooses “now” or a new time"
    if found.revision.publish_at is None:
        return f"publishes at once on {where}"
    return f"publishes {when(found.revision.publish_at)} on {where}"


def _outcome_part(found: Post, given: Mapping[str, Filled]) -> dict[str, Any]:
    unsure = [row for row in found.publications if row.state == PublicationState.UNCONFIRMED]
    return {
        "settle_forms": {row.id: given.get(f"settle-{row.id}") or filled(f"settle-{row.id}") for row in unsure},
        "withdraw_form": given.get("withdraw") or filled("withdraw"),
        "delete_form": given.get("delete") or filled("delete"),
        "taken_down_form": given.get("taken-down") or filled("taken-down"),
    }


def is_erased(found: Post, row: Revision) -> bool:
    """Whether the post was withdrawn and what stood in this revision deleted."""
    return found.state == S.WITHDRAWN and not (row.text or row.texts or row.pictures or found.has_shared(row))


def unseen_characters(text: str) -> list[str]:
    """Characters that nobody can see but that change how a text is read, by name; with how often."""
    found = Counter(char for char in text if unicodedata.category(char) in ("Cf", "Co", "Cn") and char not in _IN_EMOJI)
    return [
        f"{unicodedata.name(char, 'no name').lower()} (U+{ord(char):04X})" + (f", {count} times" if count > 1 else "")
        for char, count in found.items()
    ]


# Zero-width joiner and the tags of flags: part of many emoji.
_IN_EMOJI = frozenset({"\u200d", *map(chr, range(0xE0020, 0xE0080))})


def _edit_url(found: Post) -> str:
    """Where its words are changed."""
    return url_for("propose.edit", ref=found.ref)
