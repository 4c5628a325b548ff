"""The values of a related list: what a caller asks for, and what a reader gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.ranking import RankingOptions, ScoreParts

Reason = Literal["related", "section", "newest"]
Why = Literal["near_duplicate_of_query", "near_duplicate", "below_min_relevance", "outranked"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants: up to `limit` articles, none whose id is in `exclude`.

    `languages` None means the query's own, an empty set any. `explain` asks for what was dropped, and
    `ranking` takes the place of the service's own options.
    """

    limit: int = 5
    exclude: frozenset[str] = frozenset()
    languages: frozenset[str] | None = None
    explain: bool = False
    ranking: RankingOptions | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """One item of a related list. `reason` is `related`, or the fallback that filled the place."""

    article: Article
    reason: Reason
    parts: ScoreParts

    @property
    def relevance(self) -> float:
        """Calibrated 0…1; what a fallback offers has 0."""
        return self.parts.relevance


@dataclass(frozen=True, slots=True)
class Dropped:
    """A candidate that did not make it, and why."""

    article: Article
    why: Why
    parts: ScoreParts


@dataclass(frozen=True, slots=True)
class RelatedList:
    """What a reader gets: related items by descending score, then what a fallback added.

    `dropped` is empty unless the caller asked to explain: every other candidate, in no order.
    `complete` is false while the query article has no vector yet. `revision` and `snapshot_id` name
    the state of the index that answered.
    """

    items: list[Related]
    dropped: list[Dropped]
    revision: int
    snapshot_id: str
    language: str
    complete: bool = True
