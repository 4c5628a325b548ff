"""A view: everything one query needs, at one moment. Hold one for a whole query; it never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.arrays import find_rows
from index.ordering import exact_similarities, merge_hits
from index.vectors import as_unit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from index.columns import Mask
    from index.delta import Delta
    from index.filters import Filter
    from index.snapshot import Snapshot
    from index.types import Attributes, Hit, Ids, Matrix, TermVector


@dataclass(frozen=True, slots=True)
class View:
    """A snapshot, the delta upon it, and `hidden`: the snapshot's rows that were replaced or deleted since.

    `revision` is the last change inside. Vectors of queries come in raw, as the encoder gives them;
    similarities are those of centred vectors. `group` is what centring goes by: the language.
    """

    snapshot: Snapshot
    hidden: Mask
    delta: Delta
    revision: int

    @property
    def snapshot_id(self) -> str:
        """The snapshot's id; empty before the first one."""
        return self.snapshot.id

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self.snapshot.means.dim

    def count(self) -> int:
        """Return how many articles are in it."""
        return len(self.snapshot.segment) - int(np.count_nonzero(self.hidden)) + len(self.delta)

    def contains(self, row_id: int) -> bool:
        """Say whether the article is in it."""
        return any(True for _ in self._places([row_id]))

    def centre(self, vectors: npt.ArrayLike, groups: Sequence[str]) -> Matrix:
        """Return raw rows (n, dim) as this view compares them: unit length, minus their group's mean."""
        return self.snapshot.means.centre(as_unit_rows(vectors, dim=self.dim), groups)

    def search(self, query: Matrix, group: str, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002 the seam's name
        """Return the min(k, matching) articles nearest to one raw vector, best first, ties by id."""
        return self.search_centred(self.centre(query, [group]), k, filter, effort=effort)

    def search_centred(self, query: Matrix, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002 the seam's name
        """Do what `search` does for a vector that is centred already, such as one of `vectors`."""
        vector = as_unit_rows(query, dim=self.dim)[0]
        segment = self.snapshot.segment
        old = segment.search(vector, k, segment.passing(filter, self.hidden), effort)
        return merge_hits(old, self.delta.search(vector, k, self.delta.passing(filter)), k)

    def search_terms(self, query: TermVector, k: int, filter: Filter, *, max_terms: int = 64) -> list[Hit]:  # noqa: A002 the seam's name
        """Return up to `k` articles by cosine of their terms, in (0, 1], best first, ties by ascending id.

        In the snapshot only articles with one of the query's `max_terms` heaviest terms are found.
        """
        lexical = self.snapshot.lexical
        passing = self.snapshot.segment.passing(filter, self.hidden)
        old = lexical.search(query, k, passing, max_terms=max_terms)
        new = self.delta.search_terms(query, k, self.delta.passing(filter), lexical.statistics)
        return merge_hits(old, new, k)

    def similarity(self, query: Matrix, group: str, ids: Sequence[int] | Ids) -> npt.NDArray[np.float64]:
        """Return the centred cosine of a raw vector with each of `ids`, in order; 0 for unknown ids."""
        return self.similarity_centred(self.centre(query, [group])[0], ids)

    def similarity_centred(self, query: Matrix, ids: Sequence[int] | Ids) -> npt.NDArray[np.float64]:
        """Return the cosine of a centred unit vector with each of `ids`, in order; 0 for unknown ids."""
        similarities = np.zeros(len(ids))
        snapshot_at, snapshot_rows, delta_at, delta_rows = self._located(ids)
        similarities[snapshot_at] = exact_similarities(
            self.snapshot.segment.dense.vectors, snapshot_rows, query
        )
        similarities[delta_at] = exact_similarities(self.delta.centred.rows, delta_rows, query)
        return similarities

    def term_similarity(self, query: TermVector, ids: Sequence[int] | Ids) -> npt.NDArray[np.float64]:
        """Return the cosine in [0, 1] with the terms of each of `ids`, in order; 0 for unknown ids."""
        similarities = np.zeros(len(ids))
        snapshot_at, snapshot_rows, delta_at, delta_rows = self._located(ids)
        lexical = self.snapshot.lexical
        similarities[snapshot_at] = lexical.similarity(query, self.snapshot.segment.ids[snapshot_rows])
        if len(delta_at):
            similarities[delta_at] = self.delta.terms.cosines(query, delta_rows, lexical.statistics)
        return similarities

    def vectors(self, ids: Sequence[int] | Ids) -> dict[int, Matrix]:
        """Return copies of the centred vectors of those ids that are in it."""
        stored = (self.snapshot.segment.dense.vectors, self.delta.centred.rows)
        return {row_id: stored[part][row].copy() for row_id, part, row in self._places(ids)}

    def terms(self, ids: Sequence[int] | Ids) -> dict[int, TermVector]:
        """Return the terms of those ids that are in it."""
        places = list(self._places(ids))
        found = self.snapshot.lexical.terms_of([row_id for row_id, part, _ in places if part == 0])
        found.update({row_id: self.delta.terms.vectors[row] for row_id, part, row in places if part == 1})
        return found

    def attributes(self, ids: Sequence[int] | Ids) -> dict[int, Attributes]:
        """Return the attributes of those ids that are in it."""
        stored = (self.snapshot.segment.columns, self.delta.columns)
        return {row_id: stored[part].attributes(row) for row_id, part, row in self._places(ids)}

    def newest(self, filter: Filter, k: int) -> list[int]:  # noqa: A002 the seam's name
        """Return up to `k` ids that pass, newest first, ties by descending id; undated ones last."""
        segment, delta = self.snapshot.segment, self.delta
        old = segment.columns.newest(segment.ids, segment.passing(filter, self.hidden), k)
        new = delta.columns.newest(delta.ids, delta.passing(filter), k)
        return [row_id for _, row_id in sorted([*old, *new], reverse=True)[: max(k, 0)]]

    def _places(self, ids: Sequence[int] | Ids) -> Iterator[tuple[int, int, int]]:
        """Yield (id, 0 for the snapshot or 1 for the delta, row) of those ids that are in it."""
        rows = find_rows(self.snapshot.segment.ids, ids).tolist()
        for row_id, row in zip(np.asarray(ids, dtype=np.int64).reshape(-1).tolist(), rows, strict=True):
            changed = self.delta.rows.get(row_id)
            if changed is not None:
                yield row_id, 1, changed
            elif row >= 0 and not self.hidden[row]:
                yield row_id, 0, row

    def _located(self, ids: Sequence[int] | Ids) -> tuple[Ids, Ids, Ids, Ids]:
        """Return where in `ids` the snapshot's stand and their rows, and the same for the delta's."""
        at: dict[int, list[int]] = {}
        for position, row_id in enumerate(np.asarray(ids, dtype=np.int64).reshape(-1).tolist()):
            at.setdefault(row_id, []).append(position)
        found: tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]] = (([], []), ([], []))
        for row_id, part, row in self._places(list(at)):
            found[part][0].extend(at[row_id])
            found[part][1].extend([row] * len(at[row_id]))
        return (
            np.array(found[0][0], dtype=np.int64),
            np.array(found[0][1], dtype=np.int64),
            np.array(found[1][0], dtype=np.int64),
            np.array(found[1][1], dtype=np.int64),
        )
