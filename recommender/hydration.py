"""From row ids to articles. The catalog has the last word: an index may be a moment behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.rows import attributes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index.filters import Filter
    from recommender.article import Article
    from recommender.catalog import Catalog


def showable(catalog: Catalog, row_ids: Iterable[int], conditions: Filter) -> dict[int, Article]:
    """Return those articles that are published and pass `conditions` by what the catalog says now.

    An article that was taken down, or moved to another language or section, a moment ago is left out
    although the index still finds it.
    """
    return {
        row_id: stored.article
        for row_id, stored in catalog.get_rows(row_ids).items()
        if stored.servable and conditions.matches(row_id, attributes_of(stored.article))
    }
