"""The ranking core: recency, MMR, score parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recommender.ranking import RankingOptions, ScoreParts, mmr, recency_factor

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def test_recency_takes_half_of_its_share_every_half_life() -> None:
    options = RankingOptions(recency_weight=0.4, half_life_days=30)
    month_ago, long_ago = NOW - timedelta(days=30), NOW - timedelta(days=30_000)

    assert recency_factor(NOW.timestamp(), now=NOW, options=options) == 1.0
    assert recency_factor(month_ago.timestamp(), now=NOW, options=options) == pytest.approx(0.8)
    assert recency_factor(long_ago.timestamp(), now=NOW, options=options) == pytest.approx(0.6)


def test_a_date_in_the_future_counts_as_new() -> None:
    tomorrow = (NOW + timedelta(days=1)).timestamp()
    assert recency_factor(tomorrow, now=NOW, options=RankingOptions(recency_weight=1.0)) == 1.0


def test_an_article_without_a_date_is_as_old_as_can_be() -> None:
    options = RankingOptions(recency_weight=0.25)
    assert recency_factor(-(2.0**62), now=NOW, options=options) == 0.75


def test_the_final_score_is_relevance_times_recency_less_redundancy() -> None:
    parts = ScoreParts(dense=0.5, lexical=0.2, relevance=0.8, recency=0.5, redundancy=0.1)
    assert parts.final == pytest.approx(0.3)


def test_mmr_with_relevance_only_keeps_the_order_of_scores() -> None:
    similarity = np.ones((3, 3), dtype=np.float32)
    assert mmr([0.9, 0.8, 0.7], similarity, limit=3, relevance_weight=1.0) == [(0, 0.0), (1, 0.0), (2, 0.0)]


def test_mmr_prefers_a_different_article_to_a_slightly_better_repetition() -> None:
    similarity = np.array([[1, 0.9, 0.0], [0.9, 1, 0.0], [0.0, 0.0, 1]], dtype=np.float32)

    chosen = mmr([0.9, 0.85, 0.7], similarity, limit=3, relevance_weight=0.5)

    assert [position for position, _ in chosen] == [0, 2, 1]
    assert [redundancy for _, redundancy in chosen] == pytest.approx([0.0, 0.0, 0.45])


def test_mmr_counts_a_negative_cosine_as_no_redundancy() -> None:
    similarity = np.array([[1, -0.5], [-0.5, 1]], dtype=np.float32)
    assert mmr([0.9, 0.8], similarity, limit=2, relevance_weight=0.5)[1] == (1, 0.0)


def test_mmr_breaks_ties_by_position_and_stops_at_the_limit() -> None:
    similarity = np.eye(3, dtype=np.float32)
    assert [at for at, _ in mmr([0.5, 0.5, 0.5], similarity, limit=2, relevance_weight=0.5)] == [0, 1]


def test_mmr_of_nothing_is_nothing() -> None:
    assert mmr([], np.empty((0, 0), dtype=np.float32), limit=5, relevance_weight=0.5) == []
