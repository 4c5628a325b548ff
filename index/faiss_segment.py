"""A segment with a FAISS engine: built from rows, written to a folder, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.arrays import load_array
from index.columns import Columns
from index.errors import SnapshotCorruptError
from index.faiss_dense import FaissDense, Kind
from index.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Rows

_IDS_FILE = "ids.npy"


def sealed_segment(rows: Rows, kind: Kind = "auto") -> Segment:
    """Make a segment of checked rows; an IVF or HNSW engine takes its time."""
    return Segment(rows.ids, Columns.of(rows.attributes), FaissDense.build(rows.vectors, kind))


def save_segment(folder: Path, segment: Segment) -> None:
    """Write ids, columns and engine into the existing `folder`; the engine has to be FAISS's."""
    assert isinstance(segment.dense, FaissDense)
    np.save(folder / _IDS_FILE, segment.ids)
    segment.columns.save(folder)
    segment.dense.save(folder)


def load_segment(folder: Path, *, mmap: bool = True) -> Segment:
    """Read what `save_segment` wrote. Raises `SnapshotCorruptError` when its parts differ in length."""
    ids = load_array(folder / _IDS_FILE, mmap=mmap)
    segment = Segment(ids, Columns.load(folder, mmap=mmap), FaissDense.load(folder, mmap=mmap))
    lengths = {"ids": len(ids), "columns": len(segment.columns), "vectors": len(segment.dense.vectors)}
    if len(set(lengths.values())) > 1:
        raise SnapshotCorruptError(
            f"{folder.name}: got {lengths}, wanted as many of each: rebuild the snapshot"
        )
    return segment
