"""The trained model, and what it says of a text.

Runs on onnxruntime, tokenizers and numpy alone. The model's files stand beside this one; `card.json` names their
hashes, and a file with another hash is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from workflow.checks.model.passages import passages
from workflow.checks.model.tokens import Window, windows
from workflow.checks.view import View
from workflow.guide.clauses import CHECKED

#: Windows that one text may have: some 10,000 tokens, far beyond what any network takes.
MOST_WINDOWS: Final = 64
#: Windows of one pass through the network, so that a long text needs no more memory than a short one.
TOGETHER: Final = 8

Numbers = NDArray[np.float32]


class ModelFault(Exception):
    """The model's files are not those that its card names, or the text is too long for it."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage of the view that touches `clause`. `score`: how likely a careful reviewer would mark it, 0 to 1.
    `alone`: without these words nothing of the clause is left; else the words around them add to it."""

    clause: str
    start: int
    end: int
    score: float
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """When a clause's probability is told, and what it is worth (Platt: sigmoid(slope * logit + offset))."""

    threshold: float
    slope: float
    offset: float

    def worth(self, chance: float) -> float:
        """The calibrated score of a probability."""
        chance = min(max(chance, 1e-6), 1 - 1e-6)
        return float(_sigmoid(np.float32(self.slope * np.log(chance / (1 - chance)) + self.offset)))


class Model:
    """A loaded model. Threads may share it."""

    def __init__(self, session: ort.InferenceSession, tokenizer: Tokenizer, rules: dict[str, Rule]) -> None:
        self._session, self._tokenizer, self.rules = session, tokenizer, rules

    def read(self, view: View) -> tuple[list[Marked], dict[str, float]]:
        """Every passage that touches a clause, and for each clause the highest probability of any window.

        Raises ModelFault for a text of more than MOST_WINDOWS windows.
        """
        found: list[Marked] = []
        most = np.zeros(len(CHECKED), dtype=np.float32)
        for window, chance, tokens in self._read(view):
            most = np.maximum(most, chance)
            mine = [
                Marked(clause, start, end, self.rules[clause].worth(float(chance[n])))
                for n, clause in enumerate(CHECKED)
                if chance[n] >= self.rules[clause].threshold
                for start, end, _ in passages(tokens[:, n], window.places, view.text)
            ]
            found += self._tried(window, mine)
        return _once(found), dict(zip(CHECKED, map(float, most), strict=True))

    def _read(self, view: View) -> Iterator[tuple[Window, Numbers, Numbers]]:
        parts: list[Window] = []
        for window in windows(self._tokenizer, view):
            if len(parts) == MOST_WINDOWS:
                raise ModelFault(f"reads at most {MOST_WINDOWS} stretches of a text")
            parts.append(window)
        for first in range(0, len(parts), TOGETHER):
            some = parts[first : first + TOGETHER]
            rows, tokens = self._run([window.ids for window in some])
            for n, window in enumerate(some):
                yield window, rows[n], tokens[n, : len(window.ids)]

    def _tried(self, window: Window, marked: Sequence[Marked]) -> list[Marked]:
        """The same passages, after one more pass without their words."""
        clauses = sorted({each.clause for each in marked})
        if not clauses:
            return []
        left = [
            [
                token
                for token, (start, end) in zip(window.ids, window.places, strict=True)
                if not any(m.clause == clause and start < m.end and m.start < end for m in marked)
            ]
            for clause in clauses
        ]
        rows, _ = self._run(left)
        alone = {
            clause: bool(rows[n, CHECKED.index(clause)] < self.rules[clause].threshold)
            for n, clause in enumerate(clauses)
        }
        return [replace(each, alone=alone[each.clause]) for each in marked]

    def _run(self, texts: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
        """Probabilities (texts, clauses) and (texts, tokens, clauses)."""
        longest = max(len(ids) for ids in texts)
        ids = np.ones((len(texts), longest), dtype=np.int64)
        mask = np.zeros((len(texts), longest), dtype=np.int64)
        for n, each in enumerate(texts):
            ids[n, : len(each)] = each
            mask[n, : len(each)] = 1
        rows, tokens = self._session.run(None, {"ids": ids, "mask": mask})
        return _sigmoid(rows), _sigmoid(tokens)


def _sigmoid(logits: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _once(found: list[Marked]) -> list[Marked]:
    """Windows overlap: of passages of one clause that do, the surer one."""
    kept: list[Marked] = []
    for each in sorted(found, key=lambda m: (-m.score, m.start)):
        if not any(k.clause == each.clause and k.start < each.end and each.start < k.end for k in kept):
            kept.append(each)
    return sorted(kept, key=lambda m: (m.start, m.end, m.clause))


@lru_cache(maxsize=1)
def model() -> Model:
    """The model that comes with the product, loaded once. Raises ModelFault where its files are not the card's."""
    folder = files("workflow.checks.model")
    if not (folder / "card.json").is_file():
        raise ModelFault("is not in this copy of Teabreak")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    content = {}
    for name, wanted in card["sha256"].items():
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != wanted:
            raise ModelFault(f"has a file ({name}) that is not the one its card names; install Teabreak again")
        content[name] = data
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # several texts at once use several cores
    options.log_severity_level = 3
    session = ort.InferenceSession(content["reader.onnx"], options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str(content["tokenizer.json"].decode())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Model(session, tokenizer, {c: Rule(**card["clauses"][c]) for c in CHECKED})
