"""Known detectors on the labelled series of NAB, each causal, as result files for the benchmark's own scorer.

    pip install river pyod stumpy
    python bench/others.py DATA OUT        (then `score.py OUT/DETECTOR --labels …`)

Half-space trees (river) of the value and the mean of the last four; an isolation forest (pyod) of the last twelve,
fitted anew every 500 rows on the 5,000 before; the left matrix profile (stumpy) with windows of 48 rows. Their usual
settings: nothing was searched over.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

WINDOW, EMBEDDED, FITTED, EACH = 48, 12, 5_000, 500


def trees(values: np.ndarray) -> Iterator[float]:
    from river import anomaly, preprocessing

    forest = anomaly.HalfSpaceTrees(n_trees=25, height=8, window_size=250, seed=42)
    scaler = preprocessing.MinMaxScaler()
    for i, value in enumerate(values):
        row = {"now": value, "lately": float(np.mean(values[max(0, i - 3) : i + 1]))}
        scaler.learn_one(row)
        scaled = scaler.transform_one(row)
        yield forest.score_one(scaled)
        forest.learn_one(scaled)


def isolation(values: np.ndarray) -> Iterator[float]:
    from pyod.models.iforest import IForest

    padded = np.r_[np.full(EMBEDDED - 1, values[0]), values]
    rows = np.lib.stride_tricks.sliding_window_view(padded, EMBEDDED)
    yield from [0.0] * min(EACH, len(values))
    for at in range(EACH, len(values), EACH):
        model = IForest(n_estimators=50, random_state=0).fit(rows[max(0, at - FITTED) : at])
        known = model.decision_scores_
        z = (model.decision_function(rows[at : at + EACH]) - known.mean()) / known.std()
        yield from (1 / (1 + np.exp(3 - z))).tolist()


def profile(values: np.ndarray) -> Iterator[float]:
    import stumpy

    first = max(min(750, len(values) // 7), 2 * WINDOW)
    stream = stumpy.stumpi(values[:first], m=WINDOW, egress=False)
    yield from [0.0] * first
    for value in values[first:]:
        stream.update(float(value))
        found = float(stream.left_P_[-1])
        # The largest distance between two standardised windows of m rows is 2 √m.
        yield found / (2 * WINDOW**0.5) if np.isfinite(found) else 0.0


DETECTORS: dict[str, Callable[[np.ndarray], Iterator[float]]] = {
    "half-space-trees": trees,
    "isolation-forest": isolation,
    "matrix-profile": profile,
}


def main(data: Path, out: Path) -> None:
    for path in sorted(data.glob("*.csv")):
        with path.open() as file:
            rows = list(csv.DictReader(file))
        values = np.array([float(row["value"]) for row in rows])
        for name, detect in DETECTORS.items():
            (out / name).mkdir(parents=True, exist_ok=True)
            with (out / name / path.name).open("w") as file:
                file.write("timestamp,anomaly_score\n")
                file.writelines(f"{r['timestamp']},{s:.6f}\n" for r, s in zip(rows, detect(values), strict=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
