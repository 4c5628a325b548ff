"""The use case: which articles to offer next to one article, or to a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from index.filters import Filter
from recommender.errors import UnknownArticleError
from recommender.ranking import RankingOptions, ScoreParts, mmr, recency_factor
from recommender.retrieval import Candidate, Query, retrieve
from recommender.stories import NearDuplicateRule, group_near_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from index.live import LiveIndex
    from index.view import View
    from recommender.article import Article, ArticleKey
    from recommender.calibration import Calibration
    from recommender.catalog import Catalog

Reason = Literal["related", "section", "newest"]
Why = Literal["near_duplicate_of_query", "near_duplicate", "below_min_relevance", "outranked"]

# Candidates per leg: enough that filters, duplicates and diversity still leave a full list.
_OVERFETCH_FACTOR = 10
_OVERFETCH_LEAST = 50
# Candidates that are grouped and diversified; beyond these nothing reaches a list of 50.
_RERANKED = 100
# Hydrated beyond the limit, in case an article was taken away a moment ago.
_SPARE = 5


@dataclass(frozen=True, slots=True)
class Ask:
    """What a caller wants. `languages` None means the query's own; an empty set means any."""

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
    """What a reader gets, best first. `complete` is false while the query article has no vector yet."""

    items: list[Related]
    dropped: list[Dropped]
    revision: int
    snapshot_id: str
    language: str
    complete: bool = True


