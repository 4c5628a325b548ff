"""The related list, behaviour by behaviour, on a real catalog and index. Every promise of the service stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from service_world import NOW, SITE, World, article, days_ago, ids, whys, words

from recommender.article import ArticleKey
from recommender.encoder.base import EmbeddingText
from recommender.errors import UnknownArticleError
from recommender.ranking import RankingOptions
from recommender.retrieval import Query
from recommender.rows import terms_of
from recommender.service import Ask
from recommender.stories import NearDuplicateRule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.article import Article


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = World.open(tmp_path)
    yield opened
    opened.close()


def _query(world: World, draft: Article) -> Query:
    raw = world.encoder.encode([EmbeddingText.of(draft)])
    vector = world.live.view().centre(raw, [draft.base_language])[0]
    return Query(np.asarray(vector), terms_of(draft), draft.base_language)


def test_articles_of_the_same_topic_come_first(world: World) -> None:
    world.put(
        article("q", topic="brücke"), article("far"), article("near", topic="brücke"), article("farther")
    )

    related = world.related("q", limit=3)

    assert ids(related)[0] == "near"
    assert set(ids(related)) == {"near", "far", "farther"}
    assert {item.reason for item in related.items} == {"related"}
    assert related.items[0].relevance > 2 * related.items[1].relevance


@pytest.mark.parametrize("status", ["draft", "scheduled", "private", "trashed", "retracted"])
def test_only_what_is_published_is_shown(world: World, status: str) -> None:
    world.put(article("q"), article("hidden", status=status), article("shown"))
    assert world.ids("q") == ["shown"]
    with pytest.raises(UnknownArticleError, match="no article 'hidden' on site 'talblatt'"):
        world.related("hidden")


def test_unknown_and_deleted_articles_have_no_list(world: World) -> None:
    world.put(article("q"), article("gone"))
    world.catalog.delete(ArticleKey(SITE, "gone"))

    with pytest.raises(UnknownArticleError):
        world.related("never-sent")
    with pytest.raises(UnknownArticleError):
        world.related("gone")
    with pytest.raises(UnknownArticleError):
        world.recommender.shown_on(ArticleKey(SITE, "gone"), limit=5)


def test_other_sites_are_other_worlds(world: World) -> None:
    world.put(article("q"), article("a"), article("q", site="other"), article("b", site="other"))
    assert world.ids("q") == ["a"]
    assert world.ids("q", site="other") == ["b"]


def test_other_languages_are_left_out_unless_asked_for(world: World) -> None:
    world.put(article("q", language="de-AT"), article("de"), article("en", language="en"))
    world.put(article("fr", language="fr-CH"))

    assert world.ids("q") == ["de"]
    assert world.ids("q", languages=frozenset({"en"})) == ["en"]
    assert set(world.ids("q", languages=frozenset({"en", "fr"}))) == {"en", "fr"}
    assert set(world.ids("q", languages=frozenset())) == {"de", "en", "fr"}


def test_a_site_may_mix_languages_by_default(tmp_path: Path) -> None:
    world = World.open(tmp_path, cross_language=True)
    world.put(article("q"), article("de"), article("en", language="en"))
    assert set(world.ids("q")) == {"de", "en"}
    assert world.ids("q", languages=frozenset({"de"})) == ["de"]
    world.close()


def test_a_translation_is_no_repetition(world: World) -> None:
    world.put(article("q", "bridge"), article("en", "bridge", language="en"))
    assert world.ids("q", languages=frozenset()) == ["en"]


def test_excluded_ids_do_not_come_back_as_fallback(world: World) -> None:
    world.put(article("q", section="s"), article("a", section="s"), article("b", section="s"))
    assert world.ids("q", exclude=frozenset({"a", "unknown"})) == ["b"]
    assert world.ids("q", exclude=frozenset({"a", "b"})) == []


def test_a_story_is_told_once_by_its_newest_version(world: World) -> None:
    world.put(
        article("q", topic="t"),
        article("first", "fire", topic="t", published_at=days_ago(2)),
        article("update", "fire", topic="t", version=1, published_at=days_ago(1)),
        article("agency", "fire", topic="t", version=2, published_at=days_ago(3)),
        article("other", topic="t"),
    )

    related = world.related("q", explain=True)

    assert sorted(ids(related)) == ["other", "update"]
    assert whys(related) == {"first": "near_duplicate", "agency": "near_duplicate"}


def test_what_repeats_the_article_itself_is_never_offered_not_even_as_fallback(world: World) -> None:
    world.put(article("q", "fire", section="s"), article("copy", "fire", version=1, section="s"))

    related = world.related("q", explain=True)

    assert ids(related) == []
    assert whys(related) == {"copy": "near_duplicate_of_query"}


def test_versions_of_a_story_do_not_fill_a_list_through_the_fallback(world: World) -> None:
    versions = [article(f"v{n}", "fire", version=n, published_at=days_ago(n)) for n in range(1, 5)]
    world.put(article("q"), *versions, article("other", published_at=days_ago(30)))
    nothing = RankingOptions(min_relevance=1.0)

    related = world.related("q", ranking=nothing)

    assert ids(related) == ["v1", "other"]
    assert {item.reason for item in related.items} == {"newest"}


def test_a_story_that_drifts_from_version_to_version_is_told_once(world: World) -> None:
    drift = words("drift", 93)
    told = [article(f"v{n}", title="T", body=" ".join(drift[9 * n : 9 * n + 75])) for n in range(3)]
    dated = [each.model_copy(update={"published_at": days_ago(n)}) for n, each in enumerate(told)]
    world.put(article("q"), *dated)
    rule = NearDuplicateRule()
    ends = [world.row("v0"), world.row("v2")]
    vectors, terms = world.live.view().vectors(ends), world.live.view().terms(ends)
    dense = float(vectors[ends[0]] @ vectors[ends[1]])
    lexical = float(world.live.view().term_similarity(terms[ends[0]], ends[1:])[0])
    assert not rule.holds(dense=dense, lexical=lexical)

    assert world.ids("q") == ["v0"]


def test_repetitions_do_not_push_out_what_lies_further_away(world: World) -> None:
    ticker = [article(f"v{n}", "ticker", topic="t", version=n) for n in range(1, 121)]
    world.put(article("q", "ticker", topic="t"), *ticker, article("related", topic="t"), article("far"))

    related = world.related("q", limit=1)

    assert ids(related) == ["related"]
    assert related.items[0].reason == "related"


def test_a_short_list_is_filled_with_the_newest_of_the_section_then_of_the_site(world: World) -> None:
    world.put(
        article("q", section="sport"),
        article("old-sport", section="sport", published_at=days_ago(50)),
        article("new-sport", section="sport", published_at=days_ago(40)),
        article("undated-sport", section="sport", published_at=None),
        article("today", section="kultur"),
        article("yesterday", section="", published_at=days_ago(1)),
        article("week", section="kultur", published_at=days_ago(7)),
    )
    nothing = RankingOptions(min_relevance=1.0)

    related = world.related("q", limit=5, ranking=nothing)

    assert [(item.article.id, item.reason) for item in related.items] == [
        ("new-sport", "section"),
        ("old-sport", "section"),
        ("undated-sport", "section"),
        ("today", "newest"),
        ("yesterday", "newest"),
    ]
    assert {item.relevance for item in related.items} == {0.0}


def test_what_is_not_related_enough_is_a_fallback_at_best(world: World) -> None:
    world.put(article("q", topic="t"), article("near", topic="t"), article("far"), article("farther"))
    clear = RankingOptions(min_relevance=0.3)

    related = world.related("q", limit=2, ranking=clear, explain=True)

    assert [(item.article.id, item.reason) for item in related.items] == [
        ("near", "related"),
        ("farther", "newest"),
    ]
    assert whys(related) == {"far": "below_min_relevance"}


def test_a_list_is_as_long_as_asked_and_says_what_was_outranked(world: World) -> None:
    world.put(article("q"), *(article(f"a{n}") for n in range(8)))
    full = ids(world.related("q", limit=8))

    related = world.related("q", limit=3, explain=True)

    assert ids(related) == full[:3]
    assert whys(related) == dict.fromkeys(full[3:], "outranked")


def test_age_takes_a_little_of_the_score(world: World) -> None:
    world.put(article("q"), article("old", published_at=days_ago(900)), article("new"))
    world.put(article("undated", published_at=None))
    half = RankingOptions(recency_weight=0.5, half_life_days=10)

    recency = {
        item.article.id: item.parts.recency for item in world.related("q", limit=9, ranking=half).items
    }

    assert recency == {
        "new": 1.0,
        "old": pytest.approx(0.5, abs=1e-3),
        "undated": pytest.approx(0.5, abs=1e-9),
    }


def test_diversity_prefers_another_matter_to_a_second_helping(world: World) -> None:
    shared, both = words("shared", 30), words("both", 20)
    bodies = {
        "q": [*shared, *words("q", 45)],
        "a": [*shared, *both, *words("a", 25)],
        "b": [*shared[1:], *both, *words("b", 25)],
        "c": [*shared[2:], *words("c", 45)],
    }
    world.put(*(article(name, title="Titel", body=" ".join(body)) for name, body in bodies.items()))
    relevance_only = RankingOptions(relevance_weight=1.0, recency_weight=0.0)
    diverse = RankingOptions(relevance_weight=0.5, recency_weight=0.0)

    plain = world.related("q", limit=2, ranking=relevance_only)
    mixed = world.related("q", limit=2, ranking=diverse, explain=True)

    first, second = ids(plain)
    assert {first, second} == {"a", "b"}
    assert {item.parts.redundancy for item in plain.items} == {0.0}
    assert ids(mixed) == [first, "c"]
    assert whys(mixed) == {second: "outranked"}
    rows = [world.row(first), world.row("c")]
    vectors = world.live.view().vectors(rows)
    cosine = float(vectors[rows[0]] @ vectors[rows[1]])
    assert mixed.items[1].parts.redundancy == pytest.approx(0.5 * cosine, abs=1e-5)


def test_a_takedown_counts_at_once_although_the_index_is_behind(world: World) -> None:
    world.put(article("q", topic="t"), article("a", topic="t"), article("b", topic="t"))
    world.catalog.delete(ArticleKey(SITE, "a"))
    assert world.live.view().contains(world.row("a"))
    assert world.ids("q") == ["b"]

    world.catalog.upsert([article("b", topic="t", status="draft")])
    assert world.ids("q") == []


def test_a_takedown_lets_the_other_version_of_the_story_in_at_once(world: World) -> None:
    world.put(
        article("q", topic="t"),
        article("first", "fire", topic="t", published_at=days_ago(2)),
        article("update", "fire", topic="t", version=1, published_at=days_ago(1)),
    )
    assert world.ids("q") == ["update"]
    world.catalog.delete(ArticleKey(SITE, "update"))
    assert world.ids("q") == ["first"]


def test_nobody_is_dropped_for_a_version_that_was_taken_down(world: World) -> None:
    world.put(
        article("q", topic="t"),
        article("near", topic="t"),
        article("first", "fire", published_at=days_ago(2)),
        article("update", "fire", version=1, published_at=days_ago(1)),
    )
    world.catalog.delete(ArticleKey(SITE, "update"))
    assert whys(world.related("q", limit=1, explain=True)) == {"first": "outranked"}


def test_many_takedowns_at_once_still_leave_a_full_list(world: World) -> None:
    world.put(article("q", topic="t"), *(article(f"a{n:02}", topic="t") for n in range(40)))
    relevance_only, nothing = RankingOptions(relevance_weight=1.0), RankingOptions(min_relevance=1.0)
    before = world.ids("q", limit=40, ranking=relevance_only)
    world.catalog.delete_many([ArticleKey(SITE, gone) for gone in before[:35]])

    assert world.ids("q", limit=5, ranking=relevance_only) == before[35:]
    assert sorted(world.ids("q", limit=5, ranking=nothing)) == sorted(before[35:])


def test_an_article_moved_to_another_language_leaves_lists_at_once(world: World) -> None:
    world.put(article("q"), article("a"), article("b"))
    world.catalog.upsert([article("a", language="en")])
    assert world.ids("q") == ["b"]


def test_an_update_keeps_the_old_vector_until_the_new_one_is_ready(world: World) -> None:
    world.put(
        article("q", topic="t"),
        article("a", topic="t"),
        article("b", topic="x"),
        article("p", topic="x"),
    )
    world.catalog.upsert([article("a", topic="x", title="Neuer Titel")])
    world.tailer.catch_up()

    related = world.related("q", limit=1)
    assert ids(related) == ["a"]
    assert related.items[0].article.title == "Neuer Titel"

    world.put()
    assert world.ids("p", limit=2)[:2] in (["a", "b"], ["b", "a"])
    assert world.related("q", limit=1).items[0].relevance < related.items[0].relevance


def test_an_article_without_a_vector_gets_a_filled_list_that_is_not_complete(world: World) -> None:
    world.put(article("a"), article("b", section="s"))
    world.catalog.upsert([article("q", section="s")])

    early = world.related("q")
    assert [(item.article.id, item.reason) for item in early.items] == [("b", "section"), ("a", "newest")]
    assert not early.complete

    world.put()
    assert world.related("q").complete


def test_an_empty_site_has_an_empty_list(world: World) -> None:
    world.put(article("q"))
    related = world.related("q", explain=True)
    assert (related.items, related.dropped, related.complete, related.language) == ([], [], True, "de")


def test_a_list_names_the_state_it_was_made_from(world: World) -> None:
    world.put(article("q"), article("a"))
    assert (world.related("q").revision, world.related("q").snapshot_id) == (world.catalog.revision(), "")

    snapshot_id = world.rebuild().snapshot_id
    world.tailer.catch_up()
    assert world.related("q").snapshot_id == snapshot_id


def test_a_draft_gets_the_list_its_article_would_get_and_is_not_stored(world: World) -> None:
    world.put(
        article("q", topic="t"), *(article(f"a{n}", topic="t") for n in range(3)), article("far", section="s")
    )
    draft, revision = article("q", topic="t"), world.catalog.revision()

    as_draft = world.recommender.related_to(draft, _query(world, draft), Ask(limit=4))

    assert as_draft.items == world.related("q", limit=4).items
    assert as_draft.complete
    assert world.catalog.revision() == revision


def test_a_new_draft_never_meets_its_own_published_text(world: World) -> None:
    world.put(article("published", "fire"), article("other"))
    draft = article("draft", "fire", version=1)

    related = world.recommender.related_to(draft, _query(world, draft), Ask(explain=True))

    assert ids(related) == ["other"]
    assert whys(related) == {"published": "near_duplicate_of_query"}


def test_a_draft_for_a_site_without_articles_gets_an_empty_list(world: World) -> None:
    world.put(article("a"))
    draft = article("draft", site="new")
    assert world.recommender.related_to(draft, _query(world, draft), Ask()).items == []


def test_shown_on_names_exactly_the_pages_whose_lists_show_the_article(world: World) -> None:
    topics = ["t", "t", "t", "x", "x", ""]
    articles = [
        article(f"a{n}", topic=topics[n % 6], section=f"s{n % 2}", published_at=days_ago(n))
        for n in range(12)
    ]
    world.put(*articles, article("en", language="en"), article("hidden", status="draft"))
    lists = {page.id: world.ids(page.id, limit=3) for page in articles}

    for shown in articles:
        pages = world.recommender.shown_on(shown.key, limit=3)
        assert {page.id for page in pages} == {page for page, listed in lists.items() if shown.id in listed}


def test_shown_on_is_empty_while_nothing_can_show_the_article(world: World) -> None:
    world.put(article("a"))
    world.catalog.upsert([article("new")])
    assert world.recommender.shown_on(ArticleKey(SITE, "new"), limit=5) == []


def test_the_clock_is_read_once_per_list(tmp_path: Path) -> None:
    ticks = []

    def clock() -> object:
        ticks.append(1)
        return NOW

    world = World.open(tmp_path, clock=clock)
    world.put(article("q"), *(article(f"a{n}") for n in range(5)))
    world.related("q")
    assert len(ticks) == 1
    world.close()
