from __future__ import annotations

import math
from dataclasses import astuple
from typing import TYPE_CHECKING

import pytest

from recommender.evaluation.pairs import JudgedPair
from recommender.evaluation.report import (
    PairScores,
    RetrievalScores,
    SystemReport,
    evaluation_document,
    measure,
    pool_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.evaluation.report import Pool

LANGUAGES = {"d1": "de", "d2": "de", "d3": "de", "e1": "en", "e2": "en", "f1": "fr"}


class Table:
    """A system whose answers are written down."""

    def __init__(self, scores: dict[tuple[str, str], float], rankings: dict[str, list[str]]) -> None:
        self.scores, self.rankings = scores, rankings
        self.asked: list[tuple[str, Pool]] = []

    def score(self, a: str, b: str) -> float:
        """Look it up."""
        return self.scores[a, b]

    def rank(self, query_id: str, pool: Pool) -> Sequence[str]:
        """Look it up, and remember the pool."""
        self.asked.append((query_id, pool))
        return self.rankings[query_id]


def test_correlation_is_over_all_pairs_and_by_languages() -> None:
    pairs = [
        JudgedPair("d1", "d2", 0.0, "de-de"),
        JudgedPair("d1", "d3", 0.5, "de-de"),
        JudgedPair("e1", "e2", 0.2, "en-en"),
    ]
    system = Table({("d1", "d2"): 0.1, ("d1", "d3"): 0.9, ("e1", "e2"): 0.5}, {})
    report = measure(system, pairs, LANGUAGES)
    # all: predicted deviations (-.4, .4, 0), judged mean 7/30
    judged = [0 - 7 / 30, 0.5 - 7 / 30, 0.2 - 7 / 30]
    want = (0.4 * (judged[1] - judged[0])) / math.sqrt(0.32 * sum(value**2 for value in judged))
    assert astuple(report.pairs["all"]) == pytest.approx((3, want, 1.0))
    assert astuple(report.pairs["de-de"]) == pytest.approx((2, 1.0, 1.0))
    assert report.pairs["en-en"] == PairScores(1, None, None)
    assert report.retrieval == {}


def test_both_sides_of_a_related_pair_are_queries_and_others_are_not() -> None:
    pairs = [JudgedPair("d1", "d2", 1.0, "de-de"), JudgedPair("d1", "d3", 0.25, "de-de")]
    system = Table(
        {("d1", "d2"): 1, ("d1", "d3"): 0},
        # d1 finds its partner second, after the one judged .25; d2 first, and names itself, which does not count
        {"d1": ["d3", "d2"], "d2": ["d2", "d1", "d3"]},
    )
    row = measure(system, pairs, LANGUAGES).retrieval["de-de"]
    assert [query for query, _ in system.asked] == ["d1", "d2"]
    ndcg_of_d1 = (0.25 + 1 / math.log2(3)) / (1 + 0.25 / math.log2(3))
    # queries, pool, hit@1, hit@5, hit@10, reciprocal rank, nDCG
    assert astuple(row) == pytest.approx((2, 3, 0.5, 1.0, 1.0, 0.75, (ndcg_of_d1 + 1) / 2))


def test_a_pair_across_languages_is_searched_among_both() -> None:
    pairs = [JudgedPair("d1", "e1", 1.0, "de-en")]
    system = Table({("d1", "e1"): 1}, {"d1": ["d2", "e1"], "e1": []})
    row = measure(system, pairs, LANGUAGES).retrieval["de-en"]
    assert [pool.ids for _, pool in system.asked] == [("d1", "d2", "d3", "e1", "e2")] * 2
    # e1 finds nothing: hit 0, reciprocal rank 0
    assert (row.queries, row.pool, row.hit_at_1, row.hit_at_5, row.mrr) == (2, 5, 0.0, 0.5, 0.25)


@pytest.mark.parametrize("ranking", [["d2", "d2"], ["d2", "f1"], ["nobody"]])
def test_a_ranking_that_repeats_or_leaves_the_pool_is_refused(ranking: list[str]) -> None:
    system = Table({("d1", "d2"): 1}, {"d1": ranking, "d2": []})
    with pytest.raises(ValueError, match=r"ranking for 'd1'"):
        measure(system, [JudgedPair("d1", "d2", 1.0, "de-de")], LANGUAGES)


def test_the_pool_keeps_load_order() -> None:
    pool = pool_of("de-de", LANGUAGES)
    assert (pool.languages, pool.ids) == (frozenset({"de"}), ("d1", "d2", "d3"))


def test_the_document_is_the_one_the_command_promises() -> None:
    report = SystemReport(
        {"all": PairScores(2, 0.123456, None)}, {"de-de": RetrievalScores(1, 3, 0.0, 1.0, 1.0, 1 / 3, 0.5)}
    )
    body = {
        "pairs": {"all": {"n": 2, "pearson": 0.1235, "spearman": None}},
        "retrieval": {
            "de-de": {
                "queries": 1,
                "pool": 3,
                "hit@1": 0.0,
                "hit@5": 1.0,
                "hit@10": 1.0,
                "mrr": 0.3333,
                "ndcg@10": 0.5,
            }
        },
    }
    document = evaluation_document(report, {"dense": report, "lexical": report}, seconds=1.239)
    assert document == {**body, "baselines": {"dense": body, "lexical": body}, "seconds": 1.24}
