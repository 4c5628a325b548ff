"""What snapshots there are: for people and status pages; nothing is loaded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import SnapshotError
from index.manifest import Manifest
from index.pointer import list_snapshots, read_pointer, snapshot_folder

if TYPE_CHECKING:
    from pathlib import Path


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """One finished snapshot; `size` is in bytes."""

    id: str
    is_current: bool
    manifest: Manifest

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(entry.size for entry in self.manifest.files.values())


def inventory(root: Path) -> list[SnapshotInfo]:
    """Return every finished snapshot, newest first; one whose manifest is damaged is left out and logged."""
    current = read_pointer(root).current
    found = []
    for name in reversed(list_snapshots(root)):
        try:
            manifest = Manifest.read(snapshot_folder(root, name))
        except SnapshotError as error:
            log.warning("snapshot.unreadable id=%s error=%s", name, error)
        else:
            found.append(SnapshotInfo(name, name == current, manifest))
    return found


def newest_id(root: Path) -> str:
    """Return the id of the newest finished snapshot, published or not; empty when there is none."""
    return next(reversed(list_snapshots(root)), "")


def current_manifest(root: Path) -> Manifest | None:
    """Return the live snapshot's manifest; None when nothing is published."""
    current = read_pointer(root).current
    return Manifest.read(snapshot_folder(root, current)) if current else None
