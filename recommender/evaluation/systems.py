"""What is measured: production's retrieval and relevance, and the two plain ways everybody tries first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from index.filters import Filter
from recommender.retrieval import Query, retrieve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from index.view import View
    from recommender.article import Article
    from recommender.calibration import Calibration
    from recommender.evaluation.report import Pool

# Deep enough for every measure that is reported; what lies beyond counts as not found.
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Production:
    """The service's own retrieval and relevance: no recency, diversity or least relevance on top."""

    view: View
    calibration: Calibration
    rows: Mapping[str, int]

    def score(self, a: str, b: str) -> float:
        """Return the relevance of a pair, 0…1."""
        query, other = self._query(a), self.rows[b]
        columns = self.view.attributes([other])[other]
        return self.calibration.relevance(
            float(self.view.similarity_centred(query.vector, [other])[0]),
            float(self.view.term_similarity(query.terms, [other])[0]),
            same_language=columns.language == query.language,
        )

    def rank(self, query_id: str, pool: Pool) -> list[str]:
        """Return the pool's articles, most relevant first, as deep as is measured."""
        conditions = Filter(languages=pool.languages, excluded_ids=frozenset({self.rows[query_id]}))
        found = retrieve(
            self.view, self._query(query_id), k=_DEPTH, conditions=conditions, calibration=self.calibration
        )
        ids = {row_id: article_id for article_id, row_id in self.rows.items()}
        return [ids[candidate.id] for candidate in found]

    def _query(self, article_id: str) -> Query:
        row_id = self.rows[article_id]
        language = self.view.attributes([row_id])[row_id].language
        return Query(self.view.vectors([row_id])[row_id], self.view.terms([row_id])[row_id], language)


class Cosine:
    """A baseline: cosine of one unit row per article, over everything in the pool. Ties go to load order."""

    def __init__(self, ids: Sequence[str], rows: npt.NDArray[np.float32]) -> None:
        self._ids = list(ids)
        self._at = {article_id: at for at, article_id in enumerate(ids)}
        self._rows = rows

    def score(self, a: str, b: str) -> float:
        """Return the cosine of a pair."""
        return float(self._cosines(a, [self._at[b]])[0])

    def rank(self, query_id: str, pool: Pool) -> list[str]:
        """Return the pool without the query, nearest first."""
        at = [self._at[article_id] for article_id in pool.ids if article_id != query_id]
        cosines = self._cosines(query_id, at)
        best = np.argsort(-cosines, kind="stable")[:_DEPTH]
        return [self._ids[at[position]] for position in best]

    def _cosines(self, query_id: str, at: Sequence[int]) -> npt.NDArray[np.float32]:
        product = self._rows[at] @ self._rows[self._at[query_id]].T
        dense = product if isinstance(product, np.ndarray) else product.toarray()
        return np.asarray(dense).reshape(len(at))


def word_counts(articles: Sequence[Article]) -> Cosine:
    """Return the lexical baseline: TF-IDF over words as they stand, no stemming, one vocabulary for all."""
    texts = [f"{article.title}\n{article.teaser}\n{article.body}" for article in articles]
    rows = TfidfVectorizer(sublinear_tf=True, dtype=np.float32).fit_transform(texts)
    return Cosine([article.id for article in articles], rows)
