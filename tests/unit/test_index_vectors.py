from __future__ import annotations

import numpy as np
import pytest

from index.errors import DimensionMismatchError, InvalidVectorError
from index.vectors import as_unit_rows


def test_rows_come_out_as_float32_unit_rows_and_the_input_stays() -> None:
    given = np.array([[3, 4], [0, -2]], dtype=np.int64)
    rows = as_unit_rows(given, dim=2)
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, -1.0]], atol=1e-7)
    assert given.tolist() == [[3, 4], [0, -2]]


def test_one_vector_is_one_row_and_nothing_is_no_rows() -> None:
    assert as_unit_rows([0.0, 2.0], dim=2).tolist() == [[0.0, 1.0]]
    assert as_unit_rows([], dim=7).shape == (0, 7)
    assert as_unit_rows(np.empty((0, 7)), dim=7).shape == (0, 7)


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_tiny_and_huge_vectors_keep_their_direction(scale: float) -> None:
    np.testing.assert_allclose(as_unit_rows([[3 * scale, 4 * scale]], dim=2), [[0.6, 0.8]], atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, 1e300])
def test_a_vector_without_direction_is_refused_with_its_row(bad: float) -> None:
    with pytest.raises(InvalidVectorError, match=r"row 1 cannot be normalised"):
        as_unit_rows([[1.0, 0.0], [bad, bad], [bad, bad]], dim=2)


def test_another_shape_is_refused() -> None:
    with pytest.raises(DimensionMismatchError, match="got 3-dim vectors, the store has 2"):
        as_unit_rows([[1.0, 2.0, 3.0]], dim=2)
    with pytest.raises(DimensionMismatchError):
        as_unit_rows(np.empty((0, 3)), dim=2)
    with pytest.raises(InvalidVectorError, match="3 dimensions"):
        as_unit_rows(np.ones((2, 2, 2)), dim=2)
