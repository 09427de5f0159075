"""Trains the default models and writes `src/vigie/analysis/weights/default.npz`.

    ./vigie train FOLDER [--check]        (needs scikit-learn)

FOLDER holds the sets named in `docs/model-card.md`, whose licences allow weights to be shipped, and beside it
`crises/rumoureval2017_train.csv.gz`. Seeds are fixed. `--check` trains without the validation parts and prints the
score of each task on them (by cross-validation where a task has none); nothing is written then.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from features import ALL, KINDS, VALENCE, Linear, Space, inverse_frequencies, joined, matrix
from scipy.optimize import minimize_scalar
from scipy.sparse import hstack
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, log_loss
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


def calibrated(x, y, c: float = 0.3, weights: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A linear SVM whose scores are stretched into log-odds by one number, fitted on out-of-fold scores.

    One number (temperature; Guo et al., 2017) leaves the chosen label as the SVM chose it.
    """
    svm = LinearSVC(C=c, class_weight=weights, random_state=0)
    folds = cross_val_predict(svm, x, y, cv=5, method="decision_function")
    if folds.ndim == 1:
        # The chance of the one class and of the other, from one score.
        folds = np.column_stack([-folds / 2, folds / 2])
    stretch = minimize_scalar(lambda a: log_loss(y, softmax(a * folds, axis=1)), bounds=(0.1, 10), method="bounded").x
    svm.fit(x, y)
    return stretch * svm.coef_, stretch * svm.intercept_


# -- sentiment, a model a language ------------------------------------------------------------------------


def sentiment(sets: Sets, idf: np.ndarray) -> Iterator[tuple[str, Linear]]:
    train, val = sets.parts("umsab")
    semeval = sets.rows("en_semeval2013_2016_train")
    shares = {s: sum(r["label"] == s for r in semeval) / len(semeval) for s in SENTIMENTS}
    for lang in lexicons.LANGUAGES:
        own = [r for r in train if lang in ("xx", r["lang"])]
        weights = np.ones(len(own))
        if lang == "en":
            weights = np.concatenate([weights, [0.3 / (3 * shares[r["label"]]) for r in semeval]])
            own = own + semeval
        space, x = Space.of(*texts_of(own), idf, 0.2 if lang == "en" else 0.15, VALENCE)
        y = np.array([SENTIMENTS.index(r["label"]) for r in own])
        if lang == "en":
            model = LogisticRegression(C=1.5, max_iter=300, tol=1e-3).fit(x, y, sample_weight=weights)
            found = space.raw(model.coef_, model.intercept_)
        else:
            found = space.raw(*calibrated(x, y))
        judged = [r for r in val if lang in ("xx", r["lang"])]
        if judged:
            chosen = found(*matrix(*texts_of(judged), idf)).argmax(1)
            gold = [SENTIMENTS.index(r["label"]) for r in judged]
            say(f"sentiment {lang}: macro-F1 {100 * f1_score(gold, chosen, average='macro'):.1f}")
        yield lang, found


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


def stacked(rows, y, idf, aux, used: int, scale: float, c: float) -> Linear:
    """A model on the n-grams and on what the related models say, folded into one."""
    space, x = Space.of(*texts_of(rows), idf, 0.2, ALL)
    known, coefs, constants, _ = aux
    found = known.raw(coefs[:used], constants[:used])
    said = found(*matrix(*texts_of(rows), idf))
    mean, std = said.mean(axis=0), said.std(axis=0)
    coef, intercept = calibrated(hstack([x, (said - mean) / std * scale]).tocsr(), y, c, "balanced")
    own, shared = coef[:, : x.shape[1]], coef[:, x.shape[1] :] * scale / std
    return space.raw(own, intercept).plus(found.mixed(shared, -shared @ mean))


def judged(name: str, model: Linear, rows: list[dict], gold: list[int], idf: np.ndarray) -> None:
    if rows:
        scores = model(*matrix(*texts_of(rows), idf))
        chosen = scores.argmax(1) if scores.shape[1] > 1 else (scores[:, 0] > 0).astype(int)
        say(f"{name}: macro-F1 {100 * f1_score(gold, chosen, average='macro'):.1f}")


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


