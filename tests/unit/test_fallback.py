"""What fills a short list, by itself: newest first, nothing twice, nothing that is told already."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from service_world import SITE, World, article, days_ago

from index.filters import Filter
from recommender.article import ArticleKey
from recommender.fallback import newest_first
from recommender.retrieval import Query
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


def _fill(
    world: World, *, query: str = "", section: str = "", shown: tuple[str, ...] = (), **fields: Any
) -> list[str]:
    """Return ids, each with the reason's first letter."""
    view = world.live.view()
    own = None
    if query:
        row = world.row(query)
        own = Query(view.vectors([row])[row], view.terms([row])[row], "de")
    found = newest_first(
        world.catalog,
        view,
        Filter(site=SITE, **fields),
        section=section,
        query=own,
        shown=[world.row(each) for each in shown],
        rule=NearDuplicateRule(),
    )
    return [f"{item.article.id}:{item.reason[0]}" for item in islice(found, 100)]


def _dated(*names: str, **fields: Any) -> list[Article]:
    """Make articles, each a day older than the one before."""
    return [article(name, published_at=days_ago(at), **fields) for at, name in enumerate(names)]


def test_the_newest_come_first_and_undated_ones_last(world: World) -> None:
    world.put(article("undated", published_at=None), *_dated("a", "b", "c"))
    assert _fill(world) == ["a:n", "b:n", "c:n", "undated:n"]


def test_of_one_moment_the_later_accepted_comes_first(world: World) -> None:
    world.put(article("first"), article("second"))
    assert _fill(world) == ["second:n", "first:n"]


def test_the_section_comes_before_the_site_and_nothing_comes_twice(world: World) -> None:
    world.put(*_dated("a", "b"), *_dated("s", "t", section="sport"))
    assert _fill(world, section="sport") == ["s:s", "t:s", "a:n", "b:n"]
    assert _fill(world, section="no such section") == ["s:n", "a:n", "t:n", "b:n"]


def test_articles_without_words_come_once_too(world: World) -> None:
    wordless = [article(name, title=name, body="", section="sport") for name in "123"]
    world.put(*wordless)
    assert world.live.view().terms([world.row("1")])[world.row("1")].ids.tolist() == []
    assert _fill(world, section="sport") == ["3:s", "2:s", "1:s"]


def test_what_is_shown_and_what_repeats_it_is_left_out(world: World) -> None:
    world.put(*_dated("a", "b"), article("a2", "a", version=1))
    assert _fill(world, shown=("a",)) == ["b:n"]


def test_what_repeats_the_query_is_left_out(world: World) -> None:
    world.put(article("q", "a"), article("again", "a", version=1), article("other"))
    assert _fill(world, query="q", excluded_ids=frozenset({world.row("q")})) == ["other:n"]


def test_of_repetitions_the_newest_comes(world: World) -> None:
    world.put(
        article("old", "a", published_at=days_ago(5)),
        article("new", "a", version=1, published_at=days_ago(1)),
        article("other", published_at=days_ago(9)),
    )
    assert _fill(world) == ["new:n", "other:n"]


def test_a_live_ticker_on_top_does_not_hide_what_lies_below(world: World) -> None:
    ticker = [article(f"t{n}", "ticker", version=n + 1) for n in range(60)]
    world.put(*ticker, article("below", published_at=days_ago(9)))
    assert _fill(world) == ["t59:n", "below:n"]


def test_conditions_hold_by_the_index_and_by_the_catalog(world: World) -> None:
    world.put(*_dated("a", "b", "c", "d"), article("en", language="en"))
    world.catalog.delete(ArticleKey(SITE, "a"))
    world.catalog.upsert([article("b", language="fr"), article("c", status="retracted")])
    assert _fill(world, languages=frozenset({"de"})) == ["d:n"]


def test_nothing_left_is_an_empty_end(world: World) -> None:
    assert _fill(world) == []
    world.put(article("a"))
    assert _fill(world, shown=("a",), section="sport") == []
