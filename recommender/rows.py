"""From articles to what the index stores of them: columns, terms and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from index.types import NO_DATE, Attributes, Rows, TermVector
from recommender.text.terms import analyse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from recommender.article import Article


def attributes_of(article: Article) -> Attributes:
    """Return what an article can be filtered by."""
    published = int(article.published_at.timestamp()) if article.published_at else NO_DATE
    return Attributes(
        site=article.site,
        language=article.base_language,
        section=article.section,
        kind=article.kind,
        status=article.status.value,
        published_at=published,
    )


def terms_of(article: Article) -> TermVector:
    """Return the terms of an article's text."""
    terms = analyse(article.title, article.teaser, article.body, article.base_language, article.tags)
    return TermVector(terms.ids, terms.counts)


def rows_of(
    ids: Sequence[int], articles: Sequence[Article], vectors: Iterable[npt.NDArray[np.float32]], *, dim: int
) -> Rows:
    """Return the rows of some articles, in their order; `vectors` are raw unit vectors of width `dim`."""
    return Rows(
        ids=np.asarray(ids, dtype=np.int64),
        vectors=np.asarray(list(vectors), dtype=np.float32).reshape(len(ids), dim),
        attributes=[attributes_of(article) for article in articles],
        terms=[terms_of(article) for article in articles],
    )


def join_rows(parts: Sequence[Rows], *, dim: int) -> Rows:
    """Return the rows of all parts, one after the other; no parts give no rows."""
    return Rows(
        ids=np.concatenate([np.empty(0, dtype=np.int64), *(part.ids for part in parts)]),
        vectors=np.concatenate([np.empty((0, dim), dtype=np.float32), *(part.vectors for part in parts)]),
        attributes=[attributes for part in parts for attributes in part.attributes],
        terms=[terms for part in parts for terms in part.terms],
    )
