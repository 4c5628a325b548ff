"""The measures: correlation of scores, and hit@k, reciprocal rank and nDCG@k of one ranking.

All rankings are ids, best first, without repeats. Ranks count from 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_FEWEST_POINTS = 2


def pearson(predicted: Sequence[float], judged: Sequence[float]) -> float | None:
    """Return the linear correlation in [-1, 1]; None where it is undefined (under 2 points, or no spread)."""
    if not _correlates(predicted, judged):
        return None
    return float(stats.pearsonr(predicted, judged).statistic)


def spearman(predicted: Sequence[float], judged: Sequence[float]) -> float | None:
    """Return the correlation of ranks in [-1, 1], ties sharing their mean rank; None as for `pearson`."""
    if not _correlates(predicted, judged):
        return None
    return float(stats.spearmanr(predicted, judged).statistic)


def _correlates(predicted: Sequence[float], judged: Sequence[float]) -> bool:
    if len(predicted) != len(judged):
        raise ValueError(f"got {len(predicted)} predictions for {len(judged)} judgements: pass one each")
    if not np.isfinite(predicted).all():
        raise ValueError("a prediction is not a finite number: mend the scorer")
    return len(judged) >= _FEWEST_POINTS and np.ptp(predicted) > 0 and np.ptp(judged) > 0


def hit_at_k(ranking: Sequence[str], related: Collection[str], k: int) -> bool:
    """Say whether any related id stands among the first `k`."""
    return any(article_id in related for article_id in ranking[:k])


def reciprocal_rank(ranking: Sequence[str], related: Collection[str]) -> float:
    """Return 1 / rank of the first related id; 0 when the ranking holds none."""
    for rank, article_id in enumerate(ranking, start=1):
        if article_id in related:
            return 1.0 / rank
    return 0.0


def ndcg_at_k(ranking: Sequence[str], gains: Mapping[str, float], k: int) -> float:
    """Return nDCG@k in [0, 1] (Järvelin & Kekäläinen, 2002): linear gain, discount log2(rank + 1).

    `gains` are the judged scores, 0 for whatever was not judged; the ideal ranking is theirs,
    highest first. 0 when no gain is positive.
    """
    ideal = _dcg(sorted(gains.values(), reverse=True)[:k])
    if ideal == 0:
        return 0.0
    return _dcg([gains.get(article_id, 0.0) for article_id in ranking[:k]]) / ideal


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
