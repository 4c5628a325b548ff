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
# About 30 MB at most; words beyond are hashed each time.
_REMEMBERED_WORDS = 300_000


def bucket(word: str, dim: int) -> tuple[int, float]:
    """Return the bucket (0 … dim - 1) and the sign (±1) of a lower-case word.

    CRC-32 of its UTF-8 bytes: the top bit is the sign, the rest modulo `dim` the bucket.
    """
    code = zlib.crc32(word.encode())
    return code % _SIGN_BIT % dim, -1.0 if code & _SIGN_BIT else 1.0


class _Columns(dict[str, int]):
    """Words to columns, remembered: 0 … dim - 1 for a positive sign, dim … 2·dim - 1 for a negative one."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self._dim = dim

    def __missing__(self, word: str) -> int:
        at, sign = bucket(word, self._dim)
        column = at if sign > 0 else at + self._dim
        # Safe from several threads: whoever comes first stores the same value.
        if len(self) < _REMEMBERED_WORDS:
            self[word] = column
        return column


class HashingEncoder:
    """Count the words of title, lead and body alike; a text whose counts cancel out points along bucket 0."""

    def __init__(self, dim: int = DEFAULT_DIM) -> None:
        self._dim = dim
        self._columns = _Columns(dim)

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
        words = _WORD.findall(f"{text.title} {text.lead} {text.body}".lower())
        columns = np.fromiter(map(self._columns.__getitem__, words), dtype=np.int64, count=len(words))
        counts = np.bincount(columns, minlength=2 * self._dim)
        row[:] = counts[: self._dim] - counts[self._dim :]
        length = np.linalg.norm(row)
        if length > 0:
            row /= length
        else:
            row[0] = 1.0
