"""The way everybody starts: title and text in one go, cut where the model ends. A baseline, never served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.encoder.sentence import SentenceEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.encoder.base import EmbeddingText, Encoder, Matrix, Progress
    from recommender.encoder.passages import PassageModel


class PlainEncoder:
    """An `Encoder` that gives one passage per article to a loaded model."""

    def __init__(self, model: PassageModel, *, model_id: str, dim: int) -> None:
        self._model, self._dim = model, dim
        self._encoder_id = f"{model_id}+plain"

    @property
    def encoder_id(self) -> str:
        """Model + revision + `plain`."""
        return self._encoder_id

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._dim

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return one unit row per text, in the order given."""
        rows = self._model.encode([f"{text.title}\n{text.body or text.lead}" for text in texts])
        if progress is not None:
            progress(len(texts))
        units: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return units


def plain_twin(encoder: Encoder) -> Encoder:
    """Return the plain encoder over the same loaded model; an encoder without a model is its own twin."""
    if not isinstance(encoder, SentenceEncoder):
        return encoder
    return PlainEncoder(encoder.model, model_id=encoder.model_id, dim=encoder.dim)
