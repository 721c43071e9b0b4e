"""What the design system's macros are given for a field.

Hint and error are left out where there is none: an empty one would still be named by `aria-describedby`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflow.web.forms.filled import Filled


def field_params(
    form: Filled, name: str, label: str, hint: str = "", *, label_classes: str = "govuk-label--s", **more: Any
) -> dict[str, Any]:
    """The parameters of a single field, its id being its name."""
    label_params = {"text": label, "classes": label_classes}
    return {"id": form.id(name), "name": name, "label": label_params, **_hint_and_error(form, name, hint), **more}


def group_params(
    form: Filled,
    name: str,
    legend: str,
    options: Iterable[Mapping[str, Any]],
    hint: str = "",
    *,
    legend_classes: str = "govuk-fieldset__legend--s",
    classes: str = "",
) -> dict[str, Any]:
    """The parameters of radios or checkboxes: a fieldset whose legend names the group."""
    choices = []
    for option in options:
        choice = {"value": option["value"], "text": option["text"], "checked": form.chosen(name, option["value"])}
        if option.get("hint"):
            choice["hint"] = {"text": option["hint"]}
        if option.get("conditional"):
            choice["conditional"] = {"html": option["conditional"]}
        choices.append(choice)
    return {
        "idPrefix": form.id(name),
        "name": name,
        "classes": classes,
        "fieldset": {"legend": {"text": legend, "classes": legend_classes}},
        "items": choices,
        **_hint_and_error(form, name, hint),
    }


def _hint_and_error(form: Filled, name: str, hint: str) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if hint:
        params["hint"] = {"text": hint}
    if form.error(name):
        params["errorMessage"] = {"text": form.error(name)}
    return params
