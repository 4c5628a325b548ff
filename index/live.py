"""The index a service runs on: a snapshot, what changed since, and one reference that readers follow.

Readers take no lock: they hold a `View`. Writers stand in line; each makes a new view and swaps it
in by one assignment. A new snapshot is loaded beside the old one and swapped in the same way, with
the changes it does not contain yet.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from index.arrays import find_rows
from index.centring import GroupMeans
from index.delta import Delta
from index.errors import DimensionMismatchError, SnapshotMismatchError
from index.rows import checked_rows
from index.snapshot import empty_snapshot, load_snapshot, publish, read_pointer, write_snapshot
from index.types import Rows
from index.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from index.faiss_dense import Kind
    from index.filters import Filter
    from index.snapshot import Snapshot
    from index.types import Hit, Ids, Matrix

log = logging.getLogger(__name__)

# The delta is searched by brute force and is not in the means: compaction is due when it has half as
# many changes as the snapshot has rows. The upper bound keeps a search of it at a few milliseconds.
_COMPACTION_SHARE = 0.5
_COMPACTION_AT_LEAST = 64
_COMPACTION_AT_MOST = 5_000
_DEAD_ROWS_KEPT = 1_000


def build_snapshot(
    root: Path,
    rows: Rows,
    *,
    encoder_id: str,
    revision: int,
    kind: Kind = "auto",
    notes: Mapping[str, Any] | None = None,
    snapshot_id: str = "",
    centring: bool = True,
) -> str:
    """Build a snapshot of raw rows and return its id: means fitted, vectors centred by language, all written.

    It is not published. `revision` is the catalog revision the rows were read at. `centring` False
    leaves the vectors as they are. Raises `InvalidVectorError`, `UnevenRowsError`.
    """
    dim = rows.vectors.shape[1]
    raw = checked_rows(rows, dim=dim)
    groups = [row.language for row in raw.attributes]
    means = GroupMeans.fit(raw.vectors, groups) if centring and len(raw) else GroupMeans.none(dim)
    centred = replace(raw, vectors=means.centre(raw.vectors, groups))
    return write_snapshot(
        root,
        centred,
        means,
        encoder_id=encoder_id,
        revision=revision,
        kind=kind,
        notes=notes,
        snapshot_id=snapshot_id,
    )


class LiveIndex:
    """Snapshot + delta + tombstones as a `VectorStore`; `apply` and `view` are what the service calls."""

    def __init__(
        self, root: Path, snapshot: Snapshot, *, encoder_id: str, dim: int, centring: bool = True
    ) -> None:
        self.dim = dim
        self.encoder_id = encoder_id
        self._root = root
        self._centring = centring
        self._view = _view_on(snapshot, Delta.empty(dim), snapshot.revision)
        self._writing = threading.RLock()
        self._refreshing = threading.Lock()

    @classmethod
    def open(cls, root: Path, *, encoder_id: str, dim: int, centring: bool = True) -> Self:
        """Load what is published under `root`, or start empty when nothing is.

        `centring` False is for generations made by `build`. Raises `SnapshotCorruptError`,
        `SnapshotMismatchError`, `UnknownSnapshotError`.
        """
        current = read_pointer(root).current
        snapshot = _loaded(root, current, encoder_id, dim) if current else empty_snapshot(dim)
        return cls(root, snapshot, encoder_id=encoder_id, dim=dim, centring=centring)

    def view(self) -> View:
        """Return the index as it is now; what comes later does not show in it."""
        return self._view

    @property
    def needs_compaction(self) -> bool:
        """Whether changes since the snapshot exceed half its rows (at least 64 of them, at most 5,000)."""
        view = self._view
        rows = len(view.snapshot.segment)
        allowed = min(max(_COMPACTION_SHARE * rows, _COMPACTION_AT_LEAST), _COMPACTION_AT_MOST)
        return len(view.delta) + len(view.delta.deleted) > allowed

    def apply(self, upserts: Rows | None, deletes: Sequence[int] | Ids, *, revision: int) -> None:
        """Take in changes up to `revision`, all at once for every reader; after the call they are searchable.

        Vectors come raw. An id both upserted and deleted is deleted. A change older than one that was
        applied to the same id is passed over, so replays do no harm. Raises as `checked_rows` does,
        and then nothing was applied.
        """
        new = checked_rows(upserts, dim=self.dim) if upserts is not None else None
        gone = [int(row_id) for row_id in deletes]
        with self._writing:
            view = self._view
            means, statistics = view.snapshot.means, view.snapshot.lexical.statistics
            delta = view.delta
            gone = [row_id for row_id in gone if delta.revision_of(row_id) <= revision]
            if new is not None:
                fresh = [
                    at for at, row_id in enumerate(new.ids.tolist()) if delta.revision_of(row_id) <= revision
                ]
                chosen = new if len(fresh) == len(new) else _taken(new, fresh)
                revisions = np.full(len(chosen), revision, dtype=np.int64)
                delta = delta.upserted(chosen, means, statistics, revisions)
            delta = delta.without(gone, revision)
            if delta.log_length > 2 * len(delta) + _DEAD_ROWS_KEPT:
                delta = delta.rebased(means, statistics, after=-1)
            self._view = _view_on(view.snapshot, delta, max(view.revision, revision))

    def refresh(self) -> bool:
        """Swap in the published snapshot if it is another one, and say whether it was.

        Changes applied with a later revision than the snapshot's stay. Replay the catalog from
        `view().revision` afterwards: after a rollback that is the older snapshot's revision. Raises
        as `open` does, and then the present view stays.
        """
        with self._refreshing:
            current = read_pointer(self._root).current
            if current in ("", self._view.snapshot_id):
                return False
            # loaded before the writers' lock is taken: they go on meanwhile
            snapshot = _loaded(self._root, current, self.encoder_id, self.dim)
            with self._writing:
                before = self._view
                self._view = _rebased(before, snapshot)
        log.info(
            "snapshot.swapped id=%s before=%s revision=%d", current, before.snapshot_id, self._view.revision
        )
        return True

    def upsert(self, rows: Rows) -> None:
        """See `VectorStore`; counts as one revision. Vectors come raw."""
        with self._writing:
            self.apply(rows, (), revision=self._view.revision + 1)

    def delete(self, ids: Sequence[int] | Ids) -> int:
        """See `VectorStore`; counts as one revision."""
        with self._writing:
            before = self._view.count()
            self.apply(None, ids, revision=self._view.revision + 1)
            return before - self._view.count()

    def search(self, query: Matrix, k: int, filter: Filter, *, effort: float = 1.0) -> list[Hit]:  # noqa: A002 the seam's name
        """See `VectorStore`. The query is centred already; for a raw one use `view().search`."""
        return self._view.search_centred(query, k, filter, effort=effort)

    def get(self, ids: Sequence[int] | Ids) -> dict[int, Matrix]:
        """See `VectorStore`. The vectors are centred."""
        return self._view.vectors(ids)

    def count(self) -> int:
        """See `VectorStore`."""
        return self._view.count()

    def wait_ready(self, timeout: float) -> None:
        """Return at once: a write is searchable when its call returns."""

    def build(self, name: str, rows: Rows) -> None:
        """See `VectorStore`: a snapshot of raw rows, as of the present revision."""
        if rows.vectors.shape[1] != self.dim:
            raise DimensionMismatchError(got=rows.vectors.shape[1], want=self.dim)
        build_snapshot(
            self._root,
            rows,
            encoder_id=self.encoder_id,
            revision=self._view.revision,
            snapshot_id=name,
            centring=self._centring,
        )

    def promote(self, name: str) -> None:
        """See `VectorStore`: publish a snapshot and swap it in; changes applied since its `build` stay."""
        publish(self._root, name)
        self.refresh()

    def close(self) -> None:
        """Let go of the snapshot's files and of every change. Views that are held stay usable."""
        with self._writing:
            self._view = _view_on(empty_snapshot(self.dim), Delta.empty(self.dim), 0)


