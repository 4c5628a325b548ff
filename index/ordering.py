"""One order for every engine: best similarity first, ties by ascending id."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from index.types import Hit

if TYPE_CHECKING:
    import numpy.typing as npt

    from index.types import Ids, Matrix

# float32 kernels add in an order of their own (BLAS even by the row's position), so equal vectors
# can differ by some 1e-7. Whatever lies this close to the k-th similarity is computed again in float64.
TIE_WIDTH = 2e-6
_DECIMALS = 7


def exact_similarities(vectors: Matrix, rows: Ids, query: Matrix) -> npt.NDArray[np.float64]:
    """Return the cosine of unit `query` (dim,) with `vectors[rows]`, rounded to 7 decimals.

    Computed in float64: equal vectors get equal numbers whichever engine asks, so ties are real ties.
    """
    similarities = vectors[rows].astype(np.float64) @ query.astype(np.float64)
    return np.clip(np.round(similarities, _DECIMALS), -1.0, 1.0)


def leading_rows(scores: npt.NDArray[np.floating], k: int, *, slack: float = TIE_WIDTH) -> Ids:
    """Return the positions, ascending, of every score at most `slack` below the `k`-th best.

    At least min(k, len(scores)) of them; more when there are ties at the end; none for `k` below 1.
    """
    if k <= 0:
        return np.empty(0, dtype=np.int64)
    if k >= len(scores):
        return np.arange(len(scores), dtype=np.int64)
    kth_best = np.partition(scores, len(scores) - k)[len(scores) - k]
    return np.flatnonzero(scores >= kth_best - slack).astype(np.int64)


def hits_of(ids: Ids, similarities: npt.NDArray[np.floating], k: int) -> list[Hit]:
    """Return the best `k` as hits, ties by ascending id; `ids` and `similarities` go row by row."""
    best = np.lexsort((ids, -similarities))[: max(k, 0)]
    return [Hit(int(ids[row]), float(similarities[row])) for row in best]


def merge_hits(left: list[Hit], right: list[Hit], k: int) -> list[Hit]:
    """Merge two ordered lists over disjoint ids into the best `k`."""
    if not left or not right:
        return (left or right)[: max(k, 0)]
    return heapq.nsmallest(max(k, 0), [*left, *right], key=lambda hit: (-hit.similarity, hit.id))
