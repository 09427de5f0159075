"""Trains the default models and writes `src/vigie/analysis/weights/default.npz`.

    ./vigie train FOLDER [--check] [--vectors FILE] [--to FILE]        (needs scikit-learn)

FOLDER holds the sets named in `docs/model-card.md`, whose licences allow weights to be shipped, and beside it
`crises/rumoureval2017_train.csv.gz`. Seeds are fixed. `--check` trains without the validation parts and prints what
the analysis, with those weights, makes of them (see `judge.py`); nothing is written then, unless `--to`
names a file. `--vectors` keeps what the
sentence encoder says of the sets from one run to the next.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import judge
import numpy as np
from again import WEIGHT, Again, Head, Standard, Vectors, carries, summed, temperature, two
from features import ALL, KINDS, VALENCE, Linear, Space, inverse_frequencies, joined, matrix
from scipy.sparse import hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC

from vigie.analysis import kernel, lexicons, stance
from vigie.analysis.model import EMOTIONS, SENTIMENTS

KEPT = {"fr": 40_000, "en": 60_000}
OTHERS, WIDE, STANCE = 24_000, 110_000, 24_000
"""Buckets kept for a language, for the shared tasks, for stance."""
FOUR = ["anger", "joy", "optimism", "sadness"]
GO = {
    "anger": "anger annoyance",
    "fear": "fear nervousness",
    "disgust": "disgust",
    "sadness": "sadness grief disappointment remorse",
    "surprise": "surprise realization",
    "joy": "joy amusement excitement love",
    "optimism": "optimism admiration gratitude",
}
BEGUN = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.0f} s  {text}", flush=True)


class Sets:
    """The labelled sets of a folder. With `check`, the validation parts are kept apart."""

    def __init__(self, folder: Path, check: bool) -> None:
        self.folder, self.check = folder, check

    def rows(self, name: str) -> list[dict]:
        with gzip.open(self.folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def parts(self, name: str) -> tuple[list[dict], list[dict]]:
        """(to train on, to judge by) of a set that comes in two parts."""
        train, val = self.rows(f"{name}_train"), self.rows(f"{name}_val")
        return (train, val) if self.check else (train + val, [])

    def toxic(self) -> list[dict]:
        """French forum messages; with `check`, those of the second sample are left for judging."""
        first, second = self.rows("fr_toxifrench_dev"), self.rows("fr_toxifrench_agreement")
        return first if self.check else first + second

    def rumours(self) -> list[dict]:
        path = self.folder.parent / "crises" / "rumoureval2017_train.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found = [r for r in csv.DictReader(file) if r["text"] and r["stance"]]
        by_id = {r["post_id"]: r for r in found}
        first: dict[str, dict] = {}
        for r in found:
            if r["parent_id"] not in by_id:
                first.setdefault(r["thread"], r)
        for r in found:
            parent, claim = by_id.get(r["parent_id"]), first.get(r["thread"])
            r["parent"], r["claim"] = parent["text"] if parent else "", claim["text"] if claim else ""
        return found


def texts_of(rows: list[dict]) -> tuple[list[str], list[str]]:
    return [r["text"] for r in rows], [r["lang"] for r in rows]


def binary(x, y, weights=None) -> tuple[np.ndarray, np.ndarray]:
    model = LogisticRegression(C=1.0, solver="liblinear", dual=True, tol=1e-2, random_state=0)
    model.fit(x, y, sample_weight=weights)
    return model.coef_, model.intercept_


def calibrated(x, y, c: float = 0.3, weights: str | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A linear SVM whose scores are stretched into log-odds by one number, fitted on out-of-fold scores: weights,
    constants, and those scores stretched.

    One number (temperature; Guo et al., 2017) leaves the chosen label as the SVM chose it.
    """
    svm = LinearSVC(C=c, class_weight=weights, random_state=0)
    folds = cross_val_predict(svm, x, y, cv=5, method="decision_function")
    stretch = temperature(two(folds), y)
    svm.fit(x, y)
    return stretch * svm.coef_, stretch * svm.intercept_, stretch * folds


