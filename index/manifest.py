"""What a snapshot says about itself, and the proof that its files are the ones it was written with."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from index.errors import SnapshotCorruptError, SnapshotMismatchError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file's size in bytes and its SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The last file written of a snapshot: a folder without one is not a snapshot.

    `revision` is the catalog revision whose changes, up to and including it, are inside.
    `created_at` is ISO 8601 in UTC; `kind` names the dense engine; `notes` is the builder's own.
    """

    encoder_id: str
    dim: int
    count: int
    revision: int
    created_at: str
    kind: str
    files: Mapping[str, FileEntry]
    notes: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT_VERSION

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a manifest. Raises `SnapshotCorruptError`, `SnapshotMismatchError` (another format)."""
        try:
            stated = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
            version = stated["format"]
            checksum = stated.pop("sha256")
            if version != FORMAT_VERSION:
                raise SnapshotMismatchError(
                    f"snapshot {folder.name}: got format {version!r}, wanted {FORMAT_VERSION}: rebuild it"
                )
            if checksum != _sha256_of_statement(stated):
                raise SnapshotCorruptError(
                    f"snapshot {folder.name}: {MANIFEST_FILE}: checksum is wrong: rebuild it, or roll back"
                )
            files = {name: FileEntry(**entry) for name, entry in stated.pop("files").items()}
            return cls(**stated, files=files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SnapshotCorruptError(
                f"snapshot {folder.name}: {MANIFEST_FILE} unreadable ({error!r}): rebuild it, or roll back"
            ) from error

    def write(self, folder: Path) -> None:
        """Write the manifest at once or not at all, and flush it to the disk."""
        stated = asdict(self)
        stated["sha256"] = _sha256_of_statement(stated)
        write_atomically(folder / MANIFEST_FILE, json.dumps(stated, sort_keys=True, indent=1))

    def verify(self, folder: Path, *, checksums: bool = True) -> None:
        """Compare the folder's files with the manifest: sizes always, contents unless told otherwise.

        Raises `SnapshotCorruptError` naming the first file that is missing or different.
        """
        for name, entry in sorted(self.files.items()):
            path = folder / name
            size = path.stat().st_size if path.is_file() else -1
            if size != entry.size:
                got = "no file" if size < 0 else f"{size} bytes"
                raise SnapshotCorruptError(
                    f"snapshot {folder.name}: {name}: got {got}, wanted {entry.size} bytes: "
                    "rebuild it, or roll back"
                )
            if checksums and sha256_of(path) != entry.sha256:
                raise SnapshotCorruptError(
                    f"snapshot {folder.name}: {name}: SHA-256 is not the manifest's: rebuild it, or roll back"
                )


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed_files(folder: Path) -> dict[str, FileEntry]:
    """Flush every file of `folder` to the disk and return what the manifest states of each."""
    entries = {}
    for path in sorted(folder.iterdir()):
        flush(path)
        entries[path.name] = FileEntry(path.stat().st_size, sha256_of(path))
    return entries


def write_atomically(path: Path, text: str) -> None:
    """Replace `path` by `text` so that a reader, or a crash, sees the old content or the new, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    flush(temporary)
    temporary.replace(path)
    flush(path.parent)


def flush(path: Path) -> None:
    """Ask the system to put a file, or a folder's list of names, on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256_of_statement(stated: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
