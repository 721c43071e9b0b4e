"""The values and the problems of one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import request
from werkzeug.datastructures import MultiDict

from workflow.review.proposal import Invalid, Problem
from workflow.review.wall_time import clock_of
from workflow.review.words import with_broken_shown

_AS_SENT = frozenset({"password", "new_password"})
KEPT = "teabreak.kept"  # in the WSGI environment: the fields of a form that could not be carried out


@dataclass(frozen=True, slots=True)
class Filled:
    """One form as it stands: `values` by field name, `problems` beside them."""

    values: MultiDict[str, str] = field(default_factory=MultiDict)
    problems: tuple[Problem, ...] = ()
    name: str = ""

    def id(self, field_name: str) -> str:
        """The id of a field's control on the page."""
        return f"{self.name}-{field_name}" if self.name else field_name

    def value(self, field_name: str, default: str = "") -> str:
        """What stands in the field."""
        return self.values.get(field_name, default)

    def all(self, field_name: str) -> list[str]:
        """What is ticked, or given more than once."""
        return self.values.getlist(field_name)

    def chosen(self, field_name: str, value: str) -> bool:
        """Whether that value is ticked."""
        return value in self.values.getlist(field_name)

    def error(self, field_name: str) -> str:
        """What is wrong with the field, or nothing."""
        return next((problem.message for problem in self.problems if problem.field == field_name), "")

    def with_problems(self, problems: Invalid | Iterable[Problem]) -> Filled:
        """The same form with what is wrong with it."""
        given = problems.problems if isinstance(problems, Invalid) else problems
        return replace(self, problems=(*self.problems, *given))

    def wall_time(self, field_name: str) -> tuple[str, Problem | None]:
        """Date and time from the fields of `date_time` as `2026-12-31T09:30`, empty if all are; and what is wrong."""
        parts = [self.value(f"{field_name}-{part}").strip() for part in ("year", "month", "day", "time")]
        if not any(parts):
            return "", None
        year, month, day, time = parts
        try:
            moment = datetime(int(year), int(month), int(day), *clock_of(time))  # noqa: DTZ001 - wall time
        except ValueError:
            message = "Enter a real date and a time, for example 31 12 2026 and 9:30am."
            return "", Problem(field_name, message)
        return moment.strftime("%Y-%m-%dT%H:%M"), None


def filled(name: str = "", initial: Mapping[str, str | list[str]] | None = None) -> Filled:
    """The form `name` of this request: what was sent, or kept from before a sign-in, else `initial`."""
    sent = request.form if request.method == "POST" else request.environ.get(KEPT)
    if sent is not None and sent.get("form", "") == name:
        return Filled(MultiDict([(field, _read(field, text)) for field, text in sent.items(multi=True)]), name=name)
    return Filled(MultiDict(initial or {}), name=name)


def _read(field_name: str, text: str) -> str:
    """What was typed: line breaks as one line feed, control data as a sign that can be seen."""
    if field_name in _AS_SENT:
        return text
    return with_broken_shown(text.replace("\r\n", "\n").replace("\r", "\n"))