@dataclass(slots=True)
class _Selection:
    """Candidates on their way to a list, with what was left behind."""

    chosen: list[tuple[int, ScoreParts]]
    dropped: list[tuple[int, Why, ScoreParts]]
    repeats: set[int]


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

    def related(self, key: ArticleKey, ask: Ask) -> RelatedList:
        """Return up to `ask.limit` articles to read next to a published article, best first.

        Never the article itself, nothing unpublished, no near-duplicate of it or of another item.
        Short lists are filled with the newest of its section, then of the site. Raises
        `UnknownArticleError` when the site has no such published article.
        """
        stored = self._catalog.get(key)
        if stored is None or not stored.servable:
            raise UnknownArticleError(*key)
        view = self._live.view()
        query = self._stored_query(view, stored.row_id, stored.article)
        return self._answer(view, query, stored.article, ask, own_row=stored.row_id)

    def related_to(self, draft: Article, query: Query, ask: Ask) -> RelatedList:
        """Return related articles for a text that is not stored; `query` holds its vector and terms.

        If the draft's key is already published, that article is left out.
        """
        stored = self._catalog.get(draft.key)
        own = stored.row_id if stored is not None else None
        return self._answer(self._live.view(), query, draft, ask, own_row=own)

    def shown_on(self, key: ArticleKey, *, limit: int, candidates: int = 100) -> list[Article]:
        """Return the articles whose list of `limit` shows this one now, nearest first.

        Looks at the `candidates` nearest neighbours of the article, on all languages of its site.
        """
        stored = self._catalog.get(key)
        if stored is None or not stored.servable:
            raise UnknownArticleError(*key)
        view = self._live.view()
        query = self._stored_query(view, stored.row_id, stored.article)
        if query is None:
            return []
        everywhere = Filter(site=key.site, excluded_ids=frozenset({stored.row_id}))
        near = retrieve(view, query, k=candidates, conditions=everywhere, calibration=self._calibration)
        pages = self._catalog.get_rows([candidate.id for candidate in near])
        shown = []
        for candidate in near:
            page = pages.get(candidate.id)
            if page is None or not page.servable:
                continue
            page_query = self._stored_query(view, page.row_id, page.article)
            listed = self._answer(view, page_query, page.article, Ask(limit=limit), own_row=page.row_id)
            if any(item.article.key == key for item in listed.items):
                shown.append(page.article)
        return shown

    def _stored_query(self, view: View, row_id: int, article: Article) -> Query | None:
        if not view.contains(row_id):
            return None
        vector, terms = view.vectors([row_id])[row_id], view.terms([row_id])[row_id]
        return Query(vector, terms, article.base_language)

    def _answer(
        self, view: View, query: Query | None, article: Article, ask: Ask, *, own_row: int | None
    ) -> RelatedList:
        conditions = self._filter(article, ask, own_row)
        if query is None:
            selection = _Selection([], [], set())
        else:
            k = max(_OVERFETCH_LEAST, _OVERFETCH_FACTOR * ask.limit)
            candidates = retrieve(view, query, k=k, conditions=conditions, calibration=self._calibration)
            selection = self._select(view, query, candidates, ask)
        items = self._hydrate(selection.chosen, ask.limit)
        if len(items) < ask.limit:
            items += self._fill(view, article, conditions, ask.limit - len(items), items, selection.repeats)
        dropped = self._hydrate_dropped(selection.dropped) if ask.explain else []
        return RelatedList(
            items, dropped, view.revision, view.snapshot_id, article.base_language, complete=query is not None
        )

    def _filter(self, article: Article, ask: Ask, own_row: int | None) -> Filter:
        excluded = {own_row} if own_row is not None else set()
        if ask.exclude:
            keys = [article.key._replace(id=article_id) for article_id in ask.exclude]
            excluded |= set(self._catalog.row_ids(keys).values())
        languages = ask.languages
        if languages is None and not self._cross_language and article.base_language:
            languages = frozenset({article.base_language})
        return Filter(site=article.site, languages=languages or None, excluded_ids=frozenset(excluded))

    def _select(self, view: View, query: Query, candidates: list[Candidate], ask: Ask) -> _Selection:
        options, now = ask.ranking or self._ranking, self._clock()
        scored = [
            (candidate, _parts(candidate, now=now, options=options)) for candidate in candidates[:_RERANKED]
        ]
        scored.sort(key=lambda pair: (-pair[1].final, pair[0].id))
        selection = _Selection([], [], set())
        kept: list[tuple[Candidate, ScoreParts]] = []
        for candidate, parts in scored:
            if self._duplicates.holds(dense=candidate.dense, lexical=candidate.lexical):
                selection.dropped.append((candidate.id, "near_duplicate_of_query", parts))
                selection.repeats.add(candidate.id)
            elif parts.relevance < options.min_relevance:
                selection.dropped.append((candidate.id, "below_min_relevance", parts))
            else:
                kept.append((candidate, parts))
        if kept:
            self._fold_and_diversify(view, kept, selection, ask.limit + _SPARE, options)
        return selection

    def _fold_and_diversify(
        self,
        view: View,
        kept: list[tuple[Candidate, ScoreParts]],
        selection: _Selection,
        limit: int,
        options: RankingOptions,
    ) -> None:
        ids = [candidate.id for candidate, _ in kept]
        by_id = view.vectors(ids)
        rows = np.stack([by_id[row_id] for row_id in ids])
        cosines = rows @ rows.T
        dates = [candidate.attributes.published_at for candidate, _ in kept]
        groups = group_near_duplicates(cosines, _term_cosines(view, ids), dates, self._duplicates)
        for group in groups:
            for other in group.others:
                selection.dropped.append((ids[other], "near_duplicate", kept[other][1]))
                selection.repeats.add(ids[other])
        # a group stands where its best member stood, represented by its newest
        leaders = [group.representative for group in groups]
        scores = [max(kept[at][1].final for at in (group.representative, *group.others)) for group in groups]
        order = mmr(
            scores,
            cosines[np.ix_(leaders, leaders)],
            limit=limit,
            relevance_weight=options.relevance_weight,
        )
        for at, redundancy in order:
            candidate, parts = kept[leaders[at]]
            selection.chosen.append((candidate.id, replace(parts, redundancy=redundancy)))
        listed = {at for at, _ in order}
        for at, leader in enumerate(leaders):
            if at not in listed:
                selection.dropped.append((ids[leader], "outranked", kept[leader][1]))

    def _hydrate(self, chosen: Sequence[tuple[int, ScoreParts]], limit: int) -> list[Related]:
        # The catalog has the last word: what was taken down a moment ago is not served from an older view.
        stored = self._catalog.get_rows([row_id for row_id, _ in chosen])
        items = [
            Related(stored[row_id].article, "related", parts)
            for row_id, parts in chosen
            if row_id in stored and stored[row_id].servable
        ]
        return items[:limit]

    def _hydrate_dropped(self, dropped: Sequence[tuple[int, Why, ScoreParts]]) -> list[Dropped]:
        stored = self._catalog.get_rows([row_id for row_id, _, _ in dropped])
        return [
            Dropped(stored[row_id].article, why, parts)
            for row_id, why, parts in dropped
            if row_id in stored and stored[row_id].servable
        ]

    def _fill(
        self, view: View, article: Article, conditions: Filter, count: int, items: list[Related], repeats: Iterable[int]
    ) -> list[Related]:
        """Return what fills `count` free places: the newest of the section, then of the site."""
        taken = set(conditions.excluded_ids) | set(repeats)
        taken |= set(self._catalog.row_ids([item.article.key for item in items]).values())
        filled: list[Related] = []
        rungs: list[tuple[Reason, frozenset[str] | None]] = [("newest", None)]
        if article.section:
            rungs.insert(0, ("section", frozenset({article.section})))
        for reason, sections in rungs:
            rung = replace(conditions, sections=sections, excluded_ids=frozenset(taken))
            ids = view.newest(rung, count - len(filled) + _SPARE)
            stored = self._catalog.get_rows(ids)
            servable = [row_id for row_id in ids if row_id in stored and stored[row_id].servable]
            for row_id in servable[: count - len(filled)]:
                filled.append(Related(stored[row_id].article, reason, ScoreParts(0.0, 0.0, 0.0)))
                taken.add(row_id)
        return filled


def _parts(candidate: Candidate, *, now: datetime, options: RankingOptions) -> ScoreParts:
    recency = recency_factor(candidate.attributes.published_at, now=now, options=options)
    return ScoreParts(candidate.dense, candidate.lexical, candidate.relevance, recency)


def _term_cosines(view: View, ids: Sequence[int]) -> Callable[[int, int], float]:
    terms = view.terms(ids)

    def cosine(a: int, b: int) -> float:
        return float(view.term_similarity(terms[ids[a]], [ids[b]])[0])

    return cosine
