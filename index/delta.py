"""The delta: articles changed since the snapshot, in the order they came, searched by brute force.

A log: rows are only ever added behind the last one, and a row that was replaced or deleted is no
longer alive. So each generation shares the memory of the one before, and a reader of an earlier
one sees it unchanged while a single writer goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from index.arrays import GrowingArray
from index.columns import Columns
from index.delta_terms import DeltaTerms
from index.exact import ExactDense
from index.ordering import hits_of
from index.types import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.centring import GroupMeans
    from index.columns import Mask
    from index.filters import Filter
    from index.terms import TermStatistics
    from index.types import Hit, Ids, Matrix, TermVector


@dataclass(frozen=True, slots=True)
class Delta:
    """Rows in order of arrival. `rows` says where a living id stands, `deleted` at which revision an id went.

    `raw` are unit vectors as they came, `centred` what is searched; `revisions` (n,) is the
    change that brought the row.
    """

    ids: Ids
    raw: GrowingArray[np.float32]
    centred: GrowingArray[np.float32]
    columns: Columns
    terms: DeltaTerms
    revisions: Ids
    alive: Mask
    rows: Mapping[int, int]
    deleted: Mapping[int, int]

    @classmethod
    def empty(cls, dim: int) -> Delta:
        """Return a delta without changes."""
        none = np.empty(0, dtype=np.int64)
        vectors = np.empty((0, dim), dtype=np.float32)
        return cls(
            ids=none,
            raw=GrowingArray.of(vectors),
            centred=GrowingArray.of(vectors),
            columns=Columns.of(()),
            terms=DeltaTerms.empty(),
            revisions=none,
            alive=np.empty(0, dtype=np.bool_),
            rows={},
            deleted={},
        )

    def __len__(self) -> int:
        """Count living rows."""
        return len(self.rows)

    @property
    def log_length(self) -> int:
        """How many rows are kept, dead ones included."""
        return len(self.ids)

    def revision_of(self, row_id: int) -> int:
        """Return the revision of the last change of an id; -1 when the delta knows none."""
        row = self.rows.get(row_id)
        return self.deleted.get(row_id, -1) if row is None else int(self.revisions[row])

    def upserted(self, rows: Rows, means: GroupMeans, statistics: TermStatistics, revisions: Ids) -> Delta:
        """Return a delta with checked, raw `rows` at the end, hiding earlier rows of the same ids."""
        if not len(rows):
            return self
        start = len(self.ids)
        alive = np.concatenate([self.alive, np.ones(len(rows), dtype=np.bool_)])
        places = dict(self.rows)
        deleted = dict(self.deleted)
        for offset, row_id in enumerate(rows.ids.tolist()):
            replaced = places.get(row_id)
            if replaced is not None:
                alive[replaced] = False
            places[row_id] = start + offset
            deleted.pop(row_id, None)
        centred = means.centre(rows.vectors, [row.language for row in rows.attributes])
        return Delta(
            ids=np.concatenate([self.ids, rows.ids]),
            raw=self.raw.extended(rows.vectors),
            centred=self.centred.extended(centred),
            columns=self.columns.extended(Columns.of(rows.attributes)),
            terms=self.terms.extended(rows.terms, len(rows), statistics),
            revisions=np.concatenate([self.revisions, revisions]),
            alive=alive,
            rows=places,
            deleted=deleted,
        )

    def without(self, ids: Sequence[int], revision: int) -> Delta:
        """Return a delta in which these ids are deleted as of `revision`."""
        if not ids:
            return self
        places, alive = dict(self.rows), self.alive.copy()
        for row_id in ids:
            row = places.pop(row_id, None)
            if row is not None:
                alive[row] = False
        return replace(
            self, alive=alive, rows=places, deleted={**self.deleted, **dict.fromkeys(ids, revision)}
        )

    def rebased(self, means: GroupMeans, statistics: TermStatistics, *, after: int) -> Delta:
        """Return a delta of only the changes with a revision above `after`, centred and weighted anew."""
        kept = np.flatnonzero(self.alive & (self.revisions > after))
        start = replace(
            Delta.empty(means.dim), deleted={key: at for key, at in self.deleted.items() if at > after}
        )
        return start.upserted(self._rows_at(kept), means, statistics, self.revisions[kept])

    def passing(self, conditions: Filter) -> Mask:
        """Return which rows are alive and pass the filter."""
        mask = self.columns.mask(conditions) & self.alive
        for row_id in conditions.excluded_ids:
            row = self.rows.get(row_id)
            if row is not None:
                mask[row] = False
        return mask

    def search(self, query: Matrix, k: int, passing: Mask) -> list[Hit]:
        """Return the best passing rows for one centred unit vector (dim,), ties by ascending id."""
        rows, similarities = ExactDense(self.centred.rows).candidates(query, k, passing)
        return hits_of(self.ids[rows], similarities, k)

    def search_terms(self, query: TermVector, k: int, passing: Mask, statistics: TermStatistics) -> list[Hit]:
        """Return the best passing rows that share a term, by cosine, ties by ascending id."""
        if k <= 0 or not passing.any():
            return []
        rows, similarities = self.terms.candidates(query, k, passing, statistics)
        return hits_of(self.ids[rows], similarities, k)

    def _rows_at(self, rows: Ids) -> Rows:
        return Rows(
            ids=self.ids[rows],
            vectors=self.raw.rows[rows],
            attributes=[self.columns.attributes(row) for row in rows.tolist()],
            terms=[self.terms.vectors[row] for row in rows.tolist()],
        )
