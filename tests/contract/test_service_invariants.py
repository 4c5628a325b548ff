"""What must hold for every related list of every newspaper, checked against brute force over all its articles."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_oracle import Asked, Newspaper, Told
from service_world import SITE, World

from recommender.catalog import open_catalog
from recommender.ranking import RankingOptions

_LANGUAGES = ("de", "de", "de-AT", "en", "fr")
_OPTIONS = (
    RankingOptions(),
    RankingOptions(min_relevance=0.3, recency_weight=0.5, half_life_days=5, relevance_weight=0.5),
    RankingOptions(min_relevance=0.6, relevance_weight=1.0),
    RankingOptions(min_relevance=1.0),
)


_told = st.builds(
    Told,
    story=st.integers(0, 7),
    version=st.integers(0, 3),
    language=st.sampled_from(_LANGUAGES),
    site=st.sampled_from([SITE, SITE, SITE, "other"]),
    status=st.sampled_from(["published"] * 6 + ["draft", "retracted"]),
    section=st.sampled_from(["", "sport", "kultur"]),
    age_days=st.none() | st.integers(-2, 400),
    late=st.sampled_from(["nothing"] * 6 + ["deleted", "unpublished"]),
)
_asked = st.builds(
    Asked,
    limit=st.integers(1, 12),
    exclude=st.frozensets(st.integers(0, 15).map(str), max_size=3),
    languages=st.none() | st.sampled_from([frozenset(), frozenset({"en"}), frozenset({"de", "fr"})]),
    options=st.sampled_from(_OPTIONS),
)


@pytest.fixture(scope="module")
def empty_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a catalog without articles, so that examples need not make its tables."""
    file = tmp_path_factory.mktemp("template") / "catalog.db"
    open_catalog(f"sqlite:///{file}").close()
    return file


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_told, min_size=1, max_size=16), _asked, st.booleans())
def test_every_list_keeps_every_promise(
    empty_catalog: Path, told: list[Told], asked: Asked, snapshot: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(empty_catalog, folder / "catalog.db")
        world = World.open(folder)
        articles = {str(at): each.as_article(str(at)) for at, each in enumerate(told)}
        world.put(*articles.values())
        if snapshot:
            world.rebuild()
            world.tailer.catch_up()
        newspaper = Newspaper(world, dict(enumerate(told)), asked)
        newspaper.take_down(articles)
        for article_id in newspaper.served:
            newspaper.check(article_id)
        world.close()
