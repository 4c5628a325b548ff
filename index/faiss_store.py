"""`VectorStore` on FAISS: a sealed engine, a small exact tail for what came after it, and tombstones.

Writes never touch the engine, so searches run beside them without a lock, upsert is remove + add
for every kind, and HNSW, which cannot remove, does not have to.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from index.arrays import find_rows
from index.errors import DimensionMismatchError, UnknownSnapshotError
from index.exact import exact_segment, joined, without
from index.faiss_dense import FaissDense, Kind
from index.faiss_segment import load_segment, save_segment, sealed_segment
from index.ordering import merge_hits
from index.rows import checked_rows, empty_rows
from index.segment import Segment
from index.vectors import as_unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from index.columns import Mask
    from index.filters import Filter
    from index.types import Hit, Ids, Matrix, Rows

# The tail is searched by brute force; it is folded into a new engine when it has more rows than both.
_TAIL_ROWS = 2_000
_TAIL_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class _State:
    """All a search needs, swapped as one: `hidden` marks sealed rows that were deleted or replaced."""

    sealed: Segment
    hidden: Mask
    tail: Segment

    @classmethod
    def of(cls, sealed: Segment, dim: int) -> Self:
        return cls(sealed, np.zeros(len(sealed), dtype=np.bool_), exact_segment(empty_rows(dim)))

    def hiding(self, ids: Ids) -> Self:
        rows = find_rows(self.sealed.ids, ids)
        hidden = self.hidden.copy()
        hidden[rows[rows >= 0]] = True
        return replace(self, hidden=hidden)

    def count(self) -> int:
        return len(self.sealed) - int(np.count_nonzero(self.hidden)) + len(self.tail)


class FaissStore:
    """A `VectorStore` whose engine is flat, IVF or HNSW: by size (`auto`) or as asked."""

    def __init__(self, dim: int, *, kind: Kind = "auto") -> None:
        self.dim = dim
        self._kind = kind
        self._built: dict[str, Segment] = {}
        self._writing = threading.Lock()
        self._state = _State.of(sealed_segment(empty_rows(dim)), dim)

    def upsert(self, rows: Rows) -> None:
        """See `VectorStore`. Every so often a call takes long: it builds a new engine."""
        new = exact_segment(checked_rows(rows, dim=self.dim))
        with self._writing:
            state = self._state.hiding(new.ids)
            state = replace(state, tail=joined(state.tail, new))
            if len(state.tail) > max(_TAIL_ROWS, _TAIL_SHARE * len(state.sealed)):
                state = self._folded(state)
            self._state = state

    def delete(self, ids: Sequence[int] | Ids) -> int:
        """See `VectorStore`."""
        gone = np.asarray(ids, dtype=np.int64).reshape(-1)
        with self._writing:
            before = self._state.count()
            state = self._state.hiding(gone)
            self._state = replace(state, tail=without(state.tail, gone))
            return before - self._state.count()

    def search(self, query: Matrix, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002 the seam's name
        """See `VectorStore`."""
        state = self._state
        vector = as_unit_rows(query, dim=self.dim)[0]
        sealed = state.sealed.search(vector, k, state.sealed.passing(filter, state.hidden), effort)
        tail = state.tail.search(vector, k, state.tail.passing(filter))
        return merge_hits(sealed, tail, k)

    def get(self, ids: Sequence[int] | Ids) -> dict[int, Matrix]:
        """See `VectorStore`."""
        state = self._state
        found: dict[int, Matrix] = {}
        for segment, hidden in ((state.sealed, state.hidden), (state.tail, None)):
            rows = find_rows(segment.ids, ids)
            for row in rows[rows >= 0]:
                if hidden is None or not hidden[row]:
                    found[int(segment.ids[row])] = segment.dense.vectors[row].copy()
        return found

    def count(self) -> int:
        """See `VectorStore`."""
        return self._state.count()

    def wait_ready(self, timeout: float) -> None:
        """Return at once: a write is searchable when its call returns."""

    def build(self, name: str, rows: Rows) -> None:
        """See `VectorStore`."""
        self._built[name] = sealed_segment(checked_rows(rows, dim=self.dim), self._kind)

    def promote(self, name: str) -> None:
        """See `VectorStore`. Replaces everything, changes since `build` included."""
        with self._writing:
            if name not in self._built:
                raise UnknownSnapshotError(
                    f"got generation {name!r}, built are {sorted(self._built)}: build it first"
                )
            self._state = _State.of(self._built.pop(name), self.dim)

    def compact(self) -> None:
        """Fold tail and tombstones into a new engine."""
        with self._writing:
            self._state = self._folded(self._state)

    def save(self, folder: Path) -> None:
        """Compact, then write ids, columns and engine into the existing `folder`."""
        self.compact()
        save_segment(folder, self._state.sealed)

    @classmethod
    def load(cls, folder: Path, *, dim: int, kind: Kind = "auto", mmap: bool = True) -> Self:
        """Read what `save` wrote; `kind` is for later engines. Raises `DimensionMismatchError`."""
        store = cls(dim, kind=kind)
        sealed = load_segment(folder, mmap=mmap)
        if sealed.dense.vectors.shape[1] != dim:
            raise DimensionMismatchError(got=dim, want=sealed.dense.vectors.shape[1])
        store._state = _State.of(sealed, dim)
        return store

    def close(self) -> None:
        """Forget every row."""
        with self._writing:
            self._built.clear()
            self._state = _State.of(sealed_segment(empty_rows(self.dim)), self.dim)

    def _folded(self, state: _State) -> _State:
        kept = without(state.sealed, state.sealed.ids[state.hidden])
        everything = joined(kept, state.tail)
        dense = FaissDense.build(everything.dense.vectors, self._kind)
        return _State.of(Segment(everything.ids, everything.columns, dense), self.dim)
