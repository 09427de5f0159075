"""A transformer of the user's own for sentiment: a folder with an ONNX model and its tokenizer, named in VIGIE_MODEL.

The folder holds `model.onnx`, `tokenizer.json` and `config.json` (whose `id2label` names the classes), as exporters
write them. Emotions, toxicity and the rest stay with the default models. Needs the packages onnxruntime and tokenizers
(`pip install vigie[transformer]`).
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

LONGEST = 128
"""Tokens read of a text."""
BATCH = 32
CARRIES = 0.5
"""Below this probability a sentiment is given with `unsure`: how such a model is calibrated is not known."""
CLASSES = {"negative": 0, "neutral": 1, "positive": 2, "neg": 0, "neu": 1, "pos": 2}
STARS = {"1": (0, 1.0), "2": (0, 1.0), "3": (1, 1.0), "4": (2, 1.0), "5": (2, 1.0)}


class BadModel(ValueError):
    """The folder cannot be used; the sentence says why and what to do."""


def _columns(labels: dict[str, str]) -> Any:
    """Classes of the model x (negative, neutral, positive)."""
    table = np.zeros((len(labels), 3))
    for place, name in labels.items():
        word = name.strip().lower()
        if word in CLASSES:
            table[int(place), CLASSES[word]] = 1.0
        elif word[:1] in STARS and "star" in word:
            at, weight = STARS[word[0]]
            table[int(place), at] = weight
        else:
            raise BadModel(
                f"config.json: the class “{name}” is neither negative, neutral nor positive; rename it in id2label"
            )
    return table


class Transformer:
    """Probabilities of negative, neutral and positive, in batches. Raises BadModel."""

    def __init__(self, folder: Path) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise BadModel(
                f"VIGIE_MODEL needs the package {error.name}: pip install onnxruntime tokenizers, or unset it"
            ) from error
        for name in ("model.onnx", "tokenizer.json", "config.json"):
            if not (folder / name).is_file():
                raise BadModel(f"{folder}: there is no {name} in it")
        try:
            labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
            self.columns = _columns(labels)
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
        except BadModel:
            raise
        except Exception as error:
            raise BadModel(f"{folder} could not be loaded: {error}") from error
        self.tokenizer.enable_truncation(LONGEST)
        self.tokenizer.enable_padding()
        self.inputs = {given.name for given in self.session.get_inputs()}

    def scores(self, texts: list[str]) -> Any:
        """Texts x 3."""
        parts = [self._batch(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, 3), np.float32)

    def _batch(self, texts: list[str]) -> Any:
        read = self.tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in read], np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.array([one.attention_mask for one in read], np.int64),
            "token_type_ids": np.zeros_like(ids),
        }
        logits = self.session.run(None, {name: value for name, value in given.items() if name in self.inputs})[0]
        logits = logits - logits.max(axis=1, keepdims=True)
        likely = np.exp(logits)
        likely /= likely.sum(axis=1, keepdims=True)
        return (likely @ self.columns).astype(np.float32)


@cache
def at(folder: str) -> Transformer:
    return Transformer(Path(folder))


def chosen() -> Transformer | None:
    """The transformer that VIGIE_MODEL names, None without it."""
    folder = os.environ.get("VIGIE_MODEL", "")
    return at(folder) if folder else None
