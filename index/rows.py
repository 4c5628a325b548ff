"""Rows as stores want them: through the gate for vectors, one row per id, ascending ids."""

from __future__ import annotations

import numpy as np

from index.errors import VectorIndexError
from index.types import Rows
from index.vectors import as_unit_rows


class UnevenRowsError(VectorIndexError):
    """Ids, vectors, attributes and terms of the rows differ in number."""

    code = "uneven_rows"


def empty_rows(dim: int) -> Rows:
    """Return no rows of this width."""
    return Rows(np.empty(0, dtype=np.int64), np.empty((0, dim), dtype=np.float32), ())


def checked_rows(rows: Rows, *, dim: int) -> Rows:
    """Return new rows with unit vectors, ascending distinct ids; the last row of an id wins.

    Raises `DimensionMismatchError`, `InvalidVectorError`, `UnevenRowsError`; nothing is stored then.
    """
    vectors = (
        as_unit_rows(rows.vectors, dim=dim) if len(rows.vectors) else np.empty((0, dim), dtype=np.float32)
    )
    ids = np.asarray(rows.ids, dtype=np.int64).reshape(-1)
    counts = {"ids": len(ids), "vectors": len(vectors), "attributes": len(rows.attributes)}
    if rows.terms:
        counts["terms"] = len(rows.terms)
    if len(set(counts.values())) > 1:
        raise UnevenRowsError(f"got {counts}, wanted as many of each: pass one entry per row")
    # np.unique returns the first place of each id: seen from the back that is the last
    distinct, from_back = np.unique(ids[::-1], return_index=True)
    keep = len(ids) - 1 - from_back
    return Rows(
        ids=distinct,
        vectors=vectors[keep],
        attributes=[rows.attributes[row] for row in keep],
        terms=[rows.terms[row] for row in keep] if rows.terms else (),
    )
