"""An encoder without a model: words hashed into signed buckets. Deterministic, fast, hand-computable.

For tests, and for measuring everything around the model. Feature hashing: Weinberger et al.,
"Feature Hashing for Large Scale Multitask Learning" (2009).
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.encoder.base import EmbeddingText, Matrix, Progress

DEFAULT_DIM = 256
_VERSION = "hashing-v1"
_WORD = re.compile(r"\w+")
_SIGN_BIT = 1 << 31


def bucket(word: str, dim: int) -> tuple[int, float]:
    """Return the bucket (0 … dim - 1) and the sign (±1) of a lower-case word.

    CRC-32 of its UTF-8 bytes: the top bit is the sign, the rest modulo `dim` the bucket.
    """
    code = zlib.crc32(word.encode())
    return code % _SIGN_BIT % dim, -1.0 if code & _SIGN_BIT else 1.0


class HashingEncoder:
    """Count the words of title, lead and body alike; a text whose counts cancel out points along bucket 0."""

    def __init__(self, dim: int = DEFAULT_DIM) -> None:
        self._dim = dim
        self._buckets: dict[str, tuple[int, float]] = {}

    @property
    def encoder_id(self) -> str:
        """Version and width."""
        return f"{_VERSION}-{self._dim}"

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._dim

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return one unit row per text, shape (len(texts), dim)."""
        out = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            self._count(text, row)
            if progress is not None:
                progress(1)
        return out

    def _count(self, text: EmbeddingText, row: Matrix) -> None:
        places = [
            self._place(word) for word in _WORD.findall(f"{text.title} {text.lead} {text.body}".lower())
        ]
        if places:
            columns, signs = zip(*places, strict=True)
            row += np.bincount(columns, weights=signs, minlength=self._dim)
        length = np.linalg.norm(row)
        if length > 0:
            row /= length
        else:
            row[0] = 1.0

    def _place(self, word: str) -> tuple[int, float]:
        # Plain dicts are safe to fill from several threads: the value for a word is always the same.
        place = self._buckets.get(word)
        if place is None:
            place = self._buckets[word] = bucket(word, self._dim)
        return place
