"""The one gate for vectors: behind it they are float32, C-ordered, matrices, finite, of unit length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.errors import DimensionMismatchError, InvalidVectorError

if TYPE_CHECKING:
    import numpy.typing as npt

    from index.types import Matrix

_MATRIX_DIMENSIONS = 2


def as_unit_rows(rows: npt.ArrayLike, *, dim: int) -> Matrix:
    """Return `rows` as a new float32 matrix (n, `dim`) of unit vectors, or refuse them.

    One vector (a flat array of `dim` numbers) comes back as one row; an empty list as no rows.
    Raises `DimensionMismatchError` for another width, `InvalidVectorError` naming the first row
    that is not finite or has no length.
    """
    given = np.asarray(rows)
    if given.ndim <= 1 and given.size == 0:
        return np.empty((0, dim), dtype=np.float32)
    if given.ndim > _MATRIX_DIMENSIONS:
        raise InvalidVectorError(
            f"got an array of {given.ndim} dimensions, wanted rows of {dim} numbers: pass a matrix"
        )
    # a number beyond float32 becomes inf, which the check below names with its row
    with np.errstate(over="ignore", invalid="ignore"):
        out: Matrix = np.array(given, dtype=np.float32, ndmin=_MATRIX_DIMENSIONS, order="C", copy=True)
    if out.shape[1] != dim:
        raise DimensionMismatchError(got=out.shape[1], want=dim)
    # float64, so that tiny and huge finite vectors keep their direction
    norms = np.sqrt(np.einsum("ij,ij->i", out, out, dtype=np.float64))
    usable = np.isfinite(norms) & (norms > 0)
    if not usable.all():
        bad = int(np.flatnonzero(~usable)[0])
        raise InvalidVectorError(
            f"row {bad} cannot be normalised (length {norms[bad]}), wanted finite numbers, not all zero: "
            "encode its text again, or leave the row out"
        )
    np.divide(out, norms[:, None], out=out, casting="same_kind")
    return out
