"""Snapshots: immutable folders `<root>/<snapshot_id>/` with all that a search needs.

Written beside the live one under a temporary name, flushed, manifest last, then renamed: whatever
has the name of a snapshot is whole. `publish` and its kin (see `index.pointer`) say which one is live.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from index.centring import GroupMeans
from index.errors import SnapshotCorruptError, SnapshotMismatchError, UnknownSnapshotError
from index.faiss_dense import FaissDense, Kind
from index.faiss_segment import load_segment, save_segment, sealed_segment
from index.lexical import LexicalIndex
from index.manifest import Manifest, flush, sealed_files
from index.pointer import (
    exists,
    list_snapshots,
    prune,
    publish,
    read_pointer,
    rollback,
    snapshot_folder,
    temporary_folder,
)
from index.rows import empty_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from index.segment import Segment
    from index.types import Rows

__all__ = [
    "Snapshot",
    "empty_snapshot",
    "list_snapshots",
    "load_snapshot",
    "prune",
    "publish",
    "read_pointer",
    "rollback",
    "verify",
    "write_snapshot",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A loaded snapshot: `segment` holds centred vectors; `id` is empty for the empty one."""

    id: str
    revision: int
    segment: Segment
    lexical: LexicalIndex
    means: GroupMeans


def empty_snapshot(dim: int) -> Snapshot:
    """Return what a service starts on before its first rebuild: no rows, no centring, revision 0."""
    rows = empty_rows(dim)
    return Snapshot("", 0, sealed_segment(rows), LexicalIndex.build(rows.ids, ()), GroupMeans.none(dim))


def write_snapshot(
    root: Path,
    rows: Rows,
    means: GroupMeans,
    *,
    encoder_id: str,
    revision: int,
    kind: Kind = "auto",
    notes: Mapping[str, Any] | None = None,
    snapshot_id: str = "",
    created_at: datetime | None = None,
) -> str:
    """Write checked, centred rows as a new snapshot and return its id (time and revision if not given).

    It is not published. Nothing is left behind when it fails. Raises `UnknownSnapshotError` for a
    name that cannot be one, `SnapshotMismatchError` for one that is taken.
    """
    moment = created_at or datetime.now(UTC)
    name = snapshot_id or f"{moment:%Y%m%dT%H%M%S}-{moment.microsecond:06d}-r{revision}"
    folder = snapshot_folder(root, name)
    if folder.exists():
        raise SnapshotMismatchError(f"snapshot {name!r} exists and is immutable: choose another id")
    temporary = temporary_folder(root)
    try:
        segment = sealed_segment(rows, kind)
        assert isinstance(segment.dense, FaissDense)
        save_segment(temporary, segment)
        LexicalIndex.build(rows.ids, rows.terms).save(temporary)
        means.save(temporary)
        Manifest(
            encoder_id=encoder_id,
            dim=means.dim,
            count=len(rows),
            revision=revision,
            created_at=moment.isoformat(),
            kind=segment.dense.kind,
            files=sealed_files(temporary),
            notes=dict(notes or {}),
        ).write(temporary)
        temporary.rename(folder)
        flush(root)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    log.info(
        "snapshot.written id=%s count=%d kind=%s revision=%d", name, len(rows), segment.dense.kind, revision
    )
    return name


def verify(root: Path, snapshot_id: str, *, checksums: bool = True) -> Manifest:
    """Check a snapshot's files against its manifest and return that.

    Raises `UnknownSnapshotError`, `SnapshotCorruptError`, `SnapshotMismatchError` (another format).
    """
    folder = snapshot_folder(root, snapshot_id)
    if not exists(root, snapshot_id):
        raise UnknownSnapshotError(
            f"got snapshot {snapshot_id!r}, there are {list_snapshots(root)}: build it first"
        )
    manifest = Manifest.read(folder)
    manifest.verify(folder, checksums=checksums)
    return manifest


def load_snapshot(root: Path, snapshot_id: str, *, encoder_id: str, checksums: bool = True) -> Snapshot:
    """Verify a snapshot, then map it into memory.

    `checksums` False compares sizes only: faster, and trusting the disk. Raises `UnknownSnapshotError`,
    `SnapshotCorruptError`, `SnapshotMismatchError` (another encoder or format).
    """
    manifest = verify(root, snapshot_id, checksums=checksums)
    if manifest.encoder_id != encoder_id:
        raise SnapshotMismatchError(
            f"snapshot {snapshot_id}: got encoder {manifest.encoder_id!r}, this service runs {encoder_id!r}: "
            "rebuild with it"
        )
    folder = snapshot_folder(root, snapshot_id)
    segment = load_segment(folder)
    if len(segment) != manifest.count:
        raise SnapshotCorruptError(
            f"snapshot {snapshot_id}: got {len(segment)} rows, wanted {manifest.count}: rebuild it"
        )
    lexical = LexicalIndex.load(folder, segment.ids)
    return Snapshot(snapshot_id, manifest.revision, segment, lexical, GroupMeans.load(folder))