def _loaded(root: Path, snapshot_id: str, encoder_id: str, dim: int) -> Snapshot:
    snapshot = load_snapshot(root, snapshot_id, encoder_id=encoder_id)
    if snapshot.means.dim != dim:
        raise SnapshotMismatchError(
            f"snapshot {snapshot_id}: got width {snapshot.means.dim}, this service runs {dim}: rebuild it"
        )
    return snapshot


def _view_on(snapshot: Snapshot, delta: Delta, revision: int) -> View:
    rows = find_rows(snapshot.segment.ids, [*delta.rows, *delta.deleted])
    hidden = np.zeros(len(snapshot.segment), dtype=np.bool_)
    hidden[rows[rows >= 0]] = True
    return View(snapshot, hidden, delta, revision)


def _rebased(view: View, snapshot: Snapshot) -> View:
    """Put the changes that `snapshot` lacks on top of it."""
    delta = view.delta.rebased(snapshot.means, snapshot.lexical.statistics, after=snapshot.revision)
    # the delta begins where the old snapshot ended: on an older one, what lies between is missing
    gapless = snapshot.revision >= view.snapshot.revision
    return _view_on(snapshot, delta, max(view.revision, snapshot.revision) if gapless else snapshot.revision)


def _taken(rows: Rows, kept: Sequence[int]) -> Rows:
    return Rows(
        ids=rows.ids[list(kept)],
        vectors=rows.vectors[list(kept)],
        attributes=[rows.attributes[at] for at in kept],
        terms=[rows.terms[at] for at in kept] if rows.terms else (),
    )
