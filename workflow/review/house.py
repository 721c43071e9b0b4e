"""The house checks of a post: what they have to know besides its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from workflow.checks.finding import Finding
from workflow.checks.house.agency_words import Entry, WordsFault, read_words
from workflow.checks.house.draft import Context, Recent
from workflow.checks.house.reader import check_house, unreadable_words
from workflow.guide.clauses import Guide
from workflow.models import Post
from workflow.review.outcomes import open_to_others
from workflow.settings import Settings
from workflow.states import APPROVED_STATES, State

LOOKS_BACK = timedelta(days=30)
#: Of all channels together; an agency that posts more in a month repeats itself on purpose.
MOST_RECENT = 300
_OF_THE_LIST = {"agency-words", "embargo", "mourning"}
_AHEAD = (State.APPROVED, State.SCHEDULED, State.PUBLISHING)


@dataclass(frozen=True, slots=True)
class OnChannels:
    """Where a post would go out and when, and what stands there already: recent posts by channel id."""

    channels: Sequence[str] = ()
    publish_at: datetime | None = None
    recent: Mapping[str, Sequence[Recent]] = field(default_factory=dict)


def on_channels(session: Session, post: Post) -> OnChannels:
    """Where the post's current revision would go out, with the recent posts there."""
    revision = post.revision
    return OnChannels(revision.channels, revision.publish_at, _recent(session, post))


def house_findings(
    settings: Settings, parts: Sequence[tuple[str, str]], where: OnChannels, guide: Guide
) -> list[tuple[str, Finding]]:
    """The house checks' findings in the parts of a post that would be published: pairs (part, finding).

    Needs no database. A list of words that cannot be read is a finding that a person has to take over.
    """
    words, fault = _agency_words(settings)
    now = datetime.now(UTC)
    out_at = max(where.publish_at or now, now)
    own = {part.partition(" ")[2] for part, _ in parts if part.startswith("text ")}
    found: list[tuple[str, Finding]] = []
    for part, text in parts:
        kind, _, name = part.partition(" ")
        channels = [] if kind != "text" else [name] if name else [one for one in where.channels if one not in own]
        recent = [one for channel in channels for one in where.recent.get(channel, ())]
        context = Context(out_at, settings.zone, words, recent)
        off, description = settings.house_checks_off, kind == "alt"
        found += [(part, one) for one in check_house(text, guide, context=context, off=off, description=description)]
        if fault and part == "text":
            found.append((part, unreadable_words(text, fault)))
    return found


def _agency_words(settings: Settings) -> tuple[Sequence[Entry], Exception | None]:
    if settings.agency_words is None or set(settings.house_checks_off) >= _OF_THE_LIST:
        return (), None
    try:
        return read_words(settings.agency_words.read_bytes()), None
    except (WordsFault, OSError) as fault:
        return (), fault


def _recent(session: Session, post: Post) -> dict[str, list[Recent]]:
    """By channel: what went out there in the last month, or will. Nothing of a post that was ever held."""
    since = datetime.now(UTC) - LOOKS_BACK
    ahead = sa.or_(Post.state_since >= since, Post.state.in_([state.value for state in _AHEAD]))
    query = (
        sa.select(Post)
        .where(Post.id != post.id, Post.state.in_([state.value for state in sorted(APPROVED_STATES)]), ahead)
        .where(open_to_others())
        .order_by(Post.state_since.desc())
        .limit(MOST_RECENT)
        .options(selectinload(Post.revisions))
    )
    recent: dict[str, list[Recent]] = {channel: [] for channel in post.revision.channels}
    for other in session.scalars(query):
        for channel in recent.keys() & set(other.revision.channels):
            ref = other.ref if _everybody_may_see(post, other) else ""
            recent[channel].append(Recent(other.revision.text_for(channel), ref))
    return recent


def _everybody_may_see(post: Post, other: Post) -> bool:
    """Whether all who read the post's findings may read the other post too.

    Its author, and whoever reviews or publishes on one of its channels (workflow.roles, READ).
    """
    return post.author_id == other.author_id and set(post.revision.channels) <= set(other.revision.channels)
