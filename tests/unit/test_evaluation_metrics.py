from __future__ import annotations

import math

import pytest

from recommender.evaluation.metrics import hit_at_k, ndcg_at_k, pearson, reciprocal_rank, spearman


def test_pearson_by_hand() -> None:
    # deviations (-1, 0, 1) and (-2, 1, 1): 3 / √(2 · 6)
    assert pearson([1, 2, 3], [0, 3, 3]) == pytest.approx(3 / math.sqrt(12))


def test_spearman_is_pearson_of_ranks_with_ties_sharing_their_mean() -> None:
    # ranks (1, 2, 3) and (1, 2.5, 2.5): deviations (-1, 0, 1) and (-1, .5, .5): 1.5 / √(2 · 1.5)
    assert spearman([1, 2, 300], [0, 3, 3]) == pytest.approx(1.5 / math.sqrt(3))
    assert spearman([1, 2, 3], [9, 4, 1]) == pytest.approx(-1)


@pytest.mark.parametrize(("predicted", "judged"), [([], []), ([1], [1]), ([1, 1], [0, 1]), ([0, 1], [1, 1])])
def test_a_correlation_without_spread_is_none(predicted: list[float], judged: list[float]) -> None:
    assert pearson(predicted, judged) is None
    assert spearman(predicted, judged) is None


def test_what_cannot_be_correlated_is_refused() -> None:
    with pytest.raises(ValueError, match="got 1 predictions for 2 judgements"):
        pearson([1], [1, 2])
    with pytest.raises(ValueError, match="not a finite number"):
        spearman([1, float("nan")], [1, 2])


@pytest.mark.parametrize(("k", "want"), [(1, False), (2, False), (3, True), (10, True)])
def test_a_hit_counts_up_to_k(k: int, want: bool) -> None:
    assert hit_at_k(["a", "b", "c", "d"], {"c", "d"}, k) is want


def test_the_reciprocal_rank_is_that_of_the_first_related_article() -> None:
    assert reciprocal_rank(["a", "b", "c", "d"], {"d", "c"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(["a", "b"], {"x"}) == 0


def test_ndcg_by_hand() -> None:
    gains = {"a": 1.0, "b": 0.5, "c": 0.25}
    # found: b first, a third; ideal: a, b, c
    found = 0.5 + 1.0 / math.log2(4)
    ideal = 1.0 + 0.5 / math.log2(3) + 0.25 / math.log2(4)
    assert ndcg_at_k(["b", "x", "a"], gains, 10) == pytest.approx(found / ideal)
    assert ndcg_at_k(["a", "b", "c"], gains, 10) == pytest.approx(1)


def test_ndcg_counts_only_the_first_k_of_both_rankings() -> None:
    gains = {"a": 1.0, "b": 0.5}
    assert ndcg_at_k(["b", "a"], gains, 1) == pytest.approx(0.5)


def test_ndcg_without_any_gain_is_zero() -> None:
    assert ndcg_at_k(["a"], {"a": 0.0}, 10) == 0
    assert ndcg_at_k(["a"], {}, 10) == 0
