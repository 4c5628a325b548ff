"""Run one system over the judged pairs and report what the `evaluate` command prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from recommender.evaluation import metrics
from recommender.evaluation.pairs import by_langs, gains_of, is_related

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recommender.evaluation.pairs import JudgedPair

NDCG_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Pool:
    """What a group's queries choose from: every loaded article in the group's languages, in load order."""

    languages: frozenset[str]
    ids: tuple[str, ...]


class System(Protocol):
    """What is measured: production retrieval, or a baseline."""

    def score(self, a: str, b: str) -> float:
        """Return how related two articles are; any scale, higher is closer, finite."""
        ...

    def rank(self, query_id: str, pool: Pool) -> Sequence[str]:
        """Return ids of the pool, best first; what is left out counts as never found."""
        ...


@dataclass(frozen=True, slots=True)
class PairScores:
    """Agreement with the judges over `n` pairs; None where a correlation is undefined."""

    n: int
    pearson: float | None
    spearman: float | None


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Means over all queries; `pool` counts the articles of the group's languages, the query included."""

    queries: int
    pool: int
    hit_at_1: float
    hit_at_5: float
    hit_at_10: float
    mrr: float
    ndcg_at_10: float


@dataclass(frozen=True, slots=True)
class SystemReport:
    """One system's measures by languages; `pairs` also has `all`."""

    pairs: dict[str, PairScores]
    retrieval: dict[str, RetrievalScores]

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form: `pairs` and `retrieval`, numbers rounded to 4 digits."""
        return {
            "pairs": {
                name: {"n": row.n, "pearson": _rounded(row.pearson), "spearman": _rounded(row.spearman)}
                for name, row in self.pairs.items()
            },
            "retrieval": {
                name: {
                    "queries": row.queries,
                    "pool": row.pool,
                    "hit@1": _rounded(row.hit_at_1),
                    "hit@5": _rounded(row.hit_at_5),
                    "hit@10": _rounded(row.hit_at_10),
                    "mrr": _rounded(row.mrr),
                    "ndcg@10": _rounded(row.ndcg_at_10),
                }
                for name, row in self.retrieval.items()
            },
        }


def measure(system: System, pairs: Sequence[JudgedPair], languages: Mapping[str, str]) -> SystemReport:
    """Measure one system; `languages` gives the language of every loaded article, distractors included.

    A query is an article with at least one related partner in its group of languages; articles of
    both sides of a pair are queries. Raises `ValueError` when a ranking holds a repeated or foreign id.
    """
    groups = by_langs(pairs)
    correlations = {"all": _correlate(system, pairs)}
    correlations.update({langs: _correlate(system, group) for langs, group in groups.items()})
    retrieval = {}
    for langs, group in groups.items():
        scores = _retrieve(system, group, pool_of(langs, languages))
        if scores is not None:
            retrieval[langs] = scores
    return SystemReport(correlations, retrieval)


def evaluation_document(
    production: SystemReport, baselines: Mapping[str, SystemReport], *, seconds: float
) -> dict[str, Any]:
    """Return the one JSON document of `recommender evaluate`."""
    return {
        **production.as_dict(),
        "baselines": {name: report.as_dict() for name, report in baselines.items()},
        "seconds": round(seconds, 2),
    }


def pool_of(langs: str, languages: Mapping[str, str]) -> Pool:
    """Return the pool of a group such as `de-en`: all loaded articles in either language."""
    wanted = frozenset(langs.split("-"))
    return Pool(wanted, tuple(article_id for article_id, language in languages.items() if language in wanted))


def _correlate(system: System, pairs: Sequence[JudgedPair]) -> PairScores:
    predicted = [system.score(pair.a, pair.b) for pair in pairs]
    judged = [pair.score for pair in pairs]
    return PairScores(len(pairs), metrics.pearson(predicted, judged), metrics.spearman(predicted, judged))


def _retrieve(system: System, pairs: Sequence[JudgedPair], pool: Pool) -> RetrievalScores | None:
    """Return the means over the group's queries; None when no pair of it is related."""
    rows = []
    for query_id, gains in gains_of(pairs).items():
        related = {partner for partner, gain in gains.items() if is_related(gain)}
        if related:
            ranking = _checked_ranking(system, query_id, pool)
            hits = [float(metrics.hit_at_k(ranking, related, k)) for k in (1, 5, 10)]
            ndcg = metrics.ndcg_at_k(ranking, gains, NDCG_DEPTH)
            rows.append((*hits, metrics.reciprocal_rank(ranking, related), ndcg))
    if not rows:
        return None
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return RetrievalScores(len(rows), len(pool.ids), *means)


def _checked_ranking(system: System, query_id: str, pool: Pool) -> list[str]:
    ranking = [article_id for article_id in system.rank(query_id, pool) if article_id != query_id]
    if len(set(ranking)) != len(ranking) or not set(ranking) <= set(pool.ids):
        raise ValueError(f"the ranking for {query_id!r} repeats an id or holds one from outside the pool")
    return ranking


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