def pooled(x, y, weights: np.ndarray, own: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of rows that weigh unlike, by logistic regression; the scores, and their stretch, of the first `own`."""
    model = LogisticRegression(C=1.5, max_iter=300, tol=1e-3)
    parts = StratifiedKFold(3, shuffle=True, random_state=0)
    folds = cross_val_predict(model, x, y, cv=parts, method="decision_function", params={"sample_weight": weights})[
        :own
    ]
    stretch = temperature(folds, y[:own])
    model.fit(x, y, sample_weight=weights)
    return stretch * model.coef_, stretch * model.intercept_, stretch * folds


def compared(name: str, once: np.ndarray, twice: np.ndarray, y: np.ndarray) -> None:
    """Macro-F1 of both readings out of fold."""
    scores = (100 * f1_score(y, two(found).argmax(1), average="macro") for found in (once, twice))
    say(f"{name}: by cross-validation {next(scores):.1f}, read twice {next(scores):.1f}")


# -- sentiment, a model a language ------------------------------------------------------------------------


def toned(rows: list[dict]) -> np.ndarray:
    return np.array([SENTIMENTS.index(r["label"]) for r in rows])


@dataclass
class Tone:
    """The models of one language: the first reading, the second, and from which probability on each is sure."""

    lang: str
    first: Linear
    again: Again
    carries: float
    again_carries: float


def sentiment(sets: Sets, idf: np.ndarray, standard: Standard) -> Iterator[Tone]:
    train, _ = sets.parts("umsab")
    semeval = sets.rows("en_semeval2013_2016_train")
    shares = {s: sum(r["label"] == s for r in semeval) / len(semeval) for s in SENTIMENTS}
    balance = [0.3 / (3 * shares[r["label"]]) for r in semeval]
    every = train + semeval
    # What a sentence is about needs no language: one model for all.
    weights = np.concatenate([np.ones(len(train)), balance])
    head = Head.of(standard([r["text"] for r in every]), toned(every), c=0.003, weights=weights)
    for lang in lexicons.LANGUAGES:
        at = np.array([i for i, r in enumerate(train) if lang in ("xx", r["lang"])])
        own = [train[i] for i in at]
        y = toned(own)
        if lang == "en":
            space, x = Space.of(*texts_of(own + semeval), idf, 0.2, VALENCE)
            weighed = np.concatenate([np.ones(len(own)), balance])
            coef, constant, folds = pooled(x, toned(own + semeval), weighed, len(own))
        else:
            space, x = Space.of(*texts_of(own), idf, 0.15, VALENCE)
            coef, constant, folds = calibrated(x, y)
        again, refolds = summed(folds, head, y, at)
        compared(f"sentiment {lang}", folds, refolds, y)
        yield Tone(lang, space.raw(coef, constant), again, carries(folds, y), carries(refolds, y))


# -- what other sets know, as features of related tasks -----------------------------------------------------


def related(sets: Sets, idf: np.ndarray) -> tuple[Space, np.ndarray, np.ndarray, int]:
    """One-against-rest models of GoEmotions and XED, then of hate and MLMA: space, weights, constants, how many are of
    emotions."""
    go = sets.rows("en_goemotions_train")
    space, x = Space.of(*texts_of(go), idf, 0.2, ALL)
    coefs, constants = [], []

    def add(x, y) -> None:
        coef, constant = binary(x, y)
        coefs.append(coef[0])
        constants.append(constant[0])

    for label in sorted({name for r in go for name in r["label"]}):
        add(x, [label in r["label"] for r in go])
    xed = sets.rows("en_xed_train")
    x = space(*texts_of(xed))
    for label in sorted({name for r in xed for name in r["label"]}):
        add(x, [label in r["label"] for r in xed])
    emotional = len(coefs)
    hate = sets.rows("tweeteval_hate_train")
    add(space(*texts_of(hate)), [r["label"] == "hate" for r in hate])
    mlma = sets.rows("en_mlma_train")
    x = space(*texts_of(mlma))
    for label in sorted({name for r in mlma for name in r["label"]}):
        add(x, [label in r["label"] for r in mlma])
    say(f"related tasks: {len(coefs)} models")
    return space, np.array(coefs), np.array(constants), emotional


def stacked(rows, y, idf, aux, used: int, scale: float, c: float) -> tuple[Linear, np.ndarray]:
    """A model on the n-grams and on what the related models say, folded into one; and its scores out of fold."""
    space, x = Space.of(*texts_of(rows), idf, 0.2, ALL)
    known, coefs, constants, _ = aux
    found = known.raw(coefs[:used], constants[:used])
    said = found(*matrix(*texts_of(rows), idf))
    mean, std = said.mean(axis=0), said.std(axis=0)
    coef, intercept, folds = calibrated(hstack([x, (said - mean) / std * scale]).tocsr(), y, c, "balanced")
    own, shared = coef[:, : x.shape[1]], coef[:, x.shape[1] :] * scale / std
    return space.raw(own, intercept).plus(found.mixed(shared, -shared @ mean)), folds


# -- emotions ---------------------------------------------------------------------------------------------


def pooled_rows(sets: Sets) -> Iterator[tuple[str, str, set[str], float, set[str]]]:
    """(text, lang, our emotions, weight, which emotions this set knows)."""
    for r in sets.parts("tweeteval_emotion")[0]:
        yield r["text"], "en", {r["label"]}, 2.0, set(FOUR)
    go = {ours: set(names.split()) for ours, names in GO.items()}
    for r in sets.rows("en_goemotions_train"):
        yield r["text"], "en", {ours for ours, names in go.items() if names & set(r["label"])}, 0.5, set(EMOTIONS)
    known = set(EMOTIONS) - {"optimism"}
    for name, lang, weight in (("en_xed_train", "en", 0.5), ("fr_xed_train", "fr", 1.0)):
        for r in sets.rows(name):
            yield r["text"], lang, set(r["label"]) & known, weight, known


PLACES = [EMOTIONS.index(e) for e in FOUR]
MEAN = np.full((4, 4), 0.25)


def emotions(sets: Sets, idf: np.ndarray, aux, standard: Standard) -> tuple[Linear, Again]:
    """Seven log-odds: pooled models that know what says nothing, and for four of them which it is, by TweetEval.

    The four share one scale and one shift, so that the largest of them is the one that the finer model chose.
    """
    rows = list(pooled_rows(sets))
    space, x = Space.of([r[0] for r in rows], [r[1] for r in rows], idf, 0.2, ALL)
    coefs, constants = [], []
    for name in EMOTIONS:
        knows = np.array([name in r[4] for r in rows])
        y = np.array([name in r[2] for r in rows])[knows]
        coef, constant = binary(x[knows], y, np.array([r[3] for r in rows])[knows])
        coefs.append(coef[0])
        constants.append(constant[0])
    pooled = space.raw(np.array(coefs), np.array(constants))
    train, _ = sets.parts("tweeteval_emotion")
    gold = np.array([FOUR.index(r["label"]) for r in train])
    fine, folds = stacked(train, gold, idf, aux, aux[3], 0.1, 0.1)
    # Shared parts: how emotional a text is by the pooled models, and which of the four by the finer one.
    sample = [r for i, r in enumerate(rows) if i % 4 == 0 and set(FOUR) <= r[4]]
    features = matrix([r[0] for r in sample], [r[1] for r in sample], idf)
    level = pooled(*features)[:, PLACES].mean(axis=1)
    which = fine(*features)
    which -= which.mean(axis=1, keepdims=True)
    y = np.array([[e in r[2] for e in FOUR] for r in sample])
    both = np.column_stack([which.ravel(), np.repeat(level, 4)])
    link = LogisticRegression().fit(both, y.ravel(), sample_weight=np.repeat([r[3] for r in sample], 4))
    a, b = link.coef_[0]
    four = fine.mixed(a * (np.eye(4) - MEAN)).plus(
        pooled.mixed(b * np.repeat(np.eye(7)[PLACES].mean(axis=0)[None, :], 4, axis=0), link.intercept_[0])
    )
    for at, place in enumerate(PLACES):
        pooled.sparse[place], pooled.dense[place] = four.sparse[at], four.dense[at]
        pooled.constant[place] = four.constant[at]
    z = standard([r["text"] for r in train])
    finer, refolds = summed(folds, Head.of(z, gold, c=0.003), gold)
    compared("emotion", folds, refolds, gold)
    # What the finer model said, less its mean, from the seven that it became a part of.
    return pooled, emotions_again(sets, idf, standard, pooled, finer.after((np.eye(4) - MEAN) @ np.eye(7)[PLACES] / a))


def emotions_again(sets: Sets, idf: np.ndarray, standard: Standard, first: Linear, finer: Again) -> Again:
    """Seven log-odds, by rows that no first reading was trained on; of the four, which it is says the finer model."""
    go, dev = sets.rows("en_goemotions_train"), sets.rows("en_goemotions_dev")
    z, scores, far = (
        standard([r["text"] for r in go]),
        first(*matrix(*texts_of(dev), idf)),
        standard([r["text"] for r in dev]),
    )
    seven = Again(np.zeros((7, 7)), np.zeros((7, z.shape[1])), np.zeros(7))
    for at, name in enumerate(EMOTIONS):
        model = LogisticRegression(C=0.01, max_iter=500).fit(z, felt(go, name))
        said = scores[:, at] + WEIGHT * model.decision_function(far)
        link = LogisticRegression().fit(said[:, None], felt(dev, name))
        a, c = link.coef_[0, 0], link.intercept_[0]
        seven.first[at, at], seven.z[at] = a, a * WEIGHT * model.coef_[0]
        seven.constant[at] = a * WEIGHT * model.intercept_[0] + c
    which, level = finer.mixed(np.eye(4) - MEAN), seven(scores, far)[:, PLACES].mean(axis=1)
    both = np.column_stack([which(scores, far).ravel(), np.repeat(level, 4)])
    link = LogisticRegression().fit(both, np.column_stack([felt(dev, name) for name in FOUR]).ravel())
    a, b = link.coef_[0]
    mean = np.repeat(np.eye(7)[PLACES].mean(axis=0)[None, :], 4, axis=0)
    four = which.mixed(a * np.eye(4)).plus(seven.mixed(b * mean, link.intercept_[0]))
    for at, place in enumerate(PLACES):
        seven.first[place], seven.z[place], seven.constant[place] = four.first[at], four.z[at], four.constant[at]
    return seven


def felt(rows: list[dict], name: str) -> np.ndarray:
    """Which rows of GoEmotions have an emotion."""
    return np.array([bool(set(GO[name].split()) & set(r["label"])) for r in rows])


# -- toxicity and irony -----------------------------------------------------------------------------------


def two_sided(
    sets: Sets, name: str, yes: str, idf, aux, used: int, scale: float, c: float, standard: Standard
) -> tuple[Linear, Again]:
    train, _ = sets.parts(f"tweeteval_{name}")
    y = np.array([r["label"] == yes for r in train])
    model, folds = stacked(train, y, idf, aux, used, scale, c)
    again, refolds = summed(folds, Head.of(standard([r["text"] for r in train]), y, c=0.001), y)
    compared(name, folds, refolds, y)
    return model, again


def toxicity(sets: Sets, idf: np.ndarray, standard: Standard) -> tuple[Linear, Again]:
    """French: forum messages, by n-grams and by our categories of words."""
    rows = sets.toxic()
    y = np.array([r["label"] == "toxic" for r in rows])
    space, x = Space.of(*texts_of(rows), idf, 0.3, KINDS)
    model = LogisticRegression(C=1.0, max_iter=300)
    folds = cross_val_predict(model, x, y, cv=5, method="decision_function")
    model.fit(x, y)
    again, refolds = summed(folds, Head.of(standard([r["text"] for r in rows]), y, c=0.001), y)
    compared("toxicity fr", folds, refolds, y)
    return space.raw(model.coef_, model.intercept_), again


# -- stance -----------------------------------------------------------------------------------------------

TILT = np.array([0.0, 0.3, 0.4, 0.0])
"""Rare stances are said a little sooner: two points of macro-F1 for hardly any accuracy."""


def stances(sets: Sets, idf: np.ndarray) -> tuple[Linear, np.ndarray]:
    """The model, and its weights of the relation to claim and parent."""
    rows = sets.rumours()
    sparse, dense = matrix([r["text"] for r in rows], ["en"] * len(rows), idf)
    relations = np.array([stance.relation(r["text"], r["claim"], r["parent"]) for r in rows])
    both = np.hstack([dense, relations])
    mean, std, scale = both.mean(axis=0), both.std(axis=0) + 1e-6, 0.3
    x = hstack([sparse, np.clip((both - mean) / std, -4, 4) * scale]).tocsr()
    y = np.array([stance.STANCES.index(r["stance"]) for r in rows])
    model = LogisticRegression(C=0.5, max_iter=120, tol=1e-3)
    if sets.check:
        groups = [r["thread"] for r in rows]
        likely = cross_val_predict(model, x, y, cv=GroupKFold(5), groups=groups, method="predict_log_proba")
        chosen = (likely + TILT).argmax(1)
        say(
            f"stance, threads left out: accuracy {100 * accuracy_score(y, chosen):.1f} "
            f"(majority {100 * np.mean(y == 3):.1f}), macro-F1 {100 * f1_score(y, chosen, average='macro'):.1f}"
        )
    model.fit(x, y)
    beside = model.coef_[:, kernel.BUCKETS :] * scale / std
    constant = model.intercept_ - beside @ mean + TILT
    return Linear(model.coef_[:, : kernel.BUCKETS], beside[:, : kernel.DENSE], constant), beside[:, kernel.DENSE :]


def read_twice(tones: list[Tone], shared: list[Again], standard: Standard) -> dict[str, np.ndarray]:
    """The arrays of the second reading (see `vigie.analysis.second`), and from which probabilities on each is sure."""
    outputs = sum(len(a.constant) for a in shared)
    first = np.zeros((outputs, outputs))
    at = 0
    for a in shared:
        n = len(a.constant)
        first[at : at + n, at : at + n] = a.first
        at += n
    return {
        "again_mean": standard.mean.astype(np.float32),
        "again_std": standard.std.astype(np.float32),
        "again_tone_first": np.array([t.again.first.T for t in tones], np.float32),
        "again_tone": np.array([t.again.z.T for t in tones], np.float16),
        "again_tone_constant": np.array([t.again.constant for t in tones], np.float32),
        "again_shared_first": first.T.astype(np.float32),
        "again_shared": np.vstack([a.z for a in shared]).T.astype(np.float16),
        "again_shared_constant": np.concatenate([a.constant for a in shared]).astype(np.float32),
        "tone_carries": np.array([t.carries for t in tones], np.float32),
        "again_tone_carries": np.array([t.again_carries for t in tones], np.float32),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--to", type=Path)
    options = parser.parse_args()
    sets = Sets(options.folder, options.check)
    vectors = Vectors(options.vectors)
    standard = Standard.of(vectors, [r["text"] for r in sets.parts("umsab")[0]])
    names = ["en_semeval2013_2016_train", "en_goemotions_train", "en_xed_train", "fr_xed_train"]
    names += [f"tweeteval_{t}_train" for t in ("emotion", "offensive", "irony")] + ["fr_toxifrench_dev"]
    corpus = sorted(
        {(r["text"], r["lang"]) for n in names for r in sets.rows(n)}
        | {(r["text"], r["lang"]) for r in sets.parts("umsab")[0]}
    )
    idf = inverse_frequencies([t for t, _ in corpus], [lang for _, lang in corpus])
    say(f"{len(corpus)} texts")
    out: dict[str, np.ndarray] = {}
    scales, denses, used = [], [], []
    tones = list(sentiment(sets, idf, standard))
    for tone in tones:
        keys, values, step, dense = tone.first.quantised(KEPT.get(tone.lang, OTHERS))
        out[f"tone_{tone.lang}_keys"], out[f"tone_{tone.lang}_values"] = keys, values
        scales.append(step)
        denses.append(dense)
        used.append(keys)
    aux = related(sets, idf)
    every = len(aux[1])
    shared = [
        emotions(sets, idf, aux, standard),
        two_sided(sets, "offensive", "offensive", idf, aux, every, 0.4, 0.05, standard),
        toxicity(sets, idf, standard),
        two_sided(sets, "irony", "irony", idf, aux, aux[3], 0.1, 0.1, standard),
    ]
    out |= read_twice(tones, [again for _, again in shared], standard)
    keys, values, step, dense = joined([first for first, _ in shared]).quantised(WIDE)
    out.update(wide_keys=keys, wide_values=values, wide_scale=step, wide_dense=dense)
    used.append(keys)
    model, relation = stances(sets, idf)
    keys, values, step, dense = model.quantised(STANCE)
    out.update(stance_keys=keys, stance_values=values, stance_scale=step, stance_dense=dense)
    out.update(stance_relation=relation.astype(np.float32))
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
        tone_scale=np.array(scales),
        tone_dense=np.array(denses),
    )
    vectors.keep()
    if options.check:
        judge.judge(sets, out)
        if options.to is None:
            return
    target = options.to or Path(__file__).parents[1] / "src/vigie/analysis/weights/default.npz"
    np.savez_compressed(target, **out)
    say(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
