"""The form in which a post is proposed or changed: from what was typed to a proposal, from a revision to the form.

Field names: text, own-text-<channel>, channels, when ("approval" or "time"), publish_at-*, publish_at-which, note,
digest; for each picture `picture-N` (its signed token), `picture-N-alt`, `picture-N-decorative`; new files in
`pictures`. Buttons: `do` (send, save, check, add) and `remove` (a picture's number).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from werkzeug.datastructures import MultiDict

from workflow.models import Channel
from workflow.publishing.base import Publisher
from workflow.publishing.register import publisher_for
from workflow.review.proposal import Problem, Proposal
from workflow.review.wall_time import instants, on_the_wall, said_clock
from workflow.review.words import BROKEN, tidied, with_broken_shown
from workflow.web.context import current
from workflow.web.forms.filled import Filled
from workflow.web.forms.uploads import Uploaded, carried_over, take_uploads, token_of

OWN = "own-text-"
AT_ONCE, AT_A_TIME = "approval", "time"
_GONE = "A picture could not be taken over: it is too old, or not yours. Add it again."
_NOT_OFFERED = "One of the channels is not in use any more, or you may not propose for it. Choose another one."
_ORDER = ("text", "channels", OWN, "publish_at", "picture-", "pictures", "note", "")
_YEARS = range(2000, 2200)
_TOKEN_FIELD = re.compile(r"picture-([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Offered:
    """A channel that can be chosen."""

    id: str
    name: str
    network: str
    handle: str


def offered(channels: Iterable[Channel]) -> list[Offered]:
    """The channels, for use after their session."""
    return [Offered(one.id, one.name, one.network, one.handle) for one in channels]


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form: as a proposal, and ready to be shown again. `problems` are those the form sees."""

    form: Filled
    proposal: Proposal
    pictures: tuple[Uploaded, ...]
    problems: tuple[Problem, ...]
    twice: tuple[datetime, ...] = ()  # the two instants of a time that comes twice

    def problems_with(self, more: Iterable[Problem]) -> list[Problem]:
        """The form's own problems, and those of the use case in fields where the form has none."""
        fields = {problem.field for problem in self.problems}
        return [*self.problems, *(problem for problem in more if problem.field not in fields)]


def read(form: Filled, channels: Sequence[Offered], base: Proposal | None = None) -> Typed:
    """What was typed. Uploads are stored at once; `base` is the revision that is being changed."""
    settings = current().settings
    base = base or Proposal(text="", language=settings.language)
    values = MultiDict(form.values)
    removed = values.pop("remove", "")
    problems = _words(values)
    pictures, picture_problems = _pictures(values, removed)
    shown = replace(form, values=values)
    chosen = list(dict.fromkeys(shown.all("channels")))
    known = {channel.id: channel for channel in channels}
    if set(chosen) - set(known):
        problems.append(Problem("channels", _NOT_OFFERED))
    publish_at, wall, twice, time_problem = _publish_at(shown)
    proposal = replace(
        base,
        text=shown.value("text"),
        channels=tuple(id_ for id_ in chosen if id_ in known),
        texts=_own_texts(shown, channels),
        pictures=tuple(uploaded.picture for uploaded in pictures),
        publish_at=publish_at,
        publish_wall=wall,
        publish_zone=settings.time_zone,
        note=shown.value("note"),
    )
    problems += [*picture_problems, *([time_problem] if time_problem else [])]
    return Typed(shown, proposal, tuple(pictures), tuple(problems), tuple(twice))


def for_words_without_channel(typed: Typed, channels: Sequence[Offered]) -> list[Problem]:
    """Own words for a channel that is not ticked would be lost in silence; so the person is asked."""
    return [
        Problem(OWN + channel.id, f"Choose {channel.name} above, or remove its own words.")
        for channel in channels
        if channel.id in typed.proposal.texts and channel.id not in typed.proposal.channels
    ]


