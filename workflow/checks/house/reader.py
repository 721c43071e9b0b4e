"""Runs the house checks over a text. Their findings are advice: they need no answer, and hold nothing up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

from workflow.checks.finding import NOT_CHECKED, Finding, key_of
from workflow.checks.house.draft import JUDGEMENT, Context, Draft, Remark
from workflow.checks.house.table import HOUSE_CHECKS, SOURCE, HouseCheck
from workflow.checks.register import LONGEST_TEXT
from workflow.checks.view import View
from workflow.guide.clauses import Guide
from workflow.guide.loader import built_in

#: Of one check in one text; more of the same help nobody.
MOST: Final = 5
#: A matter of taste is never "likely" a breach.
SCORE: Final = 0.5


def check_house(
    text: str,
    guide: Guide | None = None,
    *,
    context: Context | None = None,
    off: Collection[str] = (),
    description: bool = False,
) -> list[Finding]:
    """The house checks' findings of `text`, ordered by place; their level is always `advise`.

    `off`: ids of checks that the agency has switched off. `description`: the text describes a picture. A text that is
    longer than the check reads gives nothing here: check_text says that it was not checked.
    """
    if len(text) > LONGEST_TEXT:
        return []
    guide = guide or built_in()
    draft = Draft(text, View(text), context or Context())
    found: list[Finding] = []
    for check in HOUSE_CHECKS:
        if check.id not in off and (check.descriptions or not description):
            found += _findings(check, draft, guide)
    return sorted(found, key=lambda one: (one.start, one.end, one.source))


def unreadable_words(text: str, fault: Exception) -> Finding:
    """The finding that says that the agency's list could not be read, so that its dates were not looked at."""
    why = f"The agency's list of words and dates could not be used, so nothing was checked against it. {fault}"
    fix = "Ask whoever looks after Teabreak to mend it. Until then, look for embargoes and dates yourself."
    key = key_of(f"{NOT_CHECKED} {SOURCE}agency-words", text)
    return Finding(NOT_CHECKED, 0, len(text), "block", 1.0, f"{SOURCE}agency-words", why, fix, key=key)


def _findings(check: HouseCheck, draft: Draft, guide: Guide) -> Iterable[Finding]:
    try:
        remarks = list(islice(check.find(draft), MOST))
    except Exception as fault:  # told to a person; one check's fault stops no other
        name = f"{SOURCE}{check.id}"
        why = f"The house check “{check.name}” failed ({type(fault).__name__}), so its share of the check is missing."
        fix = f"Read the text for this yourself: {check.looks_for}. Tell whoever looks after Teabreak."
        key = key_of(f"{NOT_CHECKED} {name}", draft.text)
        return [Finding(NOT_CHECKED, 0, len(draft.text), "block", 1.0, name, why, fix, key=key)]
    return [_finding(check, remark, draft, guide) for remark in remarks]


def _finding(check: HouseCheck, remark: Remark, draft: Draft, guide: Guide) -> Finding:
    source = SOURCE + check.id
    # An agency's list may name a clause that a later guide leaves out.
    clause = remark.clause if guide.clause(remark.clause) or built_in().clause(remark.clause) else JUDGEMENT
    # Two checks may mark the same words: an answer to one is none to the other.
    key = key_of(f"{clause} {source}", draft.text[remark.start : remark.end])
    return Finding(clause, remark.start, remark.end, "advise", SCORE, source, remark.why, remark.fix, key=key)
