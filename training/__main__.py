"""`script/train`: cross-validates, trains, exports and writes the card. Hours on two cores; every part is resumed.

python -m training folds     what each fold's network says of the rows that it did not see
python -m training final     the network that is shipped, trained on all training rows
python -m training card      thresholds, the shipped files, the figures on the test split
python -m training           all three
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from tokenizers import Tokenizer

from training.base import FOLDER, base
from training.card import write_card
from training.fit import Recipe, chances, fit
from training.folds import FOLDS, folds
from training.measure import Read
from training.rows import Row, training_rows
from workflow.guide.clauses import CHECKED

#: Chosen with dev.jsonl held back.
RECIPE: Final = {"layers": list(range(10)), "frozen": 4, "epochs": 6, "rate": 6e-5}
STEPS: Final = ("folds", "final", "card")


def main() -> None:
    """Runs the steps that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__.split("\n\n")[0])
    parser.add_argument("step", nargs="?", choices=STEPS)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    FOLDER.mkdir(parents=True, exist_ok=True)
    place = base()
    tokenizer = Tokenizer.from_file(str(place / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for step in [asked.step] if asked.step else STEPS:
        {"folds": cross_validate, "final": train, "card": card}[step](place, tokenizer)


def cross_validate(place: Path, tokenizer: Tokenizer) -> None:
    """Writes fold-N.json: for each row of the fold the windows' probabilities."""
    rows = training_rows()
    for n, numbers in enumerate(folds(rows)):
        out = FOLDER / f"fold-{n}.json"
        if out.exists():
            continue
        print(f"fold {n + 1} of {FOLDS}", file=sys.stderr)
        held = set(numbers)
        net = fit([row for k, row in enumerate(rows) if k not in held], Recipe(base=place, **RECIPE), tokenizer)
        mine = [rows[k] for k in numbers]
        out.write_text(json.dumps(_as_json(mine, chances(net, mine, tokenizer))))


def train(place: Path, tokenizer: Tokenizer) -> None:
    """Writes final.pt."""
    out = FOLDER / "final.pt"
    if not out.exists():
        torch.save(fit(training_rows(), Recipe(base=place, **RECIPE), tokenizer).state_dict(), out)


def card(place: Path, tokenizer: Tokenizer) -> None:
    """Writes the files that are shipped, and the figures."""
    write_card(place, RECIPE, [json.loads((FOLDER / f"fold-{n}.json").read_text()) for n in range(FOLDS)])


def _as_json(rows: list[Row], read: list[list[Read]]) -> dict[str, Any]:
    return {
        row.id: [
            {
                "places": window.places,
                "row": np.round(window.row.astype(float), 5).tolist(),
                "tokens": np.round(window.tokens.astype(float), 4).tolist(),
            }
            for window in windows
        ]
        for row, windows in zip(rows, read, strict=True)
    }


assert len(CHECKED) == 9  # noqa: S101  # the network's heads count on it

if __name__ == "__main__":
    main()
