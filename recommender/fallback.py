"""What fills a short list: the newest of the section, then of the site, so that no section stands empty."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recommender.hydration import showable
from recommender.ranking import ScoreParts
from recommender.related import Related

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.filters import Filter
    from index.view import View
    from recommender.catalog import Catalog
    from recommender.related import Reason
    from recommender.retrieval import Query
    from recommender.stories import NearDuplicateRule

# Looked at beyond the free places, in case some repeat a story or were taken down a moment ago.
_SPARE = 5


def newest_first(
    catalog: Catalog,
    view: View,
    conditions: Filter,
    *,
    section: str,
    query: Query | None,
    shown: Sequence[int],
    rule: NearDuplicateRule,
) -> Iterator[Related]:
    """Yield what passes `conditions`: the newest of `section`, then of all; undated articles last.

    Never one of the rows `shown`, never twice, and no near-duplicate of the query, of what is shown,
    or of what was yielded before. An empty `section` names none.
    """
    taken, seen = list(shown), set(shown)
    rungs: list[tuple[Reason, frozenset[str] | None]] = [("newest", None)]
    if section:
        rungs.insert(0, ("section", frozenset({section})))
    for reason, sections in rungs:
        depth = _SPARE
        while True:
            rung = replace(conditions, sections=sections, excluded_ids=conditions.excluded_ids | seen)
            ids = view.newest(rung, depth)
            if not ids:
                break
            seen.update(ids)
            fresh = _not_told_by(view, query, ids, rule)
            articles = showable(catalog, fresh, rung)
            for row_id in fresh:
                if row_id in articles and not _repeats(view, row_id, taken, rule):
                    taken.append(row_id)
                    yield Related(articles[row_id], reason, ScoreParts(0.0, 0.0, 0.0))
            # far between when a live ticker fills the top: then each look goes deeper
            depth *= 2


def _not_told_by(view: View, query: Query | None, ids: list[int], rule: NearDuplicateRule) -> list[int]:
    if query is None:
        return ids
    dense = view.similarity_centred(query.vector, ids)
    lexical = view.term_similarity(query.terms, ids)
    pairs = zip(ids, dense.tolist(), lexical.tolist(), strict=True)
    return [row_id for row_id, d, t in pairs if not rule.holds(dense=d, lexical=t)]


def _repeats(view: View, row_id: int, others: Sequence[int], rule: NearDuplicateRule) -> bool:
    dense = view.similarity_centred(view.vectors([row_id])[row_id], others)
    close = np.flatnonzero(dense >= rule.dense).tolist()
    if not close:
        return False
    lexical = view.term_similarity(view.terms([row_id])[row_id], [others[at] for at in close])
    return any(
        rule.holds(dense=float(dense[at]), lexical=float(t)) for at, t in zip(close, lexical, strict=True)
    )
