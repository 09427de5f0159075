"""Who has a better model of their own names its folder, and texts are read by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from vigie.analysis import model, transformer

WORDS = ["[PAD]", "[UNK]", "bien", "mal", "table"]


def tiny(folder: Path, labels: dict[str, str]) -> Path:
    """A model of one layer: each word has its logits, a text has their sum."""
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    logits = np.zeros((len(WORDS), len(labels)), np.float32)
    logits[WORDS.index("mal"), 0], logits[WORDS.index("bien"), -1] = 5.0, 5.0
    if len(labels) == 3:
        logits[WORDS.index("table"), 1] = 5.0
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["each"]),
            helper.make_node("ReduceSum", ["each", "axis"], ["logits"], keepdims=0),
        ],
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(labels)])],
        [numpy_helper.from_array(logits, "table"), numpy_helper.from_array(np.array([1], np.int64), "axis")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(folder / "model.onnx"))
    return folder


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    transformer.at.cache_clear()
    yield
    transformer.at.cache_clear()


THREE = {"0": "negative", "1": "neutral", "2": "positive"}


def test_a_model_of_ones_own_reads_every_text_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_MODEL", str(tiny(tmp_path, THREE)))
    texts = ["mal", "bien", "table", "bien bien mal"] * 20
    found = model.understand(texts, langs=["fr"] * len(texts))
    assert found.sentiments.tolist() == [-1, 1, 0, 1] * 20
    assert np.allclose(found.scores.sum(axis=1), 1, atol=1e-5)
    assert found.emotions.shape == (80, 7)


def test_without_the_setting_the_default_model_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIGIE_MODEL", raising=False)
    assert transformer.chosen() is None


def test_stars_are_turned_into_three_classes(tmp_path: Path) -> None:
    stars = {str(n): f"{n + 1} star{'s' * (n > 0)}" for n in range(5)}
    found = transformer.Transformer(tiny(tmp_path, stars)).scores(["mal", "bien"])
    assert found.argmax(axis=1).tolist() == [0, 2]


@pytest.mark.parametrize("lacking", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_folder_that_lacks_a_file_is_said_to(tmp_path: Path, lacking: str) -> None:
    (tiny(tmp_path, THREE) / lacking).unlink()
    with pytest.raises(transformer.BadModel, match=lacking):
        transformer.Transformer(tmp_path)


def test_classes_that_mean_nothing_to_us_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(transformer.BadModel, match="LABEL_0"):
        transformer.Transformer(tiny(tmp_path, {"0": "LABEL_0", "1": "LABEL_1"}))


def test_a_damaged_model_is_a_sentence(tmp_path: Path) -> None:
    (tiny(tmp_path, THREE) / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(transformer.BadModel, match="could not be loaded"):
        transformer.Transformer(tmp_path)
