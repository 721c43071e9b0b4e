"""The part of a check that asks the agency's own language model. Off unless the settings name one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from workflow.checks.finding import NOT_CHECKED, Finding
from workflow.checks.in_time import ReaderFault
from workflow.checks.language_model import Hosted, LanguageModel, added, may_be_sent, not_read
from workflow.guide.clauses import CHECKED, Guide
from workflow.settings import LanguageModel as Setting
from workflow.settings import Settings

_AFTER_A_FAULT = "was not asked: it had failed at another part of this post"


def ask_language_model(
    settings: Settings,
    parts: Sequence[tuple[str, str]],
    found: Sequence[tuple[str, Finding]],
    found_before: set[str],
    guide: Guide,
    allow_list: Sequence[str],
) -> list[tuple[str, Finding]]:
    """What the language model adds, as pairs (part, finding); nothing where it is off.

    `parts` are the words that would be published, each asked for once, and none after a fault. `found` is what the
    other readers say of the whole post, `found_before` the clauses of its earlier revisions: a post that may raise a
    concern, or did, is not sent (see may_be_sent).
    """
    if not settings.language_model.address or not may_be_sent(found_before | {finding.clause for _, finding in found}):
        return []
    reader = reader_of(settings.language_model)
    said: list[tuple[str, Finding]] = []
    fault = ""
    for part, text in parts:
        if not text.strip():
            continue
        try:
            new = [not_read(text, fault)] if fault else reader.read(text, guide, allow_list)
        except ReaderFault as error:
            new, fault = [not_read(text, str(error))], _AFTER_A_FAULT
        except Exception as error:  # as for any reader: a fault of any kind is told to a person
            new, fault = [not_read(text, f"failed ({type(error).__name__})")], _AFTER_A_FAULT
        said += [(part, one) for one in added([finding for at, finding in found if at == part], new)]
        if not may_be_sent({one.clause for one in new} - {NOT_CHECKED}):
            break  # it found a concern itself: no more of this post is sent
    return said


def reader_of(setting: Setting) -> LanguageModel:
    """The reader that the settings describe; one a process, as it learns what its server takes."""
    return _reader(
        Hosted(
            setting.address,
            setting.model,
            setting.key,
            setting.seconds,
            tuple(setting.clauses) or CHECKED,
            setting.ca_file,
        )
    )


@lru_cache(maxsize=4)
def _reader(hosted: Hosted) -> LanguageModel:
    return LanguageModel(hosted)
