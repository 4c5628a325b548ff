"""Every error `index` raises on purpose: a class with a stable code, and a message that says what to do."""

from __future__ import annotations

from typing import ClassVar


class VectorIndexError(Exception):
    """Base of everything `index` raises on purpose."""

    code: ClassVar[str] = "index_error"


class DimensionMismatchError(VectorIndexError):
    """The vectors do not have the width this store was built with."""

    code = "dimension_mismatch"

    def __init__(self, *, got: int, want: int) -> None:
        self.got, self.want = got, want
        super().__init__(f"got {got}-dim vectors, the store has {want}: rebuild it with the current encoder")


class InvalidVectorError(VectorIndexError):
    """A vector is not finite or has no length, so it has no direction to compare."""

    code = "invalid_vector"


class SnapshotError(VectorIndexError):
    """A snapshot folder cannot be used."""

    code = "snapshot_unusable"


class SnapshotCorruptError(SnapshotError):
    """A file of the snapshot is missing or does not have the checksum its manifest states."""

    code = "snapshot_corrupt"


class SnapshotMismatchError(SnapshotError):
    """The snapshot was built with another encoder or another format."""

    code = "snapshot_mismatch"


class UnknownSnapshotError(SnapshotError):
    """No snapshot of this name exists, or there is none to go back to."""

    code = "unknown_snapshot"


class NotReadyError(VectorIndexError):
    """The store did not become ready in time."""

    code = "store_not_ready"
