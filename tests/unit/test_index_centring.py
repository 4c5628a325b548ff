from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_data import clustered

from index.centring import GroupMeans
from index.errors import DimensionMismatchError

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Matrix


def languages_apart(count: int) -> tuple[Matrix, list[str]]:
    """Return twins: rows 2i and 2i + 1 say the same in two languages, each with a strong direction of its own."""
    meanings = np.repeat(np.random.default_rng(2).normal(size=(count, 32)) / np.sqrt(32), 2, axis=0)
    own = np.zeros_like(meanings)
    own[::2, 0], own[1::2, 1] = 3.0, 3.0
    rows = meanings + own
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), ["de", "en"] * count


def test_centring_brings_twins_of_two_languages_together() -> None:
    vectors, groups = languages_apart(200)
    centred = GroupMeans.fit(vectors, groups, tau=1.0).centre(vectors, groups)

    def twin_is_nearest(rows: Matrix) -> float:
        similarities = rows[::2] @ rows.T
        np.fill_diagonal(similarities[:, ::2], -1)
        return float(np.mean(similarities.argmax(axis=1) == np.arange(1, 400, 2)))

    assert twin_is_nearest(vectors) < 0.2
    assert twin_is_nearest(centred) > 0.9
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-6)


def test_small_groups_are_shrunk_towards_all_and_all_towards_nothing() -> None:
    a, b = np.eye(2, dtype=np.float32)
    means = GroupMeans.fit(np.array([a] * 30 + [b] * 10), ["de"] * 30 + ["fr"] * 10, tau=10.0)
    everything = np.array([30, 10]) / 50
    np.testing.assert_allclose(means.means[2], everything, atol=1e-6)
    np.testing.assert_allclose(means.means[0], (30 * a + 10 * everything) / 40, atol=1e-6)
    np.testing.assert_allclose(means.means[1], (10 * b + 10 * everything) / 20, atol=1e-6)


def test_an_unknown_group_is_centred_by_the_mean_of_all() -> None:
    vectors, groups = languages_apart(50)
    means = GroupMeans.fit(vectors, groups)
    want = vectors[0] - means.means[-1]
    np.testing.assert_allclose(means.centre(vectors[:1], ["it"])[0], want / np.linalg.norm(want), atol=1e-6)


def test_a_vector_that_is_its_mean_stays_as_it_was() -> None:
    vector = np.array([[0.6, 0.8]], dtype=np.float32)
    means = GroupMeans.fit(vector, ["de"], tau=0.0)
    np.testing.assert_array_equal(means.centre(vector, ["de"]), vector)


def test_no_means_change_nothing_and_no_rows_are_no_problem() -> None:
    vectors = clustered(3)
    np.testing.assert_array_equal(GroupMeans.none(16).centre(vectors, ["de"] * 3), vectors)
    means = GroupMeans.fit(vectors, ["de"] * 3)
    assert means.centre(vectors[:0], []).shape == (0, 16)


def test_another_width_is_refused() -> None:
    with pytest.raises(DimensionMismatchError):
        GroupMeans.none(8).centre(clustered(1), ["de"])


def test_means_come_back_from_their_folder(tmp_path: Path) -> None:
    vectors, groups = languages_apart(20)
    means = GroupMeans.fit(vectors, groups)
    means.save(tmp_path)
    loaded = GroupMeans.load(tmp_path)
    assert loaded.groups == ("de", "en")
    np.testing.assert_array_equal(loaded.centre(vectors, groups), means.centre(vectors, groups))
