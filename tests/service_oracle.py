"""The oracle of related lists: everything the catalog holds, and by brute force what may stand in a list.

Which texts repeat each other is known by how they were made: versions of one story in one language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from service_world import NOW, World, article, days_ago, ids

from recommender.article import ArticleKey, Status
from recommender.calibration import calibration_for
from recommender.ranking import RankingOptions, recency_factor
from recommender.rows import attributes_of

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.service import Dropped, Related, RelatedList

_TOPICS = ("", "brücke", "wahl")


@dataclass(frozen=True)
class Told:
    """How one article was made."""

    story: int
    version: int
    language: str
    site: str
    status: str
    section: str
    age_days: int | None
    late: str  # what happened after the index was last brought up to date

    def as_article(self, article_id: str) -> Article:
        """Write the article."""
        return article(
            article_id,
            f"story {self.story}",
            topic=_TOPICS[self.story % 3],
            version=self.version,
            language=self.language,
            site=self.site,
            status=self.status,
            section=self.section,
            published_at=None if self.age_days is None else days_ago(self.age_days),
        )

    @property
    def tale(self) -> tuple[int, str]:
        """What counts as the same thing told twice."""
        return self.story, self.language[:2]


@dataclass(frozen=True)
class Asked:
    """What is asked of the newspaper."""

    limit: int
    exclude: frozenset[str]
    languages: frozenset[str] | None
    options: RankingOptions


class Newspaper:
    """The oracle: all articles as they are in the catalog, and what may be shown next to each."""

    def __init__(self, world: World, told: dict[int, Told], asked: Asked) -> None:
        self.world, self.asked = world, asked
        self.told = {str(at): each for at, each in told.items()}
        self.served: dict[str, Told] = {}

    def take_down(self, articles: dict[str, Article]) -> None:
        """Change the catalog behind the index's back."""
        for article_id, each in self.told.items():
            made = articles[article_id]
            if each.late == "deleted":
                self.world.catalog.delete(made.key)
            elif each.late == "unpublished":
                self.world.catalog.upsert([made.model_copy(update={"status": Status.DRAFT})])
            elif each.status == "published":
                self.served[article_id] = each

    def allowed(self, query_id: str) -> dict[str, Told]:
        """Return what may be shown next to one article, were there room for all."""
        query = self.told[query_id]
        languages = self.asked.languages
        if languages is None:
            languages = frozenset({query.language[:2]})
        return {
            article_id: each
            for article_id, each in self.served.items()
            if each.site == query.site
            and article_id != query_id
            and article_id not in self.asked.exclude
            and (not languages or each.language[:2] in languages)
        }

    def check(self, query_id: str) -> None:
        """Compare the list of one article with what may, and must, stand in it."""
        related = self._ask(query_id)
        allowed, shown = self.allowed(query_id), ids(related)
        own = self.told[query_id].tale
        told = [allowed[each].tale for each in shown]

        assert own not in told
        assert len(set(told)) == len(shown)
        assert len(shown) == min(self.asked.limit, len({each.tale for each in allowed.values()} - {own}))
        assert sorted(dropped.article.id for dropped in related.dropped) == sorted(set(allowed) - set(shown))
        self._check_scores(query_id, related)
        self._check_choice(query_id, allowed, related)
        self._check_fallback(query_id, allowed, related)
        assert self._ask(query_id) == related

    def _ask(self, query_id: str) -> RelatedList:
        return self.world.related(
            query_id,
            site=self.told[query_id].site,
            limit=self.asked.limit,
            exclude=self.asked.exclude,
            languages=self.asked.languages,
            ranking=self.asked.options,
            explain=True,
        )

    def _check_scores(self, query_id: str, related: RelatedList) -> None:
        """Compare each part with its definition, and their sum with what the list is sorted by."""
        curve = calibration_for(self.world.encoder.encoder_id)
        chosen = [item for item in related.items if item.reason == "related"]
        entries: list[Related | Dropped] = [*chosen, *related.dropped]
        for entry in entries:
            dense, lexical = self._cosines(query_id, entry.article.id)
            same = self.told[query_id].language[:2] == entry.article.base_language
            assert entry.parts.dense == pytest.approx(dense, abs=1e-5)
            assert entry.parts.lexical == pytest.approx(lexical, abs=1e-5)
            assert entry.parts.relevance == curve.relevance(
                entry.parts.dense, entry.parts.lexical, same_language=same
            )
            published = attributes_of(entry.article).published_at
            assert entry.parts.recency == recency_factor(published, now=NOW, options=self.asked.options)
        for at, item in enumerate(chosen):
            lost = self._redundancy(item.article.id, chosen[:at])
            assert item.parts.redundancy == pytest.approx(lost, abs=1e-5)
            assert item.parts.relevance >= self.asked.options.min_relevance
        finals = [item.parts.final for item in chosen]
        assert finals == sorted(finals, reverse=True)

    def _check_choice(self, query_id: str, allowed: dict[str, Told], related: RelatedList) -> None:
        """See that nobody who was left out would have been a better choice for any place."""
        scores = {dropped.article.id: dropped.parts for dropped in related.dropped}
        whys = {dropped.article.id: dropped.why for dropped in related.dropped}
        chosen = [item for item in related.items if item.reason == "related"]
        newest: dict[tuple[int, str], str] = {}
        for article_id, why in whys.items():
            tale = allowed[article_id].tale
            assert (why == "near_duplicate_of_query") == (tale == self.told[query_id].tale)
            if why == "below_min_relevance":
                assert scores[article_id].relevance < self.asked.options.min_relevance
            elif why == "near_duplicate":
                newest[tale] = max(newest.get(tale, article_id), article_id, key=self._date)
        for tale, article_id in newest.items():
            teller = [item.article.id for item in related.items if allowed[item.article.id].tale == tale]
            outranked = [
                each for each, why in whys.items() if why == "outranked" and allowed[each].tale == tale
            ]
            assert self._date((teller + outranked)[0]) >= self._date(article_id)
        for article_id in (each for each, why in whys.items() if why == "outranked"):
            for at, item in enumerate(chosen):
                lost = self._redundancy(article_id, chosen[:at])
                assert scores[article_id].final - lost <= item.parts.final + 1e-5

    def _check_fallback(self, query_id: str, allowed: dict[str, Told], related: RelatedList) -> None:
        """See that exactly the newest tales not told yet fill the list: of the section, then of the site."""
        chosen = [item.article.id for item in related.items if item.reason == "related"]
        fillers = [(item.article.id, item.reason) for item in related.items if item.reason != "related"]
        told = {self.told[query_id].tale, *(allowed[each].tale for each in chosen)}
        section = self.told[query_id].section
        expected: list[tuple[str, str]] = []
        newest_first = sorted(allowed, key=lambda each: (self._date(each), self._row(each)), reverse=True)
        rungs = [("section", section)] if section else []
        for reason, wanted in [*rungs, ("newest", "")]:
            for article_id in newest_first:
                each = allowed[article_id]
                if (not wanted or each.section == wanted) and each.tale not in told:
                    told.add(each.tale)
                    expected.append((article_id, reason))
        assert fillers == expected[: self.asked.limit - len(chosen)]

    def _redundancy(self, article_id: str, before: list[Related]) -> float:
        closest = [self._cosines(article_id, item.article.id)[0] for item in before]
        return (1 - self.asked.options.relevance_weight) * max([0.0, *closest])

    def _cosines(self, query_id: str, article_id: str) -> tuple[float, float]:
        query, other, view = self._row(query_id), self._row(article_id), self.world.live.view()
        vectors, terms = view.vectors([query, other]), view.terms([query])[query]
        return float(vectors[query] @ vectors[other]), float(view.term_similarity(terms, [other])[0])

    def _row(self, article_id: str) -> int:
        key = ArticleKey(self.told[article_id].site, article_id)
        return self.world.catalog.row_ids([key])[key]

    def _date(self, article_id: str) -> float:
        age = self.told[article_id].age_days
        return float("-inf") if age is None else -float(age)
