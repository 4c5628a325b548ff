"""One log, many readers: whoever has applied it gives the same answers, whatever way it came."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_world import SITE, World, article

from index.errors import UnknownSnapshotError
from index.snapshot import rollback
from recommender.article import ArticleKey
from recommender.catalog import open_catalog
from recommender.rows import attributes_of, terms_of

if TYPE_CHECKING:
    from recommender.service import RelatedList

_IDS = [f"a{number}" for number in range(8)]
_EVERYTHING: dict[str, Any] = {"limit": 20, "languages": frozenset(), "explain": True}

_Event = st.SearchStrategy[dict[str, Any]]
_put: _Event = st.fixed_dictionaries(
    {
        "what": st.just("put"),
        "article_id": st.sampled_from(_IDS),
        "story": st.sampled_from(["one", "two", "three", "four", "five"]),
        "version": st.integers(0, 2),
        "topic": st.sampled_from(["", "t"]),
        "language": st.sampled_from(["de", "de", "en"]),
        "status": st.sampled_from(["published"] * 4 + ["draft"]),
    }
)
_delete: _Event = st.fixed_dictionaries({"what": st.just("delete"), "article_id": st.sampled_from(_IDS)})
_other: _Event = st.fixed_dictionaries({"what": st.sampled_from(["rebuild", "rollback", "follow", "encode"])})


@pytest.fixture(scope="module")
def empty_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a catalog without articles, so that examples need not make its tables."""
    file = tmp_path_factory.mktemp("template") / "catalog.db"
    open_catalog(f"sqlite:///{file}").close()
    return file


def _happens(world: World, event: dict[str, Any]) -> None:
    what, given_fields = event["what"], {name: value for name, value in event.items() if name != "what"}
    if what == "put":
        world.catalog.upsert(
            [article(given_fields.pop("article_id"), given_fields.pop("story"), **given_fields)]
        )
    elif what == "delete":
        world.catalog.delete(ArticleKey(SITE, event["article_id"]))
    elif what == "rebuild":
        world.rebuild()
    elif what == "rollback":
        try:
            rollback(world.root)
        except UnknownSnapshotError:
            return
    elif what == "follow":
        world.tailer.step()
    else:
        world.put()


def _answers(world: World) -> dict[str, RelatedList]:
    stored = {each: world.catalog.get(ArticleKey(SITE, each)) for each in _IDS}
    return {each: world.related(each, **_EVERYTHING) for each, row in stored.items() if row and row.servable}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_put | _delete | _other, min_size=1, max_size=20))
def test_every_process_answers_alike_once_it_has_applied_the_log(
    empty_catalog: Path, events: list[dict[str, Any]]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(empty_catalog, Path(name) / "catalog.db")
        running = World.open(Path(name))
        for event in events:
            _happens(running, event)
        running.put()
        answers = _answers(running)

        fresh = running.another()
        fresh.tailer.catch_up()
        assert _answers(fresh) == answers
        _holds_the_catalog(fresh)

        running.rebuild()
        rebuilt = running.another()
        assert rebuilt.live.view().revision == running.catalog.revision()
        running.tailer.catch_up()
        fresh.tailer.catch_up()
        assert _answers(rebuilt) == _answers(running) == _answers(fresh)
        _holds_the_catalog(rebuilt)
        for world in (running, fresh, rebuilt):
            world.close()


def _holds_the_catalog(world: World) -> None:
    """See that the index holds exactly what the catalog would have shown, as it is now."""
    view = world.live.view()
    rows = world.catalog.get_rows(range(1, 2 * len(_IDS)))
    served = {row_id: row.article for row_id, row in rows.items() if row.servable}
    assert view.count() == len(served)
    assert view.attributes(list(rows)) == {each: attributes_of(shown) for each, shown in served.items()}
    terms = view.terms(list(rows))
    assert {each: found.ids.tolist() for each, found in terms.items()} == {
        each: terms_of(shown).ids.tolist() for each, shown in served.items()
    }


def test_before_the_first_snapshot_a_process_answers_from_the_log_alone(tmp_path: Path) -> None:
    world = World.open(tmp_path)
    world.put(*(article(each, topic="t") for each in _IDS[:5]))
    world.catalog.delete(ArticleKey(SITE, "a4"))
    fresh = world.another()

    fresh.tailer.catch_up()

    assert fresh.related("a0").snapshot_id == ""
    assert set(fresh.ids("a0")) == {"a1", "a2", "a3"}
    world.rebuild()
    world.tailer.catch_up()
    assert set(world.ids("a0")) == set(fresh.ids("a0"))
    world.close()
    fresh.close()
