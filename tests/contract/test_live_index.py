"""Any sequence of changes, rebuilds, swaps and rollbacks leaves `LiveIndex` equal to a dictionary."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_data import DIM, brute_force, clustered, random_terms, tf_idf_cosine

from index.errors import UnknownSnapshotError
from index.filters import Filter
from index.live import LiveIndex, build_snapshot
from index.snapshot import publish, rollback
from index.types import Attributes, Matrix, Rows, TermVector

_POOL = 60
_VECTORS = clustered(_POOL, seed=21)
_TERMS = random_terms(_POOL, seed=22, vocabulary=80, length=12)
_QUERY, _QUERY_TERMS = clustered(1, seed=23), random_terms(1, seed=24, vocabulary=90, length=12)[0]
_FILTERS = (
    Filter(statuses=None),
    Filter(site="nord"),
    Filter(languages=frozenset({"de"}), published_from=20),
)

_ids = st.integers(0, 14)
_upsert = st.tuples(
    st.just("upsert"), st.lists(st.tuples(_ids, st.integers(0, _POOL - 1)), min_size=1, max_size=6)
)
_delete = st.tuples(st.just("delete"), st.lists(_ids, min_size=1, max_size=4))
_swap: st.SearchStrategy[tuple[str, list[tuple[int, int]]]] = st.tuples(
    st.sampled_from(["build", "publish", "refresh", "rollback"]), st.just([])
)
_operations = st.lists(_upsert | _delete | _swap, min_size=1, max_size=14)


def _attributes(number: int) -> Attributes:
    return Attributes(("nord", "sued")[number % 2], ("de", "en", "fr")[number % 3], published_at=number)


@dataclass
class _World:
    """The catalog: what each id holds (a number of the pool), and every change by revision."""

    root: Path
    live: LiveIndex
    articles: dict[int, int] = field(default_factory=dict)
    log: list[tuple[list[tuple[int, int]], list[int]]] = field(default_factory=list)
    built: list[str] = field(default_factory=list)
    texts: dict[str, list[TermVector]] = field(default_factory=lambda: {"": []})

    def rows(self, content: list[tuple[int, int]]) -> Rows:
        numbers = [number for _, number in content]
        return Rows(
            ids=np.array([row_id for row_id, _ in content], dtype=np.int64),
            vectors=_VECTORS[numbers],
            attributes=[_attributes(number) for number in numbers],
            terms=[_TERMS[number] for number in numbers],
        )

    def change(self, upserts: list[tuple[int, int]], deletes: list[int]) -> None:
        self.articles.update(dict(upserts))
        for row_id in deletes:
            self.articles.pop(row_id, None)
        self.log.append((upserts, deletes))
        self.replay()

    def replay(self) -> None:
        for revision in range(self.live.view().revision + 1, len(self.log) + 1):
            upserts, deletes = self.log[revision - 1]
            self.live.apply(self.rows(upserts) if upserts else None, deletes, revision=revision)

    def step(self, what: str) -> None:
        if what == "build":
            name = f"s{len(self.built)}"
            content = sorted(self.articles.items())
            build_snapshot(
                self.root, self.rows(content), encoder_id="t", revision=len(self.log), snapshot_id=name
            )
            self.built.append(name)
            self.texts[name] = [_TERMS[number] for _, number in content]
        elif what == "publish" and self.built:
            publish(self.root, self.built[-1])
        elif what == "rollback":
            try:
                rollback(self.root)
            except UnknownSnapshotError:
                return
        elif what == "refresh":
            self.live.refresh()
            self.replay()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_operations)
def test_any_sequence_of_changes_equals_a_dictionary(
    operations: list[tuple[str, list[tuple[int, int]]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world = _World(root, LiveIndex.open(root, encoder_id="t", dim=DIM))
        for what, content in operations:
            if what == "upsert":
                world.change(content, [])
            elif what == "delete":
                world.change([], content)  # type: ignore[arg-type]  # one strategy gives pairs, the other ids
            else:
                world.step(what)
            _assert_equal(world)
        # a worker that starts now sees the same
        world.live = LiveIndex.open(root, encoder_id="t", dim=DIM)
        world.replay()
        _assert_equal(world)


def _assert_equal(world: _World) -> None:
    view, articles = world.live.view(), world.articles
    assert (view.count(), view.revision) == (len(articles), len(world.log))
    assert view.attributes(list(range(15))) == {row_id: _attributes(n) for row_id, n in articles.items()}
    assert [view.contains(row_id) for row_id in range(15)] == [row_id in articles for row_id in range(15)]
    assert {row_id: terms.ids.tolist() for row_id, terms in view.terms(list(range(15))).items()} == {
        row_id: _TERMS[number].ids.tolist() for row_id, number in articles.items()
    }
    vectors = _centred(world)
    query = view.centre(_QUERY, ["de"])
    for conditions in _FILTERS:
        model = {row_id: (vectors[row_id], _attributes(number)) for row_id, number in articles.items()}
        want = brute_force(model, query, 5, conditions)
        got = view.search(_QUERY, "de", 5, conditions)
        assert [hit.similarity for hit in got] == pytest.approx([value for _, value in want], abs=5e-6)
        truth = dict(brute_force(model, query, 99, conditions))
        assert all(hit.similarity == pytest.approx(truth[hit.id], abs=5e-6) for hit in got)
        newest = sorted(
            ((_attributes(n).published_at, i) for i, n in articles.items() if i in truth), reverse=True
        )
        assert view.newest(conditions, 4) == [row_id for _, row_id in newest[:4]]
        _assert_terms(world, conditions, set(truth))


def _assert_terms(world: _World, conditions: Filter, passing: set[int]) -> None:
    view = world.live.view()
    texts = world.texts[view.snapshot_id]
    truth = {i: tf_idf_cosine(_QUERY_TERMS, _TERMS[n], texts) for i, n in world.articles.items()}
    want = sorted((value for row_id, value in truth.items() if value > 0 and row_id in passing), reverse=True)
    got = view.search_terms(_QUERY_TERMS, 5, conditions)
    assert [hit.similarity for hit in got] == pytest.approx(want[:5], abs=5e-6)
    assert {hit.id for hit in got} <= passing
    ids = sorted(truth)
    assert view.term_similarity(_QUERY_TERMS, ids).tolist() == pytest.approx(
        [truth[i] for i in ids], abs=5e-6
    )


def _centred(world: _World) -> dict[int, Matrix]:
    """Return every article's vector, centred by the means of the snapshot that is in the view."""
    numbers = list(world.articles.values())
    centred = world.live.view().centre(
        _VECTORS[numbers], [_attributes(number).language for number in numbers]
    )
    return dict(zip(world.articles, centred, strict=True))
