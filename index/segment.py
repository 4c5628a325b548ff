"""A segment: immutable rows in ascending id order, with an engine over their vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from index.arrays import find_rows
from index.ordering import hits_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from index.columns import Columns, Mask
    from index.filters import Filter
    from index.types import Hit, Ids, Matrix


class DenseSearch(Protocol):
    """An engine over fixed vectors. Row numbers, never ids: those belong to the segment."""

    @property
    def vectors(self) -> Matrix:
        """The vectors (n, dim), as given. Valid while the engine lives: copy what is to outlive it."""
        ...

    def candidates(
        self, query: Matrix, k: int, passing: Mask | None, effort: float
    ) -> tuple[Ids, npt.NDArray[np.float64]]:
        """Return rows and exact similarities holding the best `k` of the `passing` rows, in no order.

        `query` is one unit vector (dim,); `passing` None lets every row through. Never fewer than
        min(k, passing), each row once; more when there are ties at the end.
        """
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows by ascending id (n,), their columns, and the engine that searches their vectors."""

    ids: Ids
    columns: Columns
    dense: DenseSearch

    def __len__(self) -> int:
        """Count rows."""
        return len(self.ids)

    def passing(self, conditions: Filter, hidden: Mask | None = None) -> Mask:
        """Return which rows pass the filter and are not hidden."""
        mask = self.columns.mask(conditions)
        if conditions.excluded_ids:
            rows = find_rows(self.ids, list(conditions.excluded_ids))
            mask[rows[rows >= 0]] = False
        if hidden is not None:
            mask &= ~hidden
        return mask

    def search(self, query: Matrix, k: int, passing: Mask, effort: float = 1.0) -> list[Hit]:
        """Return the best min(k, passing) rows for one unit vector (dim,), ties by ascending id."""
        everything = bool(passing.all())
        rows, similarities = self.dense.candidates(query, k, None if everything else passing, effort)
        return hits_of(self.ids[rows], similarities, k)
