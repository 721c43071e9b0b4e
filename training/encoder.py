"""The network: a sentence encoder with nine outputs for a post and nine for each of its tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from transformers import AutoModel

from workflow.guide.clauses import CHECKED

CLAUSES: Final = len(CHECKED)


class Reader(nn.Module):
    """`encoder` with two heads. A post's logit of a clause is its mean-pooled head's plus the smooth maximum of its
    tokens', so that a passage that breaks a clause makes its post break it."""

    def __init__(self, base: Path, layers: list[int]) -> None:
        """`layers`: which of the base's layers are kept, in their order."""
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, attn_implementation="eager")
        kept = self.encoder.encoder.layer
        self.encoder.encoder.layer = nn.ModuleList([kept[n] for n in layers])
        self.encoder.config.num_hidden_layers = len(layers)
        width = self.encoder.config.hidden_size
        self.drop = nn.Dropout(0.1)
        self.row = nn.Linear(width, CLAUSES)
        self.token = nn.Linear(width, CLAUSES)
        nn.init.constant_(self.token.bias, -2.0)
        nn.init.constant_(self.row.bias, -1.0)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """ids, mask: (posts, tokens). Gives logits (posts, clauses) and (posts, tokens, clauses)."""
        return self.heads(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    def heads(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """The outputs for the encoder's last layer, (posts, tokens, width)."""
        inside = mask.unsqueeze(-1).to(hidden.dtype)
        count = inside.sum(1).clamp(min=1)
        mean = (hidden * inside).sum(1) / count
        tokens = self.token(self.drop(hidden))
        most = (tokens - 1e4 * (1 - inside)).logsumexp(1) - count.log()
        return self.row(self.drop(mean)) + most, tokens

    def lower(self, ids: Tensor, mask: Tensor, count: int) -> Tensor:
        """The output of the first `count` layers, which are not trained."""
        hidden = self.encoder.embeddings(input_ids=ids)
        return self._run(hidden, mask, 0, count)

    def upper(self, hidden: Tensor, mask: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The outputs from what `lower` gave."""
        return self.heads(self._run(hidden, mask, count, None), mask)

    def _run(self, hidden: Tensor, mask: Tensor, first: int, last: int | None) -> Tensor:
        stack = self.encoder.encoder
        away = torch.zeros(mask.shape, dtype=hidden.dtype).masked_fill(mask == 0, -1e4)[:, None, None, :]
        bias = stack.compute_position_bias(hidden) if hasattr(stack, "compute_position_bias") else None
        for layer in stack.layer[first:last]:
            out = layer(hidden, away) if bias is None else layer(hidden, away, bias)
            hidden = out if isinstance(out, Tensor) else out[0]
        return hidden
