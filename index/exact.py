"""Brute force: slow on many rows, obviously right; the oracle of every store and the engine of small ones."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from index.arrays import find_rows
from index.columns import Columns
from index.errors import UnknownSnapshotError
from index.ordering import exact_similarities, leading_rows
from index.rows import checked_rows, empty_rows
from index.segment import Segment
from index.vectors import as_unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from index.columns import Mask
    from index.filters import Filter
    from index.types import Hit, Ids, Matrix, Rows

# Gathering scattered rows costs about four times as much per row as reading all in sequence.
_GATHER_BELOW_SHARE = 0.25


class ExactDense:
    """Compares the query with every passing row."""

    def __init__(self, vectors: Matrix) -> None:
        self.vectors = vectors

    def candidates(
        self, query: Matrix, k: int, passing: Mask | None, effort: float = 1.0
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """See `DenseSearch`; `effort` changes nothing."""
        del effort
        rows = np.arange(len(self.vectors)) if passing is None else np.flatnonzero(passing)
        if k <= 0 or not len(rows):
            return np.empty(0, dtype=np.int64), np.empty(0)
        if len(rows) < _GATHER_BELOW_SHARE * len(self.vectors):
            scores = self.vectors[rows] @ query
        else:
            scores = (self.vectors @ query)[rows]
        best = rows[leading_rows(scores, k)]
        return best, exact_similarities(self.vectors, best, query)


def exact_segment(rows: Rows) -> Segment:
    """Make a brute-force segment of checked rows."""
    return Segment(rows.ids, Columns.of(rows.attributes), ExactDense(rows.vectors))


def joined(old: Segment, new: Segment) -> Segment:
    """Return a brute-force segment of both; a row of `new` replaces that of `old` with the same id."""
    kept = np.flatnonzero(find_rows(new.ids, old.ids) < 0)
    ids = np.concatenate([old.ids[kept], new.ids])
    order = np.argsort(ids)
    vectors = np.concatenate([old.dense.vectors[kept], new.dense.vectors])
    columns = old.columns.taken(kept).extended(new.columns)
    return Segment(ids[order], columns.taken(order), ExactDense(vectors[order]))


def without(old: Segment, ids: Ids) -> Segment:
    """Return a brute-force segment that lacks `ids`."""
    kept = np.flatnonzero(find_rows(np.unique(ids), old.ids) < 0)
    return Segment(old.ids[kept], old.columns.taken(kept), ExactDense(old.dense.vectors[kept]))


class ExactStore:
    """A `VectorStore` in memory, by brute force.

    Readers take no lock: every write makes a new segment and swaps it in by one assignment.
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        self._segment = exact_segment(empty_rows(dim))
        self._built: dict[str, Segment] = {}
        self._writing = threading.Lock()

    def upsert(self, rows: Rows) -> None:
        """See `VectorStore`."""
        new = exact_segment(checked_rows(rows, dim=self.dim))
        with self._writing:
            self._segment = joined(self._segment, new)

    def delete(self, ids: Sequence[int] | Ids) -> int:
        """See `VectorStore`."""
        with self._writing:
            before = len(self._segment)
            self._segment = without(self._segment, np.asarray(ids, dtype=np.int64))
            return before - len(self._segment)

    def search(self, query: Matrix, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002 the seam's name
        """See `VectorStore`; `effort` changes nothing."""
        segment = self._segment
        vector = as_unit_rows(query, dim=self.dim)[0]
        return segment.search(vector, k, segment.passing(filter), effort)

    def get(self, ids: Sequence[int] | Ids) -> dict[int, Matrix]:
        """See `VectorStore`."""
        segment = self._segment
        rows = find_rows(segment.ids, ids)
        return {int(segment.ids[row]): segment.dense.vectors[row].copy() for row in rows if row >= 0}

    def count(self) -> int:
        """See `VectorStore`."""
        return len(self._segment)

    def wait_ready(self, timeout: float) -> None:
        """Return at once: a write is searchable when its call returns."""

    def build(self, name: str, rows: Rows) -> None:
        """See `VectorStore`."""
        self._built[name] = exact_segment(checked_rows(rows, dim=self.dim))

    def promote(self, name: str) -> None:
        """See `VectorStore`."""
        with self._writing:
            if name not in self._built:
                raise UnknownSnapshotError(
                    f"got generation {name!r}, built are {sorted(self._built)}: build it first"
                )
            self._segment = self._built.pop(name)

    def close(self) -> None:
        """Forget every row."""
        with self._writing:
            self._built.clear()
            self._segment = without(self._segment, self._segment.ids)
