"""Encoders that watch, fail and wait as a test wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.encoder.hashing import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recommender.encoder.base import EmbeddingText, Matrix, Progress


class WatchedEncoder(HashingEncoder):
    """Hashes, and notes the titles of every call. `before` runs first and may raise."""

    def __init__(self, before: Callable[[Sequence[EmbeddingText]], None] | None = None) -> None:
        super().__init__()
        self.calls: list[list[str]] = []
        self.before = before

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return what `HashingEncoder` does."""
        self.calls.append([text.title for text in texts])
        if self.before is not None:
            self.before(texts)
        return super().encode(texts, progress=progress)

    @property
    def encoded(self) -> list[str]:
        """Return the titles of all calls, in order."""
        return [title for call in self.calls for title in call]


class NanEncoder(WatchedEncoder):
    """Gives a vector without a single number to texts titled `bad`."""

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Return what `HashingEncoder` does, spoilt for bad texts."""
        rows = super().encode(texts, progress=progress)
        rows[[text.title == "bad" for text in texts]] = np.nan
        return rows


def failing_on(title: str, error: Exception) -> Callable[[Sequence[EmbeddingText]], None]:
    """Return a `before` that raises `error` when a text has this title."""

    def check(texts: Sequence[EmbeddingText]) -> None:
        if any(text.title == title for text in texts):
            raise error

    return check