def in_page_order(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in the order of their fields on the page: the first link leads to the first of them."""
    return sorted(
        problems, key=lambda problem: next(at for at, part in enumerate(_ORDER) if problem.field.startswith(part))
    )


def initial(proposal: Proposal | None, channels: Sequence[Offered], digest: str = "") -> dict[str, str | list[str]]:
    """The fields of a form that nobody has filled yet."""
    if proposal is None:
        return {"channels": [channels[0].id] if len(channels) == 1 else [], "when": AT_ONCE}
    values: dict[str, str | list[str]] = {
        "digest": digest,
        "text": proposal.text,
        "channels": list(proposal.channels),
        "note": proposal.note,
        "when": AT_A_TIME if proposal.publish_at else AT_ONCE,
    }
    values |= {OWN + channel: str(text) for channel, text in proposal.texts.items()}
    if proposal.publish_at:
        values |= _time_fields(proposal.publish_at)
    for number, picture in enumerate(proposal.pictures, 1):
        values[f"picture-{number}"] = token_of(picture)
        values[f"picture-{number}-alt"] = picture.alt_text
        values[f"picture-{number}-decorative"] = picture.decorative_because
    return values


def _time_fields(moment: datetime) -> dict[str, str]:
    zone = current().settings.zone
    wall = on_the_wall(moment, zone)
    day, _, time = wall.partition("T")
    parts = zip(("year", "month", "day"), day.split("-"), strict=True)
    fields = {f"publish_at-{part}": value.removeprefix("0") for part, value in parts}
    hour, _, minute = time.partition(":")
    fields["publish_at-time"] = said_clock(int(hour), int(minute))
    both = instants(wall, zone)
    if len(both) == 2:
        fields["publish_at-which"] = "first" if moment.replace(second=0, microsecond=0) == both[0] else "second"
    return fields


def _words(values: MultiDict[str, str]) -> list[Problem]:
    """Tidies every text of the form, and says where a character in it is broken."""
    problems = []
    for name in list(values):
        of_a_picture = name.startswith("picture-") and name.endswith(("-alt", "-decorative"))
        if name not in ("text", "note") and not name.startswith(OWN) and not of_a_picture:
            continue
        text = with_broken_shown(tidied(values[name]))
        values[name] = text.strip() if of_a_picture else text
        at = values[name].find(BROKEN)
        if at >= 0:
            message = f"Character {at + 1} is broken or cannot be seen; it is shown as {BROKEN}. Remove it."
            problems.append(Problem(name, message))
    return problems


def _own_texts(form: Filled, channels: Sequence[Offered]) -> dict[str, str]:
    own = {channel.id: form.value(OWN + channel.id) for channel in channels}
    return {id_: text for id_, text in own.items() if text.strip() and text != form.value("text")}


def _pictures(values: MultiDict[str, str], removed: str) -> tuple[list[Uploaded], list[Problem]]:
    """The pictures of the form, new ones behind the others; `values` then names them by their new places."""
    numbers = sorted(int(found[1]) for found in map(_TOKEN_FIELD.fullmatch, values) if found)
    given = [[values.pop(f"picture-{number}{end}", "") for end in ("", "-alt", "-decorative")] for number in numbers]
    kept = [fields for number, fields in zip(numbers, given, strict=True) if str(number) != removed]
    old, some_gone = carried_over([token for token, *_ in kept])
    problems = [Problem("pictures", _GONE)] if some_gone else []
    pictures: list[Uploaded] = []
    for uploaded, (_, alt, decorative) in zip(old, kept, strict=True):
        if uploaded is not None:
            described = replace(uploaded.picture, alt_text=alt, decorative_because=decorative)
            pictures.append(replace(uploaded, picture=described))
    new, refused = take_uploads("pictures", len(pictures))
    pictures += new
    for number, uploaded in enumerate(pictures, 1):
        values[f"picture-{number}"] = uploaded.token
        values[f"picture-{number}-alt"] = uploaded.picture.alt_text
        values[f"picture-{number}-decorative"] = uploaded.picture.decorative_because
    return pictures, problems + refused


def _publish_at(form: Filled) -> tuple[datetime | None, str, list[datetime], Problem | None]:
    """(instant, wall time, both instants where the time comes twice, problem)."""
    if form.value("when") != AT_A_TIME:
        return None, "", [], None
    wall, problem = form.wall_time("publish_at")
    if problem:
        return None, "", [], problem
    if not wall:
        message = "Enter the date and the time to publish, or choose “as soon as it is approved”."
        return None, "", [], Problem("publish_at", message)
    if int(wall.partition("-")[0]) not in _YEARS:
        return None, "", [], Problem("publish_at", "Enter the year with four digits, for example 2026.")
    found = instants(wall, current().settings.zone)
    if not found:
        message = "This time does not exist: the clocks go forward over it. Enter a time before or after."
        return None, "", [], Problem("publish_at", message)
    if len(found) == 1:
        return found[0], wall, [], None
    which = form.value("publish_at-which")
    if which not in ("first", "second"):
        message = "The clocks go back that night, so this time comes twice. Choose which one you mean."
        return None, "", found, Problem("publish_at-which", message)
    return found[which == "second"], wall, found, None


@dataclass(frozen=True, slots=True)
class Count:
    """How long a text is for one network, in the network's own counting."""

    network: str
    limit: int | None
    text: str
    over: bool
    unit: str  # what counts.js counts; empty where only the network's adapter can


def counts(text: str, networks: Iterable[str]) -> list[Count]:
    """The length of `text` for each network that limits it; for all of them where none does."""
    adapters = [publisher_for(network) for network in dict.fromkeys(networks)]
    return [_count(adapter, text) for adapter in [one for one in adapters if one.limit] or adapters[:1]]


def _count(adapter: Publisher, text: str) -> Count:
    length = adapter.count(text)
    over = length - adapter.limit if adapter.limit else 0
    said = f"{length:,} of {adapter.limit:,} characters" if adapter.limit else f"{length:,} characters"
    by_people = type(adapter).count is Publisher.count
    return Count(
        adapter.name,
        adapter.limit,
        f"{said}, {over:,} too many" if over > 0 else said,
        over > 0,
        "graphemes" if by_people else "",
    )
