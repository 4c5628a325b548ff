"""The seam that outlives any engine: `VectorStore`. Nothing of FAISS (or of SQL) leaks through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.filters import Filter
    from index.types import Hit, Ids, Matrix, Rows


class VectorStore(Protocol):
    """Nearest-neighbour search over unit vectors with hard filters.

    `search` returns exactly min(k, matching) hits, best first, ties by ascending id, each id once.
    Approximate engines may miss a neighbour; they never pad, repeat or break a filter.
    """

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        ...

    def upsert(self, rows: Rows) -> None:
        """Add or replace rows; the last row of an id wins. Raises `DimensionMismatchError`."""
        ...

    def delete(self, ids: Sequence[int] | Ids) -> int:
        """Remove rows and return how many were there; unknown ids are ignored."""
        ...

    def search(self, query: Matrix, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002
        """Return the nearest rows to one unit vector; `effort` above 1 trades time for recall."""
        ...

    def get(self, ids: Sequence[int] | Ids) -> dict[int, Matrix]:
        """Return the vectors of those ids that are there."""
        ...

    def count(self) -> int:
        """Return how many rows are searchable."""
        ...

    def wait_ready(self, timeout: float) -> None:
        """Block until all accepted is really searchable; raise `NotReadyError` after `timeout` seconds."""
        ...

    def build(self, name: str, rows: Rows) -> None:
        """Build a complete new generation beside the live one; readers do not notice."""
        ...

    def promote(self, name: str) -> None:
        """Make a built generation the live one, at once for every reader. Raises `UnknownSnapshotError`."""
        ...

    def close(self) -> None:
        """Release memory and files."""
        ...
