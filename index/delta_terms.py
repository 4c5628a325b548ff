"""The delta's terms, compared with a query row by row: inverted lists are dear to keep up to date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.arrays import GrowingArray
from index.ordering import leading_rows
from index.terms import RESCORED_AT_LEAST, RESCORED_PER_HIT, Weights, as_cosines, find_terms
from index.types import TermVector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.columns import Mask
    from index.terms import TermStatistics
    from index.types import Ids, Terms

Numbers = npt.NDArray[np.int32]

# A term's slot is the top of its hash. 2^18 of them fit a core's cache; two terms in one slot only
# add a candidate now and then, whose full cosine then puts it right.
_SLOT_BITS = 18


@dataclass(frozen=True, slots=True)
class DeltaTerms:
    """Term vectors of n rows in order of arrival, with unit-length weights by the snapshot's statistics.

    Row r's slots and weights stand at `starts[r]:starts[r + 1]`.
    """

    vectors: tuple[TermVector, ...]
    starts: Numbers
    slots: GrowingArray[np.int32]
    weights: GrowingArray[np.float32]

    @classmethod
    def empty(cls) -> DeltaTerms:
        """Return terms of no rows."""
        return cls(
            vectors=(),
            starts=np.zeros(1, dtype=np.int32),
            slots=GrowingArray.of(np.empty(0, dtype=np.int32)),
            weights=GrowingArray.of(np.empty(0, dtype=np.float32)),
        )

    def extended(self, terms: Sequence[TermVector], count: int, statistics: TermStatistics) -> DeltaTerms:
        """Return terms of `count` (at least one) more rows: `terms`, or nothing in each if there are none."""
        added = terms or [TermVector(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.float32))] * count
        ends = np.cumsum([len(row.ids) for row in added], dtype=np.int32)
        return DeltaTerms(
            vectors=(*self.vectors, *added),
            starts=np.concatenate([self.starts, self.starts[-1] + ends]),
            slots=self.slots.extended(_slots_of(np.concatenate([row.ids for row in added]))),
            weights=self.weights.extended(np.concatenate([statistics.weights(row) for row in added])),
        )

    def candidates(
        self, query: TermVector, k: int, passing: Mask, statistics: TermStatistics
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """Return the best `k` or more passing rows that share a term, and their cosines, in no order."""
        scores = self._scores(query, statistics.weights(query))
        scores[~passing] = 0
        found = np.flatnonzero(scores)
        best = found[leading_rows(scores[found], max(RESCORED_PER_HIT * k, RESCORED_AT_LEAST))]
        similarities = self.cosines(query, best, statistics)
        return best[similarities > 0], similarities[similarities > 0]

    def cosines(self, query: TermVector, rows: Ids, statistics: TermStatistics) -> npt.NDArray[np.float64]:
        """Return the cosine in [0, 1] with each of `rows`."""
        if not len(rows):
            return np.empty(0)
        weights = np.append(statistics.weights(query).astype(np.float64), 0.0)
        places = find_terms(query.ids, np.concatenate([self.vectors[row].ids for row in rows]))
        own = np.concatenate([self.weights.rows[self.starts[row] : self.starts[row + 1]] for row in rows])
        owners = np.repeat(np.arange(len(rows)), self.starts[rows + 1] - self.starts[rows])
        # place -1, not in the query, takes the zero at the end
        sums = np.bincount(owners, weights=own * weights[places], minlength=len(rows)).astype(np.float64)
        return as_cosines(sums)

    def _scores(self, query: TermVector, weights: Weights) -> Weights:
        """Return about the cosine with every row (n,): terms that share a slot count as one."""
        table = np.zeros(1 << _SLOT_BITS, dtype=np.float32)
        np.add.at(table, _slots_of(query.ids), weights)
        shape = (len(self.vectors), len(table))
        matrix = sparse.csr_array((self.weights.rows, self.slots.rows, self.starts), shape=shape)
        scores: Weights = matrix @ table
        return scores


def _slots_of(terms: Terms) -> Numbers:
    return (terms >> np.uint64(64 - _SLOT_BITS)).astype(np.int32)
