from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recommender.encoder import probe
from recommender.encoder.probe import Measurement

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.encoder.base import Matrix
    from recommender.encoder.probe import Encode


@pytest.mark.parametrize(
    ("fp32_s", "bf16_s", "cosine", "want"),
    [
        (2.0, 1.0, 0.9999, "bf16"),
        (1.15, 1.0, 0.999, "bf16"),
        (1.14, 1.0, 0.9999, "fp32"),
        (1.0, 2.0, 1.0, "fp32"),
        (3.0, 1.0, 0.9989, "fp32"),
    ],
)
def test_bf16_is_taken_only_where_it_is_clearly_faster_and_says_the_same(
    fp32_s: float, bf16_s: float, cosine: float, want: str
) -> None:
    assert Measurement(fp32_s, bf16_s, cosine).precision == want


def encoder(rows: list[list[float]], seconds: float, clock: list[float]) -> Encode:
    warm: list[Encode] = []

    def encode(texts: list[str]) -> Matrix:
        # the first call of a kind is slow: libraries warm up
        clock[0] += seconds if encode in warm else 10 * seconds
        warm.append(encode)
        return np.array((rows * len(texts))[: len(texts)], dtype=np.float32)

    return encode


def test_measuring_takes_the_faster_round_and_the_least_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    found = probe.measure(encoder([[1, 0], [2, 0]], 3.0, clock), encoder([[5, 0], [3, 4]], 1.0, clock))
    assert (found.fp32_s, found.bf16_s) == (3.0, 1.0)
    assert found.cosine == pytest.approx(0.6)


def test_vectors_that_are_not_numbers_never_win() -> None:
    clock = [0.0]
    with np.errstate(invalid="ignore"):
        found = probe.measure(encoder([[1, 0]], 0, clock), encoder([[float("nan"), 0]], 0, clock))
    assert found.cosine == -1.0


def test_probe_texts_are_the_same_every_time_and_of_several_lengths() -> None:
    assert probe.probe_texts() == probe.probe_texts()
    lengths = {len(text.split()) for text in probe.probe_texts()}
    assert min(lengths) >= 20
    assert max(lengths) > 80


def test_a_choice_is_remembered_beside_others(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "precision.json"
    assert probe.remembered(path, "a") is None
    probe.remember(path, "a", "bf16")
    probe.remember(path, "b", "fp32")
    assert [probe.remembered(path, key) for key in ("a", "b", "c")] == ["bf16", "fp32", None]
    assert [file.name for file in path.parent.iterdir()] == ["precision.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": "int4"}', '{"a": 1}'])
def test_a_damaged_memory_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "precision.json"
    path.write_text(text, encoding="utf-8")
    assert probe.remembered(path, "a") is None
    probe.remember(path, "a", "fp32")
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": "fp32"}


def test_a_cache_that_cannot_be_written_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    probe.remember(tmp_path / "file" / "precision.json", "a", "fp32")
    assert "probe.not_remembered" in caplog.text


def test_the_key_changes_with_what_the_measurement_depends_on() -> None:
    assert probe.machine_key("2.13", "model") == probe.machine_key("2.13", "model")
    assert probe.machine_key("2.13", "model") != probe.machine_key("2.14", "model")
    assert probe.machine_key("a", "b") != probe.machine_key("ab")
