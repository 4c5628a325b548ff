"""Term search: cosine of tf·idf weights over fixed rows, by an inverted list per term.

Rows → terms (CSR) serves exact similarities and gives a row's terms back; terms → rows (CSC, with
finished weights) finds candidates. Both are plain arrays on disk, mapped, never unpickled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.arrays import find_rows, load_array
from index.ordering import hits_of, leading_rows
from index.terms import (
    RESCORED_AT_LEAST,
    RESCORED_PER_HIT,
    TermStatistics,
    Weights,
    as_cosines,
    distinct,
    find_terms,
    products_by_row,
    sublinear,
)
from index.types import TermVector

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index.columns import Mask
    from index.types import Counts, Hit, Ids, Terms

Starts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

# Terms are looked up in portions, because each look-up takes four times the memory of its result.
_PORTION = 4_000_000
_ARRAYS = ("row_starts", "row_terms", "row_counts", "row_lengths", "list_starts", "list_rows", "list_weights")


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Term vectors of n rows with ascending `ids`, their statistics, and inverted lists; immutable.

    Row r's terms (places in the vocabulary, ascending) and raw counts stand at
    `row_starts[r]:row_starts[r + 1]`, `row_lengths[r]` is the length of its tf·idf vector. Term t's
    rows and unit-length weights stand at `list_starts[t]:list_starts[t + 1]`.
    """

    ids: Ids
    statistics: TermStatistics
    row_starts: Starts
    row_terms: Numbers
    row_counts: Counts
    row_lengths: Weights
    list_starts: Starts
    list_rows: Numbers
    list_weights: Weights

    @classmethod
    def build(cls, ids: Ids, terms: Sequence[TermVector]) -> LexicalIndex:
        """Build over rows with ascending distinct `ids`, one term vector each (or none at all)."""
        rows = terms or [TermVector(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.float32))] * len(ids)
        starts = np.zeros(len(ids) + 1, dtype=np.int64)
        np.cumsum([len(row.ids) for row in rows], out=starts[1:])
        flat = np.concatenate([np.empty(0, dtype=np.uint64), *(row.ids for row in rows)])
        counts = np.concatenate(
            [np.empty(0, dtype=np.float32), *(row.counts for row in rows)], dtype=np.float32
        )
        vocabulary = distinct(flat)
        row_terms = _looked_up(vocabulary, flat)
        frequencies = np.bincount(row_terms, minlength=len(vocabulary)).astype(np.int32)
        statistics = TermStatistics(vocabulary, frequencies, len(ids))
        weights = sublinear(counts) * statistics.idf()[row_terms]
        matrix = sparse.csr_array((weights, row_terms, starts), shape=(len(ids), len(vocabulary)))
        lengths = np.sqrt(np.asarray(matrix.power(2).sum(axis=1), dtype=np.float64))
        lengths = np.where(lengths > 0, lengths, 1).astype(np.float32)
        matrix.data = weights / np.repeat(lengths, np.diff(starts))
        lists = matrix.tocsc()
        return cls(
            ids=ids,
            statistics=statistics,
            row_starts=starts,
            row_terms=row_terms,
            row_counts=counts,
            row_lengths=lengths,
            list_starts=lists.indptr.astype(np.int64),
            list_rows=lists.indices.astype(np.int32),
            list_weights=lists.data.astype(np.float32),
        )

    def search(
        self, query: TermVector, k: int, passing: Mask | None = None, *, max_terms: int = 64
    ) -> list[Hit]:
        """Return up to `k` passing rows by cosine, best first, ties by ascending id.

        Only rows that share one of the query's `max_terms` heaviest terms are found; their
        similarity, in (0, 1], counts every term. `passing` (n,) is the filter.
        """
        weights = self.statistics.weights(query)
        scores = self._partial_scores(query, weights, max_terms)
        if passing is not None:
            scores[~passing] = 0
        rows = np.flatnonzero(scores)
        if k <= 0 or not len(rows):
            return []
        rows = rows[leading_rows(scores[rows], max(RESCORED_PER_HIT * k, RESCORED_AT_LEAST))]
        return hits_of(self.ids[rows], self._cosines(query, weights, rows), k)

    def similarity(self, query: TermVector, ids: Sequence[int] | Ids) -> Weights:
        """Return the cosine in [0, 1] with each of `ids`, in their order; 0 for unknown ids."""
        rows = find_rows(self.ids, ids)
        known = rows >= 0
        similarities = np.zeros(len(rows), dtype=np.float32)
        similarities[known] = self._cosines(query, self.statistics.weights(query), rows[known])
        return similarities

    def terms_of(self, ids: Sequence[int] | Ids) -> dict[int, TermVector]:
        """Return the term vectors of those ids that are there, with the counts they came with."""
        found = {}
        for row in find_rows(self.ids, ids):
            if row >= 0:
                place = slice(self.row_starts[row], self.row_starts[row + 1])
                terms = self.statistics.vocabulary[self.row_terms[place]]
                found[int(self.ids[row])] = TermVector(terms, self.row_counts[place].copy())
        return found

    def save(self, folder: Path) -> None:
        """Write `terms_*.npy` into `folder`; the ids are the owner's to keep."""
        self.statistics.save(folder)
        for name in _ARRAYS:
            np.save(folder / f"terms_{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path, ids: Ids, *, mmap: bool = True) -> LexicalIndex:
        """Read what `save` wrote, for the same `ids`."""
        arrays = {name: load_array(folder / f"terms_{name}.npy", mmap=mmap) for name in _ARRAYS}
        return cls(ids=ids, statistics=TermStatistics.load(folder, mmap=mmap), **arrays)

    def _partial_scores(self, query: TermVector, weights: Weights, max_terms: int) -> Weights:
        """Return, per row, the part of the cosine that the query's heaviest terms make."""
        scores = np.zeros(len(self.ids), dtype=np.float32)
        heaviest = np.lexsort((query.ids, -weights))[:max_terms]
        places = find_terms(self.statistics.vocabulary, query.ids[heaviest])
        for place, weight in zip(places, weights[heaviest], strict=True):
            if place >= 0:
                span = slice(self.list_starts[place], self.list_starts[place + 1])
                # a row stands once in a list, so the additions cannot collide
                scores[self.list_rows[span]] += weight * self.list_weights[span]
        return scores

    def _cosines(self, query: TermVector, weights: Weights, rows: Ids) -> npt.NDArray[np.float64]:
        """Return the full cosine with `rows`, rounded so that equal rows tie."""
        places = find_terms(self.statistics.vocabulary, query.ids)
        known = places >= 0
        # weight of a term in the query times its idf, laid out so that a row's terms can look it up
        table = np.zeros(len(self.statistics.vocabulary), dtype=np.float64)
        table[places[known]] = weights[known] * self.statistics.idf_at(places[known])
        sums = products_by_row(
            self.row_starts, self.row_terms, lambda at: sublinear(self.row_counts[at]), rows, table
        )
        return as_cosines(sums / self.row_lengths[rows])


def _looked_up(vocabulary: Terms, terms: Terms) -> Numbers:
    places = np.empty(len(terms), dtype=np.int32)
    for start in range(0, len(terms), _PORTION):
        portion = slice(start, start + _PORTION)
        places[portion] = np.searchsorted(vocabulary, terms[portion])
    return places
