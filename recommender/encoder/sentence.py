"""The encoder for articles: the recipe's passages through a sentence-transformers model."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import numpy as np

from recommender.encoder.recipe import RECIPE_VERSION, Plan, plan, pool
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.encoder.base import EmbeddingText, Matrix, Progress
    from recommender.encoder.passages import PassageModel

log = logging.getLogger(__name__)

# Articles whose passages are sorted by length together; progress is told after each such group.
_GROUP = 64


class SentenceEncoder:
    """An `Encoder` over a loaded model. Safe to call from several threads."""

    def __init__(self, model: PassageModel, *, model_id: str) -> None:
        self.model, self.model_id = model, model_id
        self._encoder_id = f"{model_id}+{RECIPE_VERSION}"
        self._dim = model.dim

    @property
    def encoder_id(self) -> str:
        """Model + revision + text recipe; not precision and device, which change nothing that counts."""
        return self._encoder_id

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._dim

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return one unit row per text, shape (len(texts), dim), in the order given.

        Raises `EncoderError` naming the position of a text whose vector is not finite or has no length.
        """
        started = time.monotonic()
        out = np.empty((len(texts), self._dim), dtype=np.float32)
        for start in range(0, len(texts), _GROUP):
            group = texts[start : start + _GROUP]
            self._encode_group(group, out[start : start + len(group)], first=start)
            if progress is not None:
                progress(len(group))
        log.debug("encoder.encoded articles=%d seconds=%.2f", len(texts), time.monotonic() - started)
        return out

    def _encode_group(self, texts: Sequence[EmbeddingText], out: Matrix, *, first: int) -> None:
        plans = [plan(text, self.model) for text in texts]
        # A short article's head is its only window: encoded once.
        passages = list(dict.fromkeys(passage for each in plans for passage in (each.head, *each.windows)))
        vectors = self.model.encode(passages)
        place = {passage: row for row, passage in enumerate(passages)}
        owners = _owners(plans, place, first)
        units = _unit_rows(vectors, owners)
        for row, each in zip(out, plans, strict=True):
            row[:] = pool(units[place[each.head]], units[[place[window] for window in each.windows]])


def _owners(plans: Sequence[Plan], place: dict[str, int], first: int) -> dict[int, int]:
    """Return for every passage the position of a text that has it."""
    return {
        place[passage]: first + position
        for position, each in enumerate(plans)
        for passage in (each.head, *each.windows)
    }


def _unit_rows(vectors: Matrix, owners: dict[int, int]) -> Matrix:
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    usable = (np.isfinite(lengths) & (lengths > 0))[:, 0]
    if not usable.all():
        position = min(owners[int(row)] for row in np.flatnonzero(~usable))
        raise EncoderError(
            f"text {position} (counted from 0) got a vector that is not finite or has no length: "
            "run the encoder with precision fp32, or use another model"
        )
    units: Matrix = vectors / lengths
    return units
