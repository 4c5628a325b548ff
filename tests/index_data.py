"""Rows for the tests of `index`, and brute force written without any of its code."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from index.types import Attributes, Rows, TermVector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.filters import Filter
    from index.types import Hit, Matrix

DIM = 16
DAY = 86_400

# id -> (vector, attributes): what a store ought to hold
Model = dict[int, tuple["Matrix", Attributes]]


def clustered(count: int, *, seed: int = 1, dim: int = DIM) -> Matrix:
    """Return unit rows around a few centres: on unclustered vectors every graph index looks bad."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(12, dim))
    rows = centres[rng.integers(0, len(centres), count)] + 0.5 * rng.normal(size=(count, dim))
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def attributes_of(number: int) -> Attributes:
    """Return the attributes of the n-th row: half on each site, 1 % in section `rare`, 0.1 % of kind `liveblog`."""
    return Attributes(
        site=("nord", "sued")[number % 2],
        language=("de", "de", "en", "fr")[number % 4],
        section="rare" if number % 100 == 0 else ("politik", "sport", "kultur")[number % 3],
        kind="liveblog" if number % 1000 == 0 else "article",
        status="draft" if number % 50 == 7 else "published",
        published_at=number * DAY,
    )


def make_rows(count: int, *, seed: int = 1, first_id: int = 1, dim: int = DIM) -> Rows:
    """Return `count` rows whose ids are neither dense nor in order."""
    numbers = np.random.default_rng(seed + 1).permutation(count)
    return Rows(
        ids=(first_id + 3 * numbers).astype(np.int64),
        vectors=clustered(count, seed=seed, dim=dim),
        attributes=[attributes_of(int(number)) for number in numbers],
    )


def model_of(rows: Rows) -> Model:
    """Return what a store holds after `rows`; the last row of an id wins."""
    return {
        int(row_id): (vector, attributes)
        for row_id, vector, attributes in zip(rows.ids, rows.vectors, rows.attributes, strict=True)
    }


def brute_force(model: Model, query: Matrix, k: int, conditions: Filter) -> list[tuple[int, float]]:
    """Return (id, cosine) of the best `k` that match, ties (to 6 decimals) by ascending id."""
    vector = query.reshape(-1).astype(np.float64)
    vector = vector / np.linalg.norm(vector)
    found = [
        (row_id, round(float(stored.astype(np.float64) @ vector), 6))
        for row_id, (stored, attributes) in model.items()
        if conditions.matches(row_id, attributes)
    ]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[: max(k, 0)]


def pairs(hits: Sequence[Hit]) -> list[tuple[int, float]]:
    """Return hits as (id, similarity to 6 decimals)."""
    return [(hit.id, round(hit.similarity, 6)) for hit in hits]


def term_vector(counts: Mapping[int, float]) -> TermVector:
    """Return a term vector of term -> count."""
    terms = sorted(counts)
    return TermVector(
        np.array(terms, dtype=np.uint64), np.array([counts[term] for term in terms], dtype=np.float32)
    )


def random_terms(count: int, *, seed: int = 1, vocabulary: int = 300, length: int = 25) -> list[TermVector]:
    """Return term vectors with few common and many rare terms, spread over all of uint64."""
    rng = np.random.default_rng(seed)
    hashed = np.random.default_rng(9).integers(0, 2**64, vocabulary, dtype=np.uint64)
    texts = []
    for _ in range(count):
        drawn = np.minimum(rng.zipf(1.3, length), vocabulary) - 1
        texts.append(
            term_vector({int(hashed[term]): float(n) for term, n in Counter(drawn.tolist()).items()})
        )
    return texts


def tf_idf_cosine(left: TermVector, right: TermVector, texts: Sequence[TermVector]) -> float:
    """Return the cosine of (1 + ln tf)·(ln((1 + N)/(1 + df)) + 1) with the document frequencies of `texts`."""
    frequencies = Counter(term for text in texts for term in text.ids.tolist())

    def weights(text: TermVector) -> dict[int, float]:
        return {
            term: (1 + math.log(count)) * (math.log((1 + len(texts)) / (1 + frequencies[term])) + 1)
            for term, count in zip(text.ids.tolist(), text.counts.tolist(), strict=True)
        }

    a, b = weights(left), weights(right)
    product = sum(weight * b.get(term, 0.0) for term, weight in a.items())
    lengths = math.sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))
    return product / lengths if lengths else 0.0
