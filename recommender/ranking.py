"""Order candidates for a reader: relevance, gentle recency, then diversity. The clock is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class RankingOptions:
    """How a list is ordered.

    `recency_weight` is the share of the score that age can take away (0: age does not matter);
    `relevance_weight` is MMR's trade-off (1: no diversity). Turn both off to rank by relevance alone.
    """

    min_relevance: float = 0.0
    recency_weight: float = 0.15
    half_life_days: float = 120.0
    relevance_weight: float = 0.85


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """Why a candidate ranks where it does; `final` is what the list is sorted by.

    `dense` is the centred cosine in [-1, 1], `lexical` the term cosine in [0, 1], `relevance` the
    calibrated 0…1 of both, `recency` a factor in (0, 1], `redundancy` what MMR took off.
    """

    dense: float
    lexical: float
    relevance: float
    recency: float = 1.0
    redundancy: float = 0.0

    @property
    def final(self) -> float:
        """Relevance times recency, minus redundancy."""
        return self.relevance * self.recency - self.redundancy


def recency_factor(published_at: float, *, now: datetime, options: RankingOptions) -> float:
    """Return the recency factor in [1 - recency_weight, 1]; `published_at` is in epoch seconds.

    1 at `now`; the part that age can take is halved every half-life. A date in the future counts
    as new, so a clock that runs behind cannot bury an article.
    """
    age_days = max(0.0, (now.timestamp() - published_at) / _DAY_S)
    decay: float = 0.5 ** (age_days / options.half_life_days)
    return 1.0 - options.recency_weight * (1.0 - decay)


def mmr(
    scores: Sequence[float], similarity: npt.NDArray[np.float32], *, limit: int, relevance_weight: float
) -> list[tuple[int, float]]:
    """Choose up to `limit` positions greedily, each best in score less redundancy with those chosen.

    `similarity` is the square matrix of the candidates' cosines; negative ones count as 0. Returns
    (position, redundancy) pairs, best first; ties go to the earlier position. The redundancy is
    what the score lost: (1 - relevance_weight) * highest similarity to a chosen one.
    Source: Carbonell & Goldstein 1998, "The use of MMR", SIGIR.
    """
    base = np.asarray(scores, dtype=np.float64)
    closest = np.zeros(len(base))
    left = np.ones(len(base), dtype=bool)
    chosen: list[tuple[int, float]] = []
    while len(chosen) < min(limit, len(base)):
        penalty = (1.0 - relevance_weight) * closest
        value = np.where(left, base - penalty, -np.inf)
        best = int(np.argmax(value))
        chosen.append((best, float(penalty[best])))
        left[best] = False
        closest = np.maximum(closest, similarity[best])
    return chosen
