"""Trains the default model from labelled sets and writes `src/vigie/analysis/weights/default.npz`.

    python training/train.py FOLDER        (needs scikit-learn)

FOLDER holds the sets named below (UMSAB, SemEval 2013-2016, TweetEval, GoEmotions, XED), whose licences allow weights
to be shipped. Seeds are fixed. `--check` trains without the validation parts and prints macro-F1 on them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.svm import LinearSVC

from vigie.analysis import kernel, lexicons
from vigie.analysis.model import EMOTIONS, SENTIMENTS
from vigie.analysis.normalise import normalise

INDEX = {lang: i for i, lang in enumerate(lexicons.LANGUAGES)}
DENSE_SCALE = 0.2
KEPT = {"fr": 40_000, "en": 50_000}

GO = {
    "anger": "anger annoyance",
    "fear": "fear nervousness",
    "disgust": "disgust",
    "sadness": "sadness grief disappointment remorse",
    "surprise": "surprise realization",
    "joy": "joy amusement excitement love",
    "optimism": "optimism admiration gratitude",
}


def rows(folder: Path, name: str) -> list[dict]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def matrix(texts: list[str], langs: list[str], idf) -> tuple[csr_matrix, np.ndarray]:
    """Sparse features and dense lexicon features."""
    codes, offsets = kernel.packed([normalise(t) for t in texts])
    which = np.array([INDEX.get(lang, INDEX["xx"]) for lang in langs], np.int64)
    room = int(len(codes) * 7 + 4096 * 4 + 20_000)
    buckets, values = np.empty(room, np.int64), np.empty(room, np.float32)
    keys, entries = lexicons.tables()
    pointers, dense = kernel.extract(codes, offsets, which, kernel.classes(), idf, keys, entries, buckets, values)
    n = pointers[-1]
    return csr_matrix((values[:n], buckets[:n].astype(np.int32), pointers), shape=(len(texts), kernel.BUCKETS)), dense


def inverse_frequencies(texts: list[str], langs: list[str]) -> np.ndarray:
    counted, _ = matrix(texts, langs, np.ones(kernel.BUCKETS, np.float32))
    df = np.asarray((counted > 0).sum(axis=0)).ravel()
    return (np.log((1 + len(texts)) / (1 + df)) + 1).astype(np.float32)


class Data:
    """Features of one pool of texts, dense part standardised by the pool."""

    def __init__(self, texts, langs, idf, scale=DENSE_SCALE):
        self.scale = scale
        sparse, dense = matrix(texts, langs, idf)
        self.mean, self.std = dense.mean(axis=0), dense.std(axis=0) + 1e-6
        self.x = self.join(sparse, dense)

    def join(self, sparse, dense):
        return hstack([sparse, np.clip((dense - self.mean) / self.std, -4, 4) * self.scale]).tocsr()

    def folded(self, coef, intercept):
        """Dense weights that take the raw features, and the constant."""
        dense = coef[:, kernel.BUCKETS :] * self.scale / self.std
        constant = intercept - dense @ self.mean
        return np.vstack([dense.T, constant[None, :]]).astype(np.float32)


def quantised(coef: np.ndarray, kept: int):
    """The `kept` heaviest buckets as int8 with one step for each output."""
    table = coef[:, : kernel.BUCKETS].T
    keys = np.sort(np.argsort(-np.abs(table).max(axis=1))[:kept])
    step = np.abs(table[keys]).max(axis=0) / 127
    return keys.astype(np.uint32), np.round(table[keys] / step).astype(np.int8), step.astype(np.float32)


def calibrated(x, y):
    """A linear SVM whose scores are turned into log-odds by a multinomial logistic on out-of-fold scores (Platt, 1999).

    Both steps are linear, so that one matrix holds them.
    """
    svm = LinearSVC(C=0.3, random_state=0)
    folds = cross_val_predict(svm, x, y, cv=5, method="decision_function")
    platt = LogisticRegression(C=10).fit(folds, y)
    svm.fit(x, y)
    return platt.coef_ @ svm.coef_, platt.coef_ @ svm.intercept_ + platt.intercept_


def sentiment_pools(folder: Path, check: bool):
    umsab = rows(folder, "umsab_train") + ([] if check else rows(folder, "umsab_val"))
    semeval = rows(folder, "en_semeval2013_2016_train")
    shares = {s: sum(r["label"] == s for r in semeval) / len(semeval) for s in SENTIMENTS}
    for lang in lexicons.LANGUAGES:
        own = umsab if lang == "xx" else [r for r in umsab if r["lang"] == lang]
        pool = [(r["text"], r["lang"], r["label"], 1.0) for r in own]
        if lang == "en":
            pool += [(r["text"], "en", r["label"], 0.3 / (3 * shares[r["label"]])) for r in semeval]
        yield lang, pool


def emotion_rows(folder: Path, check: bool):
    """(text, lang, set of our emotions, weight, which emotions this set knows)."""
    for part in ("train",) if check else ("train", "val"):
        for r in rows(folder, f"tweeteval_emotion_{part}"):
            yield r["text"], "en", {r["label"]}, 2.0, {"anger", "joy", "optimism", "sadness"}
    go = {ours: set(names.split()) for ours, names in GO.items()}
    for r in rows(folder, "en_goemotions_train"):
        yield r["text"], "en", {ours for ours, names in go.items() if names & set(r["label"])}, 0.5, set(EMOTIONS)
    known = set(EMOTIONS) - {"optimism"}
    for name, lang, weight in (("en_xed_train", "en", 0.5), ("fr_xed_train", "fr", 1.0)):
        for r in rows(folder, name):
            yield r["text"], lang, set(r["label"]) & known, weight, known


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    folder, check = options.folder, options.check
    pools = dict(sentiment_pools(folder, check))
    emotions = list(emotion_rows(folder, check))
    corpus = {(t, lang) for pool in pools.values() for t, lang, _, _ in pool} | {(t, lang) for t, lang, *_ in emotions}
    corpus = sorted(corpus)
    idf = inverse_frequencies([t for t, _ in corpus], [lang for _, lang in corpus])
    out: dict[str, np.ndarray] = {}
    tone_scale, tone_dense, offsets = [], [], []
    used = []
    for lang, pool in pools.items():
        small = lang != "en"
        data = Data([p[0] for p in pool], [p[1] for p in pool], idf, 0.1 if small else DENSE_SCALE)
        y = np.array([SENTIMENTS.index(p[2]) for p in pool])
        if small:
            coef, intercept = calibrated(data.x, y)
        else:
            model = LogisticRegression(C=1.5, max_iter=300, tol=1e-3)
            model.fit(data.x, y, sample_weight=np.array([p[3] for p in pool]))
            coef, intercept = model.coef_, model.intercept_
        keys, values, step = quantised(coef, KEPT.get(lang, 24_000))
        out[f"tone_{lang}_keys"], out[f"tone_{lang}_values"] = keys, values
        tone_scale.append(step)
        tone_dense.append(data.folded(coef, intercept))
        offsets.append(np.zeros(3, np.float32))
        used.append(keys)
        if check:
            val = [r for r in rows(folder, "umsab_val") if lang in ("xx", r["lang"])]
            x = data.join(*matrix([r["text"] for r in val], [r["lang"] for r in val], idf))
            gold = [SENTIMENTS.index(r["label"]) for r in val]
            chosen = (x @ coef.T + intercept).argmax(1)
            print(f"sentiment {lang}: macro-F1 {100 * f1_score(gold, chosen, average='macro'):.1f}", flush=True)
    data = Data([r[0] for r in emotions], [r[1] for r in emotions], idf)
    coefs, intercepts = [], []
    for name in EMOTIONS:
        knows = np.array([name in r[4] for r in emotions])
        y = np.array([name in r[2] for r in emotions])[knows]
        weights = np.array([r[3] for r in emotions])[knows]
        model = LogisticRegression(C=1.0, solver="liblinear", dual=True, tol=1e-2, random_state=0)
        model.fit(data.x[knows], y, sample_weight=weights)
        coefs.append(model.coef_[0])
        intercepts.append(model.intercept_[0])
        print("emotion", name, f"{y.mean():.3f}", flush=True)
    coef = np.array(coefs)
    if check:
        val = rows(folder, "tweeteval_emotion_val")
        x = data.join(*matrix([r["text"] for r in val], ["en"] * len(val), idf))
        four = ["anger", "joy", "optimism", "sadness"]
        scores = (x @ coef.T + intercepts)[:, [EMOTIONS.index(e) for e in four]]
        gold = [four.index(r["label"]) for r in val]
        print(f"emotion: macro-F1 {100 * f1_score(gold, scores.argmax(1), average='macro'):.1f}")
    keys, values, step = quantised(coef, 60_000)
    out.update(feel_keys=keys, feel_values=values, feel_scale=step, feel_dense=data.folded(coef, np.array(intercepts)))
    used.append(keys)
    seen = np.unique(np.concatenate(used))
    frequent = np.flatnonzero(idf < idf.max() - 1.5)
    idf_keys = np.unique(np.concatenate([seen, frequent])).astype(np.uint32)
    step = float(idf.max()) / 255
    out.update(
        idf_keys=idf_keys,
        idf_values=np.round(idf[idf_keys] / step).astype(np.uint8),
        idf_step=np.float32(step),
        idf_unseen=np.float32(idf.max()),
        tone_scale=np.array(tone_scale),
        tone_dense=np.array(tone_dense),
        tone_offset=np.array(offsets),
    )
    target = Path(__file__).parents[1] / "src/vigie/analysis/weights/default.npz"
    np.savez_compressed(target, **out)
    print(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
