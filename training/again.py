"""The second reading: linear models of the first reading's scores and of the sentence encoder's numbers.

What the first reading says of a text that it was trained on is no guide to what it says of others: its scores here come
from models that had not seen the text (out of fold).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from vigie.analysis import encoder, second

WEIGHT = 0.5
"""Of what the encoder says beside the first reading: one number for all tasks and languages, by cross-validation; from
0.3 to 1 it makes hardly a difference."""
RIGHT = 0.82
"""Of what is not marked unsure, so much must be right out of fold; a little more than what is promised."""
LEAST = 0.4
FEWEST = 20


class Vectors:
    """The encoder's numbers of texts; those of earlier runs are kept in a file, if one is given."""

    def __init__(self, path: Path | None) -> None:
        self.path, self.places, self.parts, self.new = path, {}, [], False
        if path and path.exists():
            kept = np.load(path)
            self.places = {key: i for i, key in enumerate(kept["keys"].tolist())}
            self.parts = [kept["vectors"]]

    def of(self, texts: list[str]) -> np.ndarray:
        keys = [int.from_bytes(blake2b(t.encode("utf-8", "replace"), digest_size=8).digest(), "big") for t in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.places}
        if missing:
            self.places |= {key: len(self.places) + i for i, key in enumerate(missing)}
            self.parts.append(encoder.vectors(list(missing.values())).astype(np.float16))
            self.parts, self.new = [np.concatenate(self.parts)], True
        return self.parts[0][[self.places[key] for key in keys]].astype(np.float32)

    def keep(self) -> None:
        if self.path and self.new:
            np.savez(self.path, keys=np.array(list(self.places), np.uint64), vectors=self.parts[0])


@dataclass
class Standard:
    """How the encoder's numbers are brought beside scores."""

    vectors: Vectors
    mean: np.ndarray
    std: np.ndarray

    @classmethod
    def of(cls, vectors: Vectors, texts: list[str]) -> Standard:
        found = vectors.of(texts)
        return cls(vectors, found.mean(axis=0), found.std(axis=0) + 1e-6)

    def __call__(self, texts: list[str]) -> np.ndarray:
        return second.standard(self.vectors.of(texts), self.mean, self.std)


@dataclass
class Again:
    """New outputs x (first outputs, SIZE, constant)."""

    first: np.ndarray
    z: np.ndarray
    constant: np.ndarray

    def __call__(self, scores: np.ndarray, z: np.ndarray) -> np.ndarray:
        return scores @ self.first.T + z @ self.z.T + self.constant

    def mixed(self, weights: np.ndarray, constant: np.ndarray | float = 0.0) -> Again:
        """Outputs that are sums of these: weights is new outputs x outputs."""
        return Again(weights @ self.first, weights @ self.z, weights @ self.constant + constant)

    def after(self, given: np.ndarray) -> Again:
        """The same, of scores that the first ones are brought to by `given` (scores x first scores)."""
        return Again(self.first @ given, self.z, self.constant)

    def plus(self, other: Again) -> Again:
        return Again(self.first + other.first, self.z + other.z, self.constant + other.constant)


@dataclass
class Head:
    """What the encoder's numbers alone say of a task: scores of texts out of fold, and the model (outputs x SIZE)."""

    folds: np.ndarray
    coef: np.ndarray
    constant: np.ndarray

    @classmethod
    def of(cls, z: np.ndarray, y: np.ndarray, *, c: float, weights: np.ndarray | None = None) -> Head:
        """By logistic regression; classes weigh alike where rows are not weighed."""
        model = LogisticRegression(C=c, max_iter=500, class_weight="balanced" if weights is None else None)
        given = None if weights is None else {"sample_weight": weights}
        parts = StratifiedKFold(5, shuffle=True, random_state=0)
        folds = cross_val_predict(model, z, y, cv=parts, method="decision_function", params=given)
        model.fit(z, y, sample_weight=weights)
        return cls(folds, model.coef_, model.intercept_)


def temperature(scores: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The one number by which scores are stretched into log-odds (Guo et al., 2017)."""

    def loss(by: float) -> float:
        return log_loss(y, softmax(by * scores, axis=1), sample_weight=weights)

    return float(minimize_scalar(loss, bounds=(0.05, 10), method="bounded").x)


def two(scores: np.ndarray) -> np.ndarray:
    """The chance of the one class and of the other, from one score."""
    return np.column_stack([-scores / 2, scores / 2]) if scores.ndim == 1 else scores


def carries(scores: np.ndarray, y: np.ndarray) -> float:
    """The least probability from which on, of all that are at least as likely, enough are right."""
    likely = softmax(scores, axis=1)
    sure = likely.max(axis=1)
    order = np.argsort(-sure)
    share = np.cumsum(likely.argmax(axis=1)[order] == y[order]) / np.arange(1, len(y) + 1)
    enough = np.flatnonzero(share >= RIGHT)
    enough = enough[enough >= FEWEST]
    return float(np.clip(sure[order][enough[-1]] if len(enough) else 1.0, LEAST, 1.0))


def summed(
    folds: np.ndarray, head: Head, y: np.ndarray, rows: np.ndarray | slice = slice(None)
) -> tuple[Again, np.ndarray]:
    """Both readings added, then stretched into log-odds by one number; and these scores out of fold.

    `folds` are the scores of the first reading out of fold, of those `rows` of the head's set.
    """
    both = folds + WEIGHT * head.folds[rows]
    by = temperature(two(both), y)
    outputs = len(head.coef)
    return Again(by * np.eye(outputs), by * WEIGHT * head.coef, by * WEIGHT * head.constant), by * both
