"""The shipped files and what is known of them: thresholds, calibration, hashes, figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from training.base import FOLDER, SHA256
from training.encoder import Reader
from training.export import export, prune
from training.folds import calibration
from training.measure import Read, found, highest, labelled, line, score, thresholds_for
from training.rows import files, read_rows, rows_held_back, training_rows
from workflow.checks.register import check_text
from workflow.guide.clauses import CHECKED

SHIPPED: Final = Path("workflow/checks/model")
#: Of clean rows at most so many may be marked, in cross-validation.
BUDGET: Final = 0.06
#: Tokens of scripts that no post of ours is in are taken out of the vocabulary: the file stays under 95 MB.
LAST_LETTER: Final = 0x24F


def write_card(place: Path, recipe: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> None:
    """Writes reader.onnx, tokenizer.json, card.json and figures.json. `parts` are the folds'."""
    read = {name: [_read(window) for window in windows] for part in parts for name, windows in part.items()}
    rows = training_rows()
    if len(read) != len(rows):
        raise SystemExit("The folds are of other rows than these. Delete .cache/training/fold-*.json and begin again.")
    by_row = [read[row.id] for row in rows]
    most, wanted = highest(by_row), labelled(rows)
    thresholds = thresholds_for(most, wanted, BUDGET)
    scales = calibration(most, wanted)
    in_folds = score(rows, [found(row, each, thresholds) for row, each in zip(rows, by_row, strict=True)])
    print("cross-validation", line(in_folds))
    _write_files(place, recipe)
    made = {
        "base": SHA256,
        "recipe": dict(recipe),
        "rows": {path.name: _sha256(path) for test in (False, True) for path in files(test=test)},
        "clauses": {
            c: {"threshold": round(thresholds[c], 4), "slope": round(scales[c][0], 4), "offset": round(scales[c][1], 4)}
            for c in CHECKED
        },
        "sha256": {name: _sha256(SHIPPED / name) for name in ("reader.onnx", "tokenizer.json")},
    }
    (SHIPPED / "card.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    figures = {"cross-validation": in_folds, **_on_test_rows()}
    for name, each in figures.items():
        print(name, line(each))
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1))


def _read(window: Mapping[str, Any]) -> Read:
    places = [(start, end) for start, end in window["places"]]
    return Read(places, np.array(window["row"]), np.array(window["tokens"]))


def _write_files(place: Path, recipe: Mapping[str, Any]) -> None:
    net = Reader(place, recipe["layers"])
    net.load_state_dict(torch.load(FOLDER / "final.pt", weights_only=True))
    tokenizer = json.loads((place / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    keep = {n for word, n in vocabulary.items() if n < 999 or max(map(ord, word)) <= LAST_LETTER}
    smaller = {**prune(net, tokenizer, keep), "truncation": None, "padding": None}
    (SHIPPED / "tokenizer.json").write_text(json.dumps(smaller, ensure_ascii=False), encoding="utf-8")
    export(net, SHIPPED / "reader.onnx")


def _on_test_rows() -> dict[str, Any]:
    """What the whole check says of the test split: each file by itself, and all of it."""
    answers = {row.id: _check(row.text) for row in rows_held_back()}
    parts = {path.stem: read_rows(path) for path in files(test=True)}
    parts["test split"] = rows_held_back()
    return {name: score(rows, [answers[row.id] for row in rows]) for name, rows in parts.items()}


def _check(text: str) -> list[tuple[str, int, int]]:
    return [(f.clause, f.start, f.end) for f in check_text(text) if f.clause in CHECKED]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
