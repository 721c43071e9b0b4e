"""From the trained network to the file that users get: ONNX, eight-bit weights, a smaller vocabulary."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from training.encoder import Reader


def export(net: Reader, to: Path) -> None:
    """Writes the network as int8 ONNX: inputs `ids`, `mask` (posts, tokens); outputs logits `row`, `token`."""
    net = net.float().eval()
    ids = torch.randint(5, 900, (2, 24))
    mask = torch.ones(2, 24, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            net,
            (ids, mask),
            str(whole),
            input_names=["ids", "mask"],
            output_names=["row", "token"],
            dynamic_axes={
                "ids": {0: "posts", 1: "tokens"},
                "mask": {0: "posts", 1: "tokens"},
                "row": {0: "posts"},
                "token": {0: "posts", 1: "tokens"},
            },
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(whole, to, per_channel=True, weight_type=QuantType.QInt8)
    onnx.checker.check_model(str(to))


def prune(net: Reader, tokenizer: dict, keep: set[int]) -> dict:
    """Takes every token that is not kept out of the network's embeddings, in place; gives the smaller tokenizer.

    Words of a token that is gone are read in smaller pieces. `tokenizer` is the content of tokenizer.json (WordPiece).
    """
    vocabulary = tokenizer["model"]["vocab"]
    kept = [word for word, n in sorted(vocabulary.items(), key=lambda item: item[1]) if n in keep]
    new = {word: n for n, word in enumerate(kept)}
    old = torch.tensor([vocabulary[word] for word in kept])
    embeddings = net.encoder.embeddings
    smaller = nn.Embedding(len(kept), embeddings.word_embeddings.embedding_dim, padding_idx=new["<pad>"])
    smaller.weight.data.copy_(embeddings.word_embeddings.weight.data[old])
    embeddings.word_embeddings = smaller
    made = json.loads(json.dumps(tokenizer))
    made["model"]["vocab"] = new
    made["added_tokens"] = [
        {**token, "id": new[token["content"]]} for token in made["added_tokens"] if token["content"] in new
    ]
    return made