def emotions(sets: Sets, idf: np.ndarray, aux) -> Linear:
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
    train, val = sets.parts("tweeteval_emotion")
    fine = stacked(train, [FOUR.index(r["label"]) for r in train], idf, aux, aux[3], 0.1, 0.1)
    judged("emotion", fine, val, [FOUR.index(r["label"]) for r in val], idf)
    places = [EMOTIONS.index(e) for e in FOUR]
    # Shared parts: how emotional a text is by the pooled models, and which of the four by the finer one.
    sample = [r for i, r in enumerate(rows) if i % 4 == 0 and set(FOUR) <= r[4]]
    features = matrix([r[0] for r in sample], [r[1] for r in sample], idf)
    level = pooled(*features)[:, places].mean(axis=1)
    which = fine(*features)
    which -= which.mean(axis=1, keepdims=True)
    y = np.array([[e in r[2] for e in FOUR] for r in sample])
    both = np.column_stack([which.ravel(), np.repeat(level, 4)])
    link = LogisticRegression().fit(both, y.ravel(), sample_weight=np.repeat([r[3] for r in sample], 4))
    a, b = link.coef_[0]
    mean = np.full((4, 4), 0.25)
    four = fine.mixed(a * (np.eye(4) - mean)).plus(
        pooled.mixed(b * np.repeat(np.eye(7)[places].mean(axis=0)[None, :], 4, axis=0), link.intercept_[0])
    )
    for at, place in enumerate(places):
        pooled.sparse[place], pooled.dense[place] = four.sparse[at], four.dense[at]
        pooled.constant[place] = four.constant[at]
    return pooled


# -- toxicity and irony -----------------------------------------------------------------------------------


def two_sided(sets: Sets, name: str, yes: str, idf, aux, used: int, scale: float, c: float) -> Linear:
    train, val = sets.parts(f"tweeteval_{name}")
    model = stacked(train, [r["label"] == yes for r in train], idf, aux, used, scale, c)
    judged(name, model, val, [int(r["label"] == yes) for r in val], idf)
    return model


def toxicity(sets: Sets, idf: np.ndarray) -> Linear:
    """French: forum messages, by n-grams and by our categories of words."""
    rows = sets.rows("fr_toxifrench_dev") + sets.rows("fr_toxifrench_agreement")
    y = np.array([r["label"] == "toxic" for r in rows])
    space, x = Space.of(*texts_of(rows), idf, 0.3, KINDS)
    model = LogisticRegression(C=1.0, max_iter=300)
    if sets.check:
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        chosen = cross_val_predict(model, x, y, cv=folds)
        say(f"toxicity fr, by cross-validation: macro-F1 {100 * f1_score(y, chosen, average='macro'):.1f}")
    model.fit(x, y)
    return space.raw(model.coef_, model.intercept_)


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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    sets = Sets(options.folder, options.check)
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
    for lang, model in sentiment(sets, idf):
        keys, values, step, dense = model.quantised(KEPT.get(lang, OTHERS))
        out[f"tone_{lang}_keys"], out[f"tone_{lang}_values"] = keys, values
        scales.append(step)
        denses.append(dense)
        used.append(keys)
    aux = related(sets, idf)
    every = len(aux[1])
    wide = joined(
        [
            emotions(sets, idf, aux),
            two_sided(sets, "offensive", "offensive", idf, aux, every, 0.4, 0.05),
            toxicity(sets, idf),
            two_sided(sets, "irony", "irony", idf, aux, aux[3], 0.1, 0.1),
        ]
    )
    keys, values, step, dense = wide.quantised(WIDE)
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
    if options.check:
        return
    target = Path(__file__).parents[1] / "src/vigie/analysis/weights/default.npz"
    np.savez_compressed(target, **out)
    say(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
