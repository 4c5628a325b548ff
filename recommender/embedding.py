"""Vectors for what has none yet. One text that cannot be encoded is left out; the others go on."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

from recommender.encoder.base import EmbeddingText
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recommender.catalog import Catalog, StoredArticle
    from recommender.encoder.base import Encoder

log = logging.getLogger(__name__)

_ENCODED_PER_STEP: Final = 256
_SLICE: Final = 16
# What a model throws at a text it cannot take: its own class, and whatever its libraries raise.
_FAILURES: Final = (
    EncoderError,
    ArithmeticError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
# An encoder that fails on this is broken itself, and no article is to blame.
_PLAIN_TEXT: Final = EmbeddingText("Probe", "", "Ein Satz zur Probe.", "de")


class Embedder:
    """Gives vectors to published articles that have none; one process does this for all.

    A text that the encoder cannot take is logged and passed over until it changes, or until a new
    `Embedder` tries again; `failed` counts those.
    """

    def __init__(self, catalog: Catalog, encoder: Encoder) -> None:
        self._catalog, self._encoder = catalog, encoder
        self._failed: set[str] = set()

    @property
    def failed(self) -> int:
        """How many texts could not be encoded so far."""
        return len(self._failed)

    def step(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Encode one batch, oldest change first; return how many articles got a vector or were given up.

        Equal texts are encoded once. Vectors are durable, and announced, before this returns. Raises
        when nothing can be encoded at all: `EncoderError`, `EncoderUnavailableError`, `CatalogError`.
        """
        return len(self._step(progress))

    def catch_up(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Encode everything that waits; return how many articles got a vector. Raises as `step` does."""
        total = 0
        while done := self._step(progress):
            total += sum(stored.content_hash not in self._failed for stored in done)
        return total

    def _step(self, progress: Callable[[int], None] | None) -> list[StoredArticle]:
        waiting = self._waiting()
        if not waiting:
            return []
        texts = {stored.content_hash: EmbeddingText.of(stored.article) for stored in waiting}
        started, failed_before = time.monotonic(), self.failed
        # by length, so that a slice has little padding; in slices, so that a draft never waits long
        hashes = sorted(texts, key=lambda content_hash: len(texts[content_hash].body))
        for first in range(0, len(hashes), _SLICE):
            self._encode({each: texts[each] for each in hashes[first : first + _SLICE]})
        log.info(
            "articles.encoded count=%d texts=%d failed=%d seconds=%.2f",
            len(waiting),
            len(texts),
            self.failed - failed_before,
            time.monotonic() - started,
        )
        if progress is not None:
            progress(len(waiting))
        return waiting

    def _waiting(self) -> list[StoredArticle]:
        """Return the next articles without a vector that have not failed before."""
        after = 0
        while page := self._catalog.pending(self._encoder.encoder_id, _ENCODED_PER_STEP, after=after):
            fresh = [stored for stored in page if stored.content_hash not in self._failed]
            if fresh:
                return fresh
            after = page[-1].revision
        return []

    def _encode(self, texts: Mapping[str, EmbeddingText]) -> None:
        try:
            self._store(texts)
        except _FAILURES as error:
            if len(texts) == 1:
                self._give_up(next(iter(texts)), error)
                return
            log.warning("slice.failed texts=%d error=%s: each is tried alone", len(texts), error)
            for content_hash, text in texts.items():
                self._encode({content_hash: text})

    def _store(self, texts: Mapping[str, EmbeddingText]) -> None:
        vectors = self._encoder.encode(list(texts.values()))
        self._catalog.put_embeddings(self._encoder.encoder_id, dict(zip(texts, vectors, strict=True)))

    def _give_up(self, content_hash: str, error: Exception) -> None:
        self._encoder.encode([_PLAIN_TEXT])
        self._failed.add(content_hash)
        log.error(
            "article.not_encoded content_hash=%s error=%s: it is passed over until its text changes",
            content_hash,
            error,
        )
