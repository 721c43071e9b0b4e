"""What the check has learned here: counts for each clause, and the rules that are mostly dismissed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from workflow.checks.calibration import ENOUGH
from workflow.review.learned import NOISY_ANSWERS, NOISY_SHARE, what_was_learned
from workflow.roles import Permission
from workflow.web.context import actor, current
from workflow.web.security import needs

learned = Blueprint("learned", __name__)

# By the source of findings: what the reader is called, and what can be done where it is mostly wrong.
_PHRASES_OF_OURS = (
    "Take the phrase out of your own list, or write what excuses it. Try the changed list first: "
    "teabreak guide backtest FILE."
)
_GUESSES = (
    "From {enough} answers on, its findings count as less sure by themselves, so keep answering. If they still get in "
    "the way, tell the makers of Teabreak which words they mark."
)
_READERS: dict[str, tuple[str, str]] = {
    "identifiers": (
        "the rules for numbers, addresses and ages",
        "Put the contacts and office-holders that are public on the allow-list: teabreak allow-list import.",
    ),
    "phrases": ("the phrase lists that come with Teabreak", _GUESSES),
    "agency-phrases": ("your own phrase lists", _PHRASES_OF_OURS),
    "model": ("the trained model", _GUESSES),
    "language-model": ("your own language model", "Take the clause out of what it is asked for, or use another model."),
    "picture-file": ("what picture files say of themselves", "Put your own name and agency into public_contacts."),
    "picture-people": ("the look for people in pictures", "Answer with the consent where there is one."),
    "picture-description": ("the look at descriptions of pictures", "Nothing has to be answered there."),
}


def _reader(source: str) -> tuple[str, str]:
    if source.startswith("house:"):
        return f"the house check “{source.removeprefix('house:')}”", "Switch it off in the settings (house_checks_off)."
    unknown = f"the reader “{source}”", "Ask whoever looks after Teabreak to mend this reader, or to take it out."
    name, what_to_do = _READERS.get(source, unknown)
    return name, what_to_do.format(enough=ENOUGH)


@learned.get("/guide/learned")
@needs(Permission.READ_LEARNED)
def page() -> ResponseReturnValue:
    """The counts of the last year. Nobody is named, and nothing is counted of posts that were held."""
    services = current()
    with services.database.reading() as session:
        shown = what_was_learned(session, actor(), services.settings.zone)
    return render_template(
        "pages/learned/page.html",
        learned=shown,
        reader=_reader,
        enough=ENOUGH,
        noisy_answers=NOISY_ANSWERS,
        noisy_share=round(NOISY_SHARE * 100),
        current_section="guide",
    )
