"""Articles to vectors: a sentence-transformers model under a fixed recipe, or word hashing for tests.

Importing this package imports no model library; `create_encoder` does, for the models that need it.
"""

from __future__ import annotations

from recommender.encoder.base import EmbeddingText, Encoder
from recommender.encoder.factory import create_encoder
from recommender.encoder.hashing import HashingEncoder

__all__ = ["EmbeddingText", "Encoder", "HashingEncoder", "create_encoder"]
