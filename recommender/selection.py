"""From candidates to a list: near-duplicates folded, then ordered by score and diversity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from recommender.ranking import RankingOptions, ScoreParts, mmr, recency_factor
from recommender.stories import group_near_duplicates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from index.view import View
    from recommender.related import Why
    from recommender.retrieval import Candidate
    from recommender.stories import NearDuplicateRule


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate's row id with the parts of its score."""

    id: int
    parts: ScoreParts


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, by descending score, and every other candidate with the reason against it."""

    chosen: list[Scored]
    dropped: list[tuple[Why, Scored]]

    @property
    def ids(self) -> list[int]:
        """Return the row ids of all candidates."""
        return [scored.id for scored in (*self.chosen, *(scored for _, scored in self.dropped))]

    @property
    def repeats(self) -> frozenset[int]:
        """Return the row ids of those that tell what the query, or a better place, tells already."""
        return frozenset(
            scored.id for why, scored in self.dropped if why in {"near_duplicate_of_query", "near_duplicate"}
        )


def select(
    view: View,
    candidates: Sequence[Candidate],
    *,
    limit: int,
    options: RankingOptions,
    rule: NearDuplicateRule,
    now: datetime,
) -> Selection:
    """Choose up to `limit` candidates: each related enough, none a near-duplicate of the query or another.

    They come most relevant first. Of near-duplicates the newest stands for all, with its own score.
    Every candidate is either chosen or dropped. Ties go to the one that came earlier.
    """
    dropped: list[tuple[Why, Scored]] = []
    kept: list[tuple[Candidate, ScoreParts]] = []
    for candidate in candidates:
        parts = score(candidate, now=now, options=options)
        if rule.holds(dense=candidate.dense, lexical=candidate.lexical):
            dropped.append(("near_duplicate_of_query", Scored(candidate.id, parts)))
        elif parts.relevance < options.min_relevance:
            dropped.append(("below_min_relevance", Scored(candidate.id, parts)))
        else:
            kept.append((candidate, parts))
    if not kept:
        return Selection([], dropped)
    chosen, others = _diverse(view, kept, limit=limit, options=options, rule=rule)
    return Selection(chosen, dropped + others)


def score(candidate: Candidate, *, now: datetime, options: RankingOptions) -> ScoreParts:
    """Return the parts of a candidate's score before anything is chosen."""
    recency = recency_factor(candidate.attributes.published_at, now=now, options=options)
    return ScoreParts(candidate.dense, candidate.lexical, candidate.relevance, recency)


def _diverse(
    view: View,
    kept: Sequence[tuple[Candidate, ScoreParts]],
    *,
    limit: int,
    options: RankingOptions,
    rule: NearDuplicateRule,
) -> tuple[list[Scored], list[tuple[Why, Scored]]]:
    """Return the chosen ones of `kept`, which come most relevant first, and the others."""
    ids = [candidate.id for candidate, _ in kept]
    vectors = view.vectors(ids)
    rows = np.stack([vectors[row_id] for row_id in ids])
    cosines = rows @ rows.T
    terms = view.terms(ids)
    groups = group_near_duplicates(
        cosines,
        lambda at, others: view.term_similarity(terms[ids[at]], [ids[other] for other in others]).tolist(),
        [candidate.attributes.published_at for candidate, _ in kept],
        rule,
    )
    # by relevance again: the newest of a group need not be its best
    leaders = sorted(group.representative for group in groups)
    order = mmr(
        [kept[at][1].final for at in leaders],
        cosines[np.ix_(leaders, leaders)],
        limit=limit,
        relevance_weight=options.relevance_weight,
    )
    chosen = [
        Scored(ids[leaders[at]], replace(kept[leaders[at]][1], redundancy=redundancy))
        for at, redundancy in order
    ]
    listed = {scored.id for scored in chosen}
    others: list[tuple[Why, Scored]] = [
        ("near_duplicate", Scored(ids[at], kept[at][1])) for group in groups for at in group.others
    ]
    others += [("outranked", Scored(ids[at], kept[at][1])) for at in leaders if ids[at] not in listed]
    return chosen, others
