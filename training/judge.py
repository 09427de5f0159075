"""What the analysis, with freshly trained weights, makes of the parts that were kept from training: the live path."""

from __future__ import annotations

from functools import cache

import numpy as np
from sklearn.metrics import f1_score

from vigie.analysis import model, second
from vigie.analysis.model import EMOTIONS, SENTIMENTS

BINS = 10
DRAWS = 1000


def use(weights: dict[str, np.ndarray]) -> None:
    """Let the analysis read with these weights."""
    model.stored = cache(lambda: weights)
    model.weights.cache_clear()


def interval(gold: np.ndarray, chosen: np.ndarray) -> str:
    """Macro-F1 with the 95 % interval of a bootstrap."""
    dice = np.random.default_rng(0)
    drawn = [dice.integers(0, len(gold), len(gold)) for _ in range(DRAWS)]
    low, high = np.percentile([100 * f1_score(gold[d], chosen[d], average="macro") for d in drawn], [2.5, 97.5])
    return f"{100 * f1_score(gold, chosen, average='macro'):.1f} ({low:.1f} to {high:.1f})"


def calibration(likely: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error of the chosen label (ten bins; Guo et al., 2017)."""
    sure = likely.max(axis=1)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [(bins == b).mean() * abs(sure[bins == b].mean() - right[bins == b].mean()) for b in set(bins.tolist())]
    return float(sum(parts))


def read(rows: list[dict], twice: int | None) -> model.Understanding:
    return model.understand([r["text"] for r in rows], langs=[r["lang"] for r in rows], twice=twice)


def tones(name: str, rows: list[dict], twice: int | None) -> float:
    found = read(rows, twice)
    gold = np.array([SENTIMENTS.index(r["label"]) for r in rows])
    chosen = found.sentiments + 1
    sure = ~found.unsure
    right = chosen == gold
    score = 100 * f1_score(gold, chosen, average="macro")
    told = f"{100 * right[sure].mean():.1f} % of them right" if sure.any() else "none"
    print(
        f"  {name}: macro-F1 {interval(gold, chosen)}; sure of {100 * sure.mean():.0f} %, {told}; "
        f"calibration error {calibration(found.scores, right):.3f}",
        flush=True,
    )
    return score


def emotion(name: str, rows: list[dict], twice: int | None) -> None:
    four = ["anger", "joy", "optimism", "sadness"]
    found = read(rows, twice).emotions[:, [EMOTIONS.index(e) for e in four]]
    print(f"  {name}: macro-F1 {interval(np.array([four.index(r['label']) for r in rows]), found.argmax(1))}")


def yes_or_no(name: str, rows: list[dict], yes: str, twice: int | None) -> None:
    found = read(rows, twice)
    values = found.irony if name == "irony" else found.toxicity
    gold = np.array([r["label"] == yes for r in rows])
    print(f"  {name}: macro-F1 {interval(gold, values >= 0.5)}")


def judge(sets, weights: dict[str, np.ndarray]) -> None:
    use(weights)
    umsab = sets.rows("umsab_val")
    langs = sorted({r["lang"] for r in umsab})
    for told, twice in (("read once", 0), ("what is doubtful read twice", None)):
        print(told)
        scores = [tones(f"sentiment {lang}", [r for r in umsab if r["lang"] == lang], twice) for lang in langs]
        print(f"  sentiment, mean of {len(langs)}: {np.mean(scores):.1f}")
        tones("sentiment, all together", umsab, twice)
        emotion("emotion", sets.rows("tweeteval_emotion_val"), twice)
        emotion("emotion, the same translated into French by a machine", sets.rows("fr_mt_emotion_val"), twice)
        yes_or_no("offensive", sets.rows("tweeteval_offensive_val"), "offensive", twice)
        yes_or_no("irony", sets.rows("tweeteval_irony_val"), "irony", twice)
        yes_or_no("toxicity fr, second sample", sets.rows("fr_toxifrench_agreement"), "toxic", twice)
    once = read(umsab, 0)
    again = second.doubtful(once.langs, once.scores, once.toxicity, once.emotions)
    print(f"read twice: {100 * len(again) / len(umsab):.0f} % of the sentiment set")
