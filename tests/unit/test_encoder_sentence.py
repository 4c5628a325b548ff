from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import encoder_models
import numpy as np
import pytest

from recommender.encoder import EmbeddingText, loading
from recommender.encoder.loading import ModelSource
from recommender.encoder.recipe import RECIPE_VERSION
from recommender.encoder.sentence import SentenceEncoder
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recommender.encoder.base import Matrix
    from recommender.encoder.passages import PassageModel


class Broken:
    """A model that gives `bad` for every passage with the word "kaputt"."""

    dim = 2
    room = 100

    def __init__(self, bad: float) -> None:
        self.bad = bad
        self.passages: list[str] = []

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Take a text as one token."""
        return [(0, len(text))] if text else []

    def encode(self, passages: Sequence[str]) -> Matrix:
        """Remember what was asked."""
        self.passages += passages
        rows = [[self.bad, self.bad] if "kaputt" in passage else [3.0, 4.0] for passage in passages]
        return np.array(rows, dtype=np.float32)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PassageModel:
    folder: Path = encoder_models.save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
    return loading.open_model(ModelSource(str(folder)), device="cpu", precision="fp32").passages


@pytest.mark.parametrize("bad", [0.0, float("nan"), float("inf"), 3e38])
def test_a_vector_without_direction_names_the_first_such_text(bad: float) -> None:
    texts = [EmbeddingText(f"Titel {number}", "", "Text") for number in range(130)]
    for at in (70, 99):
        texts[at] = EmbeddingText("Titel", "", f"kaputt {at}")
    encoder = SentenceEncoder(Broken(bad), model_id="m")  # type: ignore[arg-type]
    with pytest.raises(EncoderError, match=r"^text 70 \(counted from 0\)"):
        encoder.encode(texts)


def test_a_passage_that_comes_twice_is_encoded_once() -> None:
    broken = Broken(0.0)
    encoder = SentenceEncoder(broken, model_id="m")  # type: ignore[arg-type]
    rows = encoder.encode([EmbeddingText("A", "", "b")] * 3)
    assert broken.passages == ["A\nb"]
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]] * 3


def test_the_id_is_model_and_recipe() -> None:
    encoder = SentenceEncoder(Broken(0.0), model_id="some/model@abc")  # type: ignore[arg-type]
    assert encoder.encoder_id == f"some/model@abc+{RECIPE_VERSION}"


def test_spans_reach_from_the_first_letter_to_the_last_and_beyond_the_models_limit(
    model: PassageModel,
) -> None:
    text = "  " + "Straße 7, " * 100 + "Ende"
    spans = model.spans(text)
    assert len(spans) > encoder_models.MAX_TOKENS
    assert (spans[0][0], spans[-1][1]) == (2, len(text))
    assert all(a < b <= c for (a, b), (c, _) in pairwise(spans))


def test_room_leaves_out_prompt_and_special_tokens(model: PassageModel) -> None:
    assert model.room == encoder_models.MAX_TOKENS - 2


def test_model_and_tokenizer_are_used_by_one_thread_at_a_time(
    model: PassageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def watched(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **options: Any) -> Any:
            held.append(model._lock.locked())
            return call(*args, **options)

        return wrapper

    monkeypatch.setattr(model._model, "encode", watched(model._model.encode))
    monkeypatch.setattr(model, "tokenizer", watched(model.tokenizer))
    model.spans("ein Text")
    model.encode(["ein Text"])
    assert held == [True, True, True]


def test_threads_that_encode_at_once_get_their_own_rows(model: PassageModel) -> None:
    texts = [[f"wort{number}" * (number + 1)] for number in range(8)]
    want = [model.encode(each) for each in texts]
    got: dict[int, Matrix] = {}

    def work(number: int) -> None:
        for _ in range(5):
            model.spans("ein text " * 50)
            got[number] = model.encode(texts[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [got[number].tolist() for number in range(8)] == [rows.tolist() for rows in want]
