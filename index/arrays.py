"""Arrays in files and arrays that grow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Ids

Scalar = TypeVar("Scalar", bound=np.generic)
_SMALLEST_CAPACITY = 64


def load_array(path: Path, *, mmap: bool = True) -> npt.NDArray[Any]:
    """Read a `.npy` file, never a pickle; mapped into memory (read-only) unless told otherwise."""
    loaded = np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False)
    # a plain array over the same pages: the memmap class makes every slice slower
    return np.asarray(loaded)


def find_rows(sorted_ids: Ids, wanted: npt.ArrayLike) -> Ids:
    """Return the position of each of `wanted` in the ascending `sorted_ids`, -1 where it is not there."""
    ids = np.asarray(wanted, dtype=np.int64).reshape(-1)
    if not len(sorted_ids):
        return np.full(len(ids), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(sorted_ids, ids), len(sorted_ids) - 1)
    return np.where(sorted_ids[at] == ids, at, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class GrowingArray(Generic[Scalar]):
    """The first `length` rows of a buffer with room to spare; extending it costs only what is added.

    A value, like a tuple: earlier ones stay valid and unchanged, because rows are only ever written
    behind the end of the longest. That holds as long as one writer extends only the newest one.
    """

    buffer: npt.NDArray[Scalar]
    length: int

    @classmethod
    def of(cls, rows: npt.NDArray[Scalar]) -> GrowingArray[Scalar]:
        """Start with these rows (not copied)."""
        return cls(rows, len(rows))

    @property
    def rows(self) -> npt.NDArray[Scalar]:
        """The rows so far, as a view."""
        return self.buffer[: self.length]

    def extended(self, rows: npt.NDArray[Scalar]) -> GrowingArray[Scalar]:
        """Return an array with `rows` behind these."""
        length = self.length + len(rows)
        buffer = self.buffer
        if length > len(buffer):
            shape = (max(2 * len(buffer), length, _SMALLEST_CAPACITY), *buffer.shape[1:])
            buffer = np.empty(shape, dtype=buffer.dtype)
            buffer[: self.length] = self.rows
        buffer[self.length : length] = rows
        return GrowingArray(buffer, length)
