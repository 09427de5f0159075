"""Texts to the features that the kernel makes, and linear models of them folded into what it reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from vigie.analysis import kernel, lexicons
from vigie.analysis.normalise import normalise

INDEX = {lang: i for i, lang in enumerate(lexicons.LANGUAGES)}
VALENCE = range(2 * kernel.VALENCE)
KINDS = range(2 * kernel.VALENCE, kernel.DENSE)
ALL = range(kernel.DENSE)


def matrix(texts: list[str], langs: list[str], idf: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    """N-grams (texts x buckets) and dense numbers (texts x DENSE)."""
    codes, offsets = kernel.packed([normalise(t) for t in texts])
    which = np.array([INDEX.get(lang, INDEX["xx"]) for lang in langs], np.int64)
    room = int(len(codes) * 7 + 4096 * 4 + 20_000)
    buckets, values = np.empty(room, np.int64), np.empty(room, np.float32)
    tables = lexicons.tables()
    pointers, dense = kernel.extract(codes, offsets, which, kernel.classes(), idf, *tables, buckets, values)
    n = pointers[-1]
    return csr_matrix((values[:n], buckets[:n].astype(np.int32), pointers), shape=(len(texts), kernel.BUCKETS)), dense


def inverse_frequencies(texts: list[str], langs: list[str]) -> np.ndarray:
    counted, _ = matrix(texts, langs, np.ones(kernel.BUCKETS, np.float32))
    df = np.asarray((counted > 0).sum(axis=0)).ravel()
    return (np.log((1 + len(texts)) / (1 + df)) + 1).astype(np.float32)


@dataclass
class Space:
    """How dense numbers are brought beside n-grams: standardised by a pool, cut at 4, scaled; only some columns."""

    idf: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    scale: float
    columns: range

    @classmethod
    def of(cls, texts, langs, idf, scale: float, columns: range) -> tuple[Space, csr_matrix]:
        sparse, dense = matrix(texts, langs, idf)
        made = cls(idf, dense.mean(axis=0), dense.std(axis=0) + 1e-6, scale, columns)
        return made, made.join(sparse, dense)

    def join(self, sparse, dense) -> csr_matrix:
        z = np.clip((dense - self.mean) / self.std, -4, 4) * self.scale
        return hstack([sparse, z[:, list(self.columns)]]).tocsr()

    def __call__(self, texts: list[str], langs: list[str]) -> csr_matrix:
        return self.join(*matrix(texts, langs, self.idf))

    def raw(self, coef: np.ndarray, intercept: np.ndarray) -> Linear:
        """The same model on raw dense numbers."""
        dense = np.zeros((len(coef), kernel.DENSE))
        columns = list(self.columns)
        dense[:, columns] = coef[:, kernel.BUCKETS :] * self.scale / self.std[columns]
        return Linear(coef[:, : kernel.BUCKETS], dense, intercept - dense @ self.mean)


@dataclass
class Linear:
    """Outputs x (buckets, DENSE, constant), on raw features."""

    sparse: np.ndarray
    dense: np.ndarray
    constant: np.ndarray

    def __call__(self, sparse: csr_matrix, dense: np.ndarray) -> np.ndarray:
        return sparse @ self.sparse.T + dense @ self.dense.T + self.constant

    def mixed(self, weights: np.ndarray, constant: np.ndarray | float = 0.0) -> Linear:
        """Outputs that are sums of these: weights is new outputs x outputs."""
        return Linear(weights @ self.sparse, weights @ self.dense, weights @ self.constant + constant)

    def plus(self, other: Linear) -> Linear:
        return Linear(self.sparse + other.sparse, self.dense + other.dense, self.constant + other.constant)

    def quantised(self, kept: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The `kept` heaviest buckets as int8 with one step an output, and the dense part with its constant below."""
        table = self.sparse.T
        spread = np.abs(table) / (np.abs(table).max(axis=0) + 1e-9)
        keys = np.sort(np.argsort(-spread.max(axis=1))[:kept])
        step = np.abs(table[keys]).max(axis=0) / 127 + 1e-12
        dense = np.vstack([self.dense.T, self.constant[None, :]]).astype(np.float32)
        return keys.astype(np.uint32), np.round(table[keys] / step).astype(np.int8), step.astype(np.float32), dense


def joined(parts: list[Linear]) -> Linear:
    """Several models side by side."""
    return Linear(
        np.vstack([p.sparse for p in parts]),
        np.vstack([p.dense for p in parts]),
        np.concatenate([p.constant for p in parts]),
    )
