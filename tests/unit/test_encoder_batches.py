from __future__ import annotations

from recommender.encoder.passages import batches


def test_batches_are_longest_first_and_stay_within_the_budget() -> None:
    # 9 alone (budget 10), then 4+4 padded to 8, then three of at most 3
    assert list(batches([3, 9, 4, 1, 4, 2], 10)) == [[1], [2, 4], [0, 5, 3]]


def test_a_passage_longer_than_the_budget_is_encoded_alone() -> None:
    assert list(batches([50, 60, 5], 10)) == [[1], [0], [2]]


def test_every_position_comes_exactly_once() -> None:
    counts = [7, 7, 0, 7, 512, 1, 30]
    assert sorted(position for batch in batches(counts, 64) for position in batch) == list(range(7))


def test_no_passages_make_no_batch() -> None:
    assert list(batches([], 10)) == []
