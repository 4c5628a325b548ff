from __future__ import annotations

import numpy as np

from index.arrays import GrowingArray, find_rows
from index.ordering import exact_similarities, hits_of, leading_rows, merge_hits
from index.types import Hit


def test_earlier_generations_of_a_growing_array_stay_as_they_were() -> None:
    generations = [GrowingArray.of(np.empty((0, 2), dtype=np.float32))]
    for number in range(200):
        generations.append(generations[-1].extended(np.full((3, 2), number, dtype=np.float32)))
    for number, generation in enumerate(generations):
        assert generation.rows[:, 0].tolist() == [at for at in range(number) for _ in range(3)]


def test_a_growing_array_does_not_write_into_what_it_was_made_of() -> None:
    given = np.arange(4, dtype=np.int64)
    grown = GrowingArray.of(given[:2]).extended(np.array([9], dtype=np.int64))
    assert grown.rows.tolist() == [0, 1, 9]
    assert given.tolist() == [0, 1, 2, 3]


def test_rows_are_found_by_id() -> None:
    ids = np.array([2, 5, 9], dtype=np.int64)
    assert find_rows(ids, [9, 1, 5, 10, 2]).tolist() == [2, -1, 1, -1, 0]
    assert find_rows(ids[:0], [9, 1]).tolist() == [-1, -1]
    assert find_rows(ids, []).tolist() == []


def test_leading_rows_take_every_tie_at_the_end() -> None:
    scores = np.array([0.1, 0.9, 0.5, 0.5, 0.5, 0.2], dtype=np.float32)
    assert leading_rows(scores, 2).tolist() == [1, 2, 3, 4]
    assert leading_rows(scores, 1).tolist() == [1]
    assert leading_rows(scores, 99).tolist() == [0, 1, 2, 3, 4, 5]
    assert leading_rows(scores, 0).tolist() == []
    assert leading_rows(scores, -1).tolist() == []


def test_hits_are_ordered_by_similarity_then_id() -> None:
    hits = hits_of(np.array([7, 3, 5]), np.array([0.5, 0.5, 0.9]), 2)
    assert hits == [Hit(5, 0.9), Hit(3, 0.5)]


def test_merged_hits_keep_that_order_and_the_depth() -> None:
    left, right = [Hit(5, 0.9), Hit(7, 0.5)], [Hit(3, 0.5), Hit(1, 0.1)]
    assert merge_hits(left, right, 3) == [Hit(5, 0.9), Hit(3, 0.5), Hit(7, 0.5)]
    assert merge_hits(left, [], 1) == [Hit(5, 0.9)]
    assert merge_hits([], right, 5) == right
    assert merge_hits(left, right, 0) == []


def test_equal_vectors_are_equally_similar_wherever_they_stand() -> None:
    rng = np.random.default_rng(3)
    query = rng.normal(size=384).astype(np.float32)
    query /= np.linalg.norm(query)
    vector = rng.normal(size=384).astype(np.float32)
    vector /= np.linalg.norm(vector)
    vectors = rng.normal(size=(50, 384)).astype(np.float32)
    vectors[::7] = vector
    assert len(set(exact_similarities(vectors, np.arange(0, 50, 7), query).tolist())) == 1
    assert exact_similarities(vector[None] * 1.00001, np.array([0]), vector).tolist() == [1.0]
