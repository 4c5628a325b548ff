"""The use case: which articles to offer next to one article, or to a draft."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from index.filters import Filter
from recommender.errors import UnknownArticleError
from recommender.fallback import newest_first
from recommender.hydration import showable
from recommender.ranking import RankingOptions
from recommender.related import Ask, Dropped, Reason, Related, RelatedList, Why
from recommender.retrieval import Query, retrieve
from recommender.selection import Selection, select
from recommender.stories import NearDuplicateRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.live import LiveIndex
    from index.view import View
    from recommender.article import Article, ArticleKey
    from recommender.calibration import Calibration
    from recommender.catalog import Catalog, StoredArticle

__all__ = ["Ask", "Dropped", "Reason", "Recommender", "Related", "RelatedList", "Why"]

# Candidates per leg: enough that duplicates and diversity leave a full list of distinct stories.
_OVERFETCH_FACTOR = 4
_OVERFETCH_LEAST = 50
# Where near-duplicates use up the candidates, as on a page of daily weather reports, the search goes
# deeper by this factor, up to this depth.
_DEEPER = 4
_DEEPEST = 800


class Recommender:
    """Related lists from a live index and a catalog. Safe to call from many threads."""

    def __init__(
        self,
        live: LiveIndex,
        catalog: Catalog,
        *,
        calibration: Calibration,
        ranking: RankingOptions | None = None,
        duplicates: NearDuplicateRule | None = None,
        cross_language: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._live, self._catalog = live, catalog
        self._calibration = calibration
        self._ranking = ranking or RankingOptions()
        self._duplicates = duplicates or NearDuplicateRule()
        self._cross_language = cross_language
        self._clock = clock
        # more queries at once than cores only pass the interpreter's lock around
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)

    def related(self, key: ArticleKey, ask: Ask) -> RelatedList:
        """Return up to `ask.limit` articles to read next to a published article, best first.

        Never the article itself, nothing unpublished, no near-duplicate of it or of another item.
        Short lists are filled with the newest of its section, then of the site. Raises
        `UnknownArticleError` when the site has no such published article.
        """
        with self._turns:
            stored = self._published(key)
            view = self._live.view()
            query = _query_of(view, stored)
            return self._answer(view, stored.article, ask, query=query, own_row=stored.row_id)

    def related_to(self, draft: Article, query: Query, ask: Ask) -> RelatedList:
        """Return related articles for a text that is not stored; `query` holds its vector and terms.

        If an article with the draft's key is stored, that one is left out.
        """
        stored = self._catalog.get(draft.key)
        own = stored.row_id if stored is not None else None
        return self._answer(self._live.view(), draft, ask, query=query, own_row=own)

    def shown_on(self, key: ArticleKey, *, limit: int, candidates: int = 100) -> list[Article]:
        """Return the articles whose list of `limit` shows this one now, most related first.

        Looks at the `candidates` most related articles of its site, in any language: pages further
        away, which could show it only as a fallback, are not found. Raises `UnknownArticleError`.
        """
        stored = self._published(key)
        view = self._live.view()
        query = _query_of(view, stored)
        if query is None:
            return []
        everywhere = Filter(site=key.site, excluded_ids=frozenset({stored.row_id}))
        near = retrieve(view, query, k=candidates, conditions=everywhere, calibration=self._calibration)
        pages = self._catalog.get_rows([candidate.id for candidate in near[:candidates]])
        ask = Ask(limit=limit)
        shown = []
        for candidate in near[:candidates]:
            page = pages.get(candidate.id)
            if page is None or not page.servable:
                continue
            listed = self._answer(view, page.article, ask, query=_query_of(view, page), own_row=page.row_id)
            if any(item.article.key == key for item in listed.items):
                shown.append(page.article)
        return shown

    def _published(self, key: ArticleKey) -> StoredArticle:
        stored = self._catalog.get(key)
        if stored is None or not stored.servable:
            raise UnknownArticleError(*key)
        return stored

    def _answer(
        self, view: View, article: Article, ask: Ask, *, query: Query | None, own_row: int | None
    ) -> RelatedList:
        conditions = self._conditions(article, ask, own_row)
        selection, articles, conditions = self._choose(view, query, conditions, ask)
        items = [Related(articles[scored.id], "related", scored.parts) for scored in selection.chosen]
        if len(items) < ask.limit:
            fillers = newest_first(
                self._catalog,
                view,
                replace(conditions, excluded_ids=conditions.excluded_ids | selection.repeats),
                section=article.section,
                query=query,
                shown=[scored.id for scored in selection.chosen],
                rule=self._duplicates,
            )
            items += islice(fillers, ask.limit - len(items))
        dropped = _explained(selection, articles, items) if ask.explain else []
        language, complete = article.base_language, query is not None
        return RelatedList(items, dropped, view.revision, view.snapshot_id, language, complete)

    def _conditions(self, article: Article, ask: Ask, own_row: int | None) -> Filter:
        excluded = {own_row} if own_row is not None else set()
        if ask.exclude:
            keys = [article.key._replace(id=article_id) for article_id in ask.exclude]
            excluded |= set(self._catalog.row_ids(keys).values())
        languages = ask.languages
        if languages is None and not self._cross_language and article.base_language:
            languages = frozenset({article.base_language})
        return Filter(site=article.site, languages=languages or None, excluded_ids=frozenset(excluded))

    def _choose(
        self, view: View, query: Query | None, conditions: Filter, ask: Ask
    ) -> tuple[Selection, dict[int, Article], Filter]:
        """Return a selection of articles that may all be shown now, with them, and the conditions it met.

        To explain, the dropped ones are among the articles, and may be shown too.
        """
        if query is None:
            return Selection([], []), {}, conditions
        while True:
            selection = self._select(view, query, conditions, ask)
            needed = selection.ids if ask.explain else [scored.id for scored in selection.chosen]
            articles = showable(self._catalog, needed, conditions)
            if len(articles) == len(needed):
                return selection, articles, conditions
            # One was taken down that this view still has. Choose again without: it may have stood for
            # near-duplicates. All candidates are looked at, so that one more round is enough.
            gone = set(selection.ids) - showable(self._catalog, selection.ids, conditions).keys()
            conditions = replace(conditions, excluded_ids=conditions.excluded_ids | gone)

    def _select(self, view: View, query: Query, conditions: Filter, ask: Ask) -> Selection:
        options, now = ask.ranking or self._ranking, self._clock()
        k = max(_OVERFETCH_LEAST, _OVERFETCH_FACTOR * ask.limit)
        while True:
            candidates = retrieve(view, query, k=k, conditions=conditions, calibration=self._calibration)
            selection = select(
                view, candidates, limit=ask.limit, options=options, rule=self._duplicates, now=now
            )
            exhausted = len(candidates) < k or candidates[-1].relevance < options.min_relevance
            if len(selection.chosen) >= ask.limit or exhausted or k >= _DEEPEST:
                return selection
            k *= _DEEPER


def _explained(selection: Selection, articles: dict[int, Article], items: list[Related]) -> list[Dropped]:
    """Return the dropped candidates, save for those that came back as a fallback."""
    listed = {item.article.key for item in items}
    return [
        Dropped(articles[scored.id], why, scored.parts)
        for why, scored in selection.dropped
        if articles[scored.id].key not in listed
    ]


def _query_of(view: View, stored: StoredArticle) -> Query | None:
    """Return what is searched for next to a stored article; None while it has no vector."""
    row_id = stored.row_id
    if not view.contains(row_id):
        return None
    vector, terms = view.vectors([row_id])[row_id], view.terms([row_id])[row_id]
    return Query(vector, terms, stored.article.base_language)
