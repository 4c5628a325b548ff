"""Which encoder a name stands for, without loading it: for processes that only read vectors."""

from __future__ import annotations

from recommender.encoder import bundled
from recommender.encoder.factory import BUNDLED, HASHING
from recommender.encoder.hashing import HashingEncoder
from recommender.encoder.recipe import RECIPE_VERSION


def static_identity(model: str) -> tuple[str, int] | None:
    """Return encoder id and width of `model`, or None when only loading it can tell."""
    if model == HASHING:
        encoder = HashingEncoder()
        return encoder.encoder_id, encoder.dim
    if model == BUNDLED:
        return f"{bundled.NAME}@{bundled.revision()}+{RECIPE_VERSION}", bundled.DIM
    return None
