"""What snapshots there are: for people and status pages; nothing is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.manifest import Manifest
from index.pointer import list_snapshots, read_pointer, snapshot_folder

if TYPE_CHECKING:
    from pathlib import Path


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
    """Return every finished snapshot, newest first."""
    current = read_pointer(root).current
    return [
        SnapshotInfo(name, name == current, Manifest.read(snapshot_folder(root, name)))
        for name in reversed(list_snapshots(root))
    ]


def current_manifest(root: Path) -> Manifest | None:
    """Return the live snapshot's manifest; None when nothing is published."""
    current = read_pointer(root).current
    return Manifest.read(snapshot_folder(root, current)) if current else None
