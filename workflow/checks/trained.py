"""The trained model among the readers: its passages as findings, with their reasons in words for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from workflow.checks.view import View

if TYPE_CHECKING:
    from workflow.checks.model.reader import Marked

#: What the model takes the words of a clause for. The clauses are those of the built-in guide.
READS_AS: Final = {
    "boundaries": "read like an informal contact between staff and somebody the agency serves",
    "respect": "read like making fun of people, or talking down to them",
    "sensible-content": "read like a threat, a shaming or something obscene",
    "confidentiality": "read like something known only from work",
    "personal-opinion": "read like the writer's own view or preference",
    "defamation": "read like an accusation, with no public outcome named",
    "personal-information": "tell something private about a person who could be recognised",
    "whistleblowing": "read like a concern about wrongdoing or danger inside the agency",
    "copyright": "read like the use of somebody else's work, with no word of permission",
}
_TOGETHER: Final = ", and the words around them add to it"


@dataclass(frozen=True, slots=True)
class Told:
    """What the model says: `marked`, and for each clause how likely any passage of the text touches it."""

    marked: tuple[Marked, ...]
    chances: dict[str, float]

    def agrees(self, clause: str) -> bool:
        """Whether a phrase list's hit under the clause is worth telling: the model is at least half as sure as it
        would have to be to tell by itself."""
        from workflow.checks.model.reader import model

        rule = model().rules.get(clause)
        return rule is None or self.chances.get(clause, 0.0) >= rule.threshold / 2


def told(view: View) -> Told:
    """Reads the view. Raises ModelFault where the model cannot."""
    from workflow.checks.model.reader import model  # here, for its libraries take a while to load

    marked, chances = model().read(view)
    return Told(tuple(marked), chances)


def reasons(told: Told) -> Iterator[tuple[Marked, str]]:
    """Each passage with what follows "The words … " in its finding's sentence."""
    for each in told.marked:
        yield each, READS_AS[each.clause] + ("" if each.alone else _TOGETHER)
