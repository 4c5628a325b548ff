"""Passages to vectors with a loaded model: batches of similar length within a token budget."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sentence_transformers import SentenceTransformer

    from recommender.encoder.base import Matrix

# Tokens of a batch, padding included: enough to keep two to eight cores busy, little enough to stay
# in cache (measured: 4,096 is fastest; 512 and 16,384 are a third slower).
BATCH_TOKENS = 4_096
# Models without a limit of their own get windows of this many tokens.
_LONGEST_PASSAGE = 512
# For the rare tokenizer that cannot say where its tokens stand: cautious for European languages.
_CHARS_PER_TOKEN = 3
_NO_ROW = np.empty(0, dtype=np.float32)


class PassageModel:
    """A loaded model with its prompt. Safe to call from several threads: they take turns batch by batch."""

    def __init__(self, model: SentenceTransformer, prompt: str) -> None:
        self._model = model
        self.prompt = prompt
        self.tokenizer = model.tokenizer
        # Neither the tokenizer's truncation state nor a device queue bears two calls at once.
        self._lock = threading.Lock()
        self._limit = min(int(model.max_seq_length or _LONGEST_PASSAGE), _LONGEST_PASSAGE)
        self._has_offsets = bool(getattr(self.tokenizer, "is_fast", False))
        self._overhead = self._count([""])[0]
        # Asked of the model itself: what its configuration says has had three names so far.
        self.dim = int(self._encode_batch(["a"]).shape[1])

    @property
    def room(self) -> int:
        """Tokens of text one passage can hold besides the prompt and the special tokens."""
        return max(1, self._limit - self._overhead)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return start and end (in characters) of every token of `text`, in order."""
        if not self._has_offsets:
            return [
                (at, min(at + _CHARS_PER_TOKEN, len(text))) for at in range(0, len(text), _CHARS_PER_TOKEN)
            ]
        with self._lock:
            encoded = self.tokenizer(
                text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
            )
        # Some tokenizers mark a word's start with a token that stands on no character.
        return [(start, end) for start, end in encoded["offset_mapping"] if end > start]

    def encode(self, passages: Sequence[str]) -> Matrix:
        """Return one float32 row per passage, as the model gives it, in the order given."""
        counts = self._count(passages) if passages else []
        rows: list[Matrix] = [_NO_ROW] * len(passages)
        for batch in batches(counts, BATCH_TOKENS):
            vectors = self._encode_batch([passages[position] for position in batch])
            for position, vector in zip(batch, vectors, strict=True):
                rows[position] = vector
        return np.stack(rows) if rows else np.empty((0, self.dim), dtype=np.float32)

    def _encode_batch(self, passages: list[str]) -> Matrix:
        with self._lock:
            vectors = self._model.encode(
                passages,
                prompt=self.prompt,
                batch_size=len(passages),
                show_progress_bar=False,
                convert_to_tensor=True,
            )
            rows: Matrix = vectors.float().cpu().numpy()
        return rows

    def _count(self, passages: Sequence[str]) -> list[int]:
        texts = [self.prompt + passage for passage in passages]
        if not self._has_offsets:
            return [min(len(text) // _CHARS_PER_TOKEN + 2, self._limit) for text in texts]
        with self._lock:
            encoded = self.tokenizer(texts, truncation=False, verbose=False)
        return [min(len(ids), self._limit) for ids in encoded["input_ids"]]


def batches(token_counts: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield the positions of all passages, longest first, in batches of at most `budget` padded tokens.

    A passage longer than the budget is a batch of its own. Ties keep their order.
    """
    order = sorted(range(len(token_counts)), key=lambda position: -token_counts[position])
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, token_counts[order[start]]))
        yield order[start : start + size]
        start += size
