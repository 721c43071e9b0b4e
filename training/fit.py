"""Training: the lower layers stay as they are and are run once; the upper ones and the heads learn."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.encoder import CLAUSES, Reader
from training.measure import Read
from training.rows import Row
from workflow.checks.model.tokens import Window, windows
from workflow.checks.view import View
from workflow.guide.clauses import CHECKED


@dataclass(frozen=True)
class Recipe:
    """All that a training run depends on besides its rows."""

    base: Path
    layers: list[int] = field(default_factory=lambda: list(range(12)))
    frozen: int = 7
    epochs: int = 6
    batch: int = 16
    rate: float = 4e-5
    head_rate: float = 1e-3
    decay: float = 0.01
    token_weight: float = 1.0
    smooth: float = 0.02
    seed: int = 1


@dataclass(frozen=True)
class Example:
    """One window of a row: what the encoder reads and should say."""

    window: Window
    row: Tensor
    token: Tensor


def examples(rows: Sequence[Row], tokenizer: Tokenizer) -> list[Example]:
    """Every window of every row; a window breaks the clauses whose passages stand in it."""
    made = []
    for row in rows:
        view = View(row.text)
        parts = list(windows(tokenizer, view))
        for window in parts:
            token = torch.zeros(len(window.ids), CLAUSES)
            for n, (start, end) in enumerate(window.places):
                if end > start:
                    first, last = view.original(start, end)
                    for clause, begins, ends in row.labels:
                        if first < ends and begins < last:
                            token[n, CHECKED.index(clause)] = 1
            made.append(Example(window, token.amax(0), token))
    return made


def batches(made: Sequence[Example], size: int, chance: random.Random) -> Iterator[list[int]]:
    """Numbers of examples of about the same length together, in random order."""
    order = list(range(len(made)))
    chance.shuffle(order)
    for first in range(0, len(order), size * 24):
        near = sorted(order[first : first + size * 24], key=lambda n: len(made[n].window.ids))
        groups = [near[k : k + size] for k in range(0, len(near), size)]
        chance.shuffle(groups)
        yield from groups


def padded(some: Sequence[Window], pad: int) -> tuple[Tensor, Tensor]:
    """ids and mask of some windows, (windows, tokens)."""
    longest = max(len(window.ids) for window in some)
    ids = torch.full((len(some), longest), pad, dtype=torch.long)
    mask = torch.zeros(len(some), longest, dtype=torch.long)
    for n, window in enumerate(some):
        ids[n, : len(window.ids)] = torch.tensor(window.ids)
        mask[n, : len(window.ids)] = 1
    return ids, mask


def fit(rows: Sequence[Row], recipe: Recipe, tokenizer: Tokenizer) -> Reader:
    """A trained network."""
    random.seed(recipe.seed)
    np.random.seed(recipe.seed)
    torch.manual_seed(recipe.seed)
    net = Reader(recipe.base, recipe.layers)
    made = examples(rows, tokenizer)
    hidden = frozen_outputs(net, made, recipe)
    return _learn(net, made, hidden, recipe)


@torch.no_grad()
def frozen_outputs(net: Reader, made: Sequence[Example], recipe: Recipe) -> list[Tensor]:
    """What the lower layers make of each example, (tokens, width) in half precision."""
    net.eval()
    pad = net.encoder.config.pad_token_id
    order = sorted(range(len(made)), key=lambda n: len(made[n].window.ids))
    out: list[Tensor] = [torch.empty(0)] * len(made)
    for first in range(0, len(order), 32):
        some = order[first : first + 32]
        ids, mask = padded([made[n].window for n in some], pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            lower = net.lower(ids, mask, recipe.frozen).to(torch.bfloat16)
        for k, n in enumerate(some):
            out[n] = lower[k, : len(made[n].window.ids)].clone()
    return out


def _learn(net: Reader, made: Sequence[Example], hidden: Sequence[Tensor], recipe: Recipe) -> Reader:
    for parameter in net.encoder.parameters():
        parameter.requires_grad = False
    for layer in net.encoder.encoder.layer[recipe.frozen :]:
        for parameter in layer.parameters():
            parameter.requires_grad = True
    body = [p for p in net.encoder.parameters() if p.requires_grad]
    heads = [*net.row.parameters(), *net.token.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": recipe.rate}, {"params": heads, "lr": recipe.head_rate}], weight_decay=recipe.decay
    )
    steps = recipe.epochs * sum(1 for _ in batches(made, recipe.batch, random.Random(0)))
    warm = max(1, steps // 10)
    plan = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda n: min((n + 1) / warm, max(0.02, (steps - n) / (steps - warm)))
    )
    chance = random.Random(recipe.seed)
    began = time.monotonic()
    for epoch in range(recipe.epochs):
        net.train()
        for layer in net.encoder.encoder.layer[: recipe.frozen]:
            layer.eval()
        total, count = 0.0, 0
        for some in batches(made, recipe.batch, chance):
            loss = _loss(net, [made[n] for n in some], [hidden[n] for n in some], recipe)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(body + heads, 1.0)
            optimiser.step()
            plan.step()
            total, count = total + loss.item(), count + 1
        told = f"epoch {epoch + 1}/{recipe.epochs} loss {total / count:.4f} {time.monotonic() - began:.0f} s"
        print(told, file=sys.stderr, flush=True)
    return net.eval()


def _loss(net: Reader, some: Sequence[Example], hidden: Sequence[Tensor], recipe: Recipe) -> Tensor:
    longest = max(len(each) for each in hidden)
    batch = torch.zeros(len(some), longest, hidden[0].shape[1], dtype=torch.bfloat16)
    mask = torch.zeros(len(some), longest, dtype=torch.long)
    wanted = torch.zeros(len(some), longest, CLAUSES)
    for n, each in enumerate(some):
        length = len(hidden[n])
        batch[n, :length] = hidden[n]
        mask[n, :length] = 1
        wanted[n, :length] = each.token
    with torch.autocast("cpu", dtype=torch.bfloat16):
        row, token = net.upper(batch, mask, recipe.frozen)
    row, token = row.float(), token.float()
    goal = torch.stack([each.row for each in some])
    goal = goal * (1 - recipe.smooth) + recipe.smooth / 10
    of_rows = nn.functional.binary_cross_entropy_with_logits(row, goal, reduction="none").sum(1).mean()
    per_token = nn.functional.binary_cross_entropy_with_logits(token, wanted, reduction="none").sum(2)
    of_tokens = ((per_token * mask).sum(1) / mask.sum(1)).mean()
    return of_rows + recipe.token_weight * of_tokens


@torch.no_grad()
def chances(net: Reader, rows: Sequence[Row], tokenizer: Tokenizer) -> list[list[Read]]:
    """What the network says of each row, window by window."""
    net.eval()
    pad = net.encoder.config.pad_token_id
    flat = [(k, window) for k, row in enumerate(rows) for window in windows(tokenizer, View(row.text))]
    flat.sort(key=lambda pair: len(pair[1].ids))
    out: list[list[Read]] = [[] for _ in rows]
    for first in range(0, len(flat), 32):
        some = flat[first : first + 32]
        ids, mask = padded([window for _, window in some], pad)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            row, token = net(ids, mask)
        row, token = row.float().sigmoid().numpy(), token.float().sigmoid().numpy()
        for n, (k, window) in enumerate(some):
            out[k].append(Read(window.places, row[n], token[n, : len(window.ids)]))
    return out
