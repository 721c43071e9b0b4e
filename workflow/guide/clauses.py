"""What a guide is: clauses in their order, and a version that is the hash of their content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final, Literal

Level = Literal["advise", "answer", "block"]
Origin = Literal["built-in", "agency"]

LEVELS: Final[tuple[Level, ...]] = ("advise", "answer", "block")

#: The nine clauses for which the automatic check reads.
CHECKED: Final = (
    "boundaries",
    "respect",
    "sensible-content",
    "confidentiality",
    "personal-opinion",
    "defamation",
    "personal-information",
    "whistleblowing",
    "copyright",
)
BUILT_IN: Final = (*CHECKED, "agency-voice", "agency-policy", "judgement")


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of a guide. `id` stays the same for ever; `label` is how it is cited ("Never 3")."""

    id: str
    label: str
    name: str
    text: str
    looks_for: str
    level: Level
    advice: str
    question: str
    example_breaks: str
    example_fine: str
    checked: bool
    origin: Origin


@dataclass(frozen=True)
class Guide:
    """A whole guide. Two guides with the same words have the same `version`, however their files are laid out."""

    title: str
    clauses: tuple[Clause, ...]

    @cached_property
    def version(self) -> str:
        """First 12 hex digits of SHA-256 over canonical JSON of the title and the clauses in their order."""
        content = {"title": self.title, "clauses": [asdict(clause) for clause in self.clauses]}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()[:12]

    def clause(self, clause_id: str) -> Clause | None:
        """The clause with that id, or None where the guide has none."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def level_of(self, clause_id: str) -> Level:
        """How strictly a finding on that clause is treated; "answer" where the guide does not know the clause."""
        clause = self.clause(clause_id)
        return clause.level if clause else "answer"
