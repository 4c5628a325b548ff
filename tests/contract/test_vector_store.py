"""One contract for every `VectorStore`: exact, FAISS of each kind, live; the oracle is brute force in `index_data`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from index_data import DAY, DIM, brute_force, clustered, make_rows, model_of, pairs

from index import faiss_dense
from index.errors import DimensionMismatchError, InvalidVectorError, UnknownSnapshotError
from index.exact import ExactStore
from index.faiss_store import FaissStore
from index.filters import Filter
from index.live import LiveIndex
from index.rows import UnevenRowsError
from index.types import Attributes, Rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from index_data import Model

    from index.store import VectorStore
    from index.types import Hit, Matrix

COUNT = 3_000
PUBLISHED = Filter()
EVERYTHING = Filter(statuses=None)


class Subject(NamedTuple):
    """A way to get an empty store; `approximate` ones may miss a neighbour, and nothing else."""

    make: Callable[[Path], VectorStore]
    approximate: bool = False


def _live(root: Path) -> VectorStore:
    return LiveIndex.open(root, encoder_id="test", dim=DIM, centring=False)


SUBJECTS = {
    "exact": Subject(lambda _: ExactStore(DIM)),
    "faiss-auto": Subject(lambda _: FaissStore(DIM)),
    "faiss-flat": Subject(lambda _: FaissStore(DIM, kind="flat")),
    "faiss-ivf": Subject(lambda _: FaissStore(DIM, kind="ivf"), approximate=True),
    "faiss-hnsw": Subject(lambda _: FaissStore(DIM, kind="hnsw"), approximate=True),
    "live": Subject(_live),
}


@pytest.fixture(autouse=True)
def _engines_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, brute force would answer for FAISS on as few rows as a test has."""
    monkeypatch.setattr(faiss_dense, "EXACT_UP_TO", 2)


@pytest.fixture(params=list(SUBJECTS.values()), ids=list(SUBJECTS))
def subject(request: pytest.FixtureRequest) -> Subject:
    chosen: Subject = request.param
    return chosen


@pytest.fixture
def store(subject: Subject, tmp_path: Path) -> VectorStore:
    return subject.make(tmp_path)


def generation(store: VectorStore, rows: Rows) -> Model:
    """Put rows in as a built generation: into the engine, not into what lies on top of it."""
    store.build("first", rows)
    store.promote("first")
    return model_of(rows)


def recall(hits: list[Hit], want: list[tuple[int, float]]) -> float:
    return len({hit.id for hit in hits} & {row_id for row_id, _ in want}) / len(want)


def assert_sound(hits: list[Hit], model: Model, query: Matrix, k: int, conditions: Filter) -> None:
    """Each id once, none that does not match, true similarities, the stated order, and min(k, matching) of them."""
    matching = {row_id for row_id, (_, columns) in model.items() if conditions.matches(row_id, columns)}
    got = pairs(hits)
    truth = dict(brute_force({row_id: model[row_id] for row_id in matching}, query, len(model), EVERYTHING))
    assert len(got) == min(k, len(matching))
    assert len({row_id for row_id, _ in got}) == len(got)
    assert [value for _, value in got] == pytest.approx([truth[row_id] for row_id, _ in got], abs=2e-6)
    assert [hit.id for hit in hits] == [hit.id for hit in sorted(hits, key=lambda h: (-h.similarity, h.id))]


def test_search_agrees_with_brute_force(store: VectorStore, subject: Subject) -> None:
    """A built generation, with later upserts and deletes upon it."""
    model = generation(store, make_rows(COUNT))
    changed = make_rows(200, seed=5, first_id=4)
    store.upsert(changed)
    model.update(model_of(changed))
    gone = sorted(model)[::17]
    assert store.delete(gone) == len(gone)
    for row_id in gone:
        del model[row_id]

    found = []
    for query in clustered(20, seed=3):
        hits = store.search(query, 15, PUBLISHED)
        want = brute_force(model, query, 15, PUBLISHED)
        assert_sound(hits, model, query, 15, PUBLISHED)
        found.append(recall(hits, want))
        if not subject.approximate:
            assert [hit.id for hit in hits] == [row_id for row_id, _ in want]
    assert store.count() == len(model)
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize(
    "conditions",
    [
        EVERYTHING,
        PUBLISHED,
        Filter(site="nord"),
        Filter(languages=frozenset({"de", "fr"}), kinds=frozenset({"article"})),
        Filter(sections=frozenset({"rare"})),
        Filter(kinds=frozenset({"liveblog"}), statuses=None),
        Filter(published_from=10 * DAY, published_to=40 * DAY),
        Filter(site="nord", excluded_ids=frozenset(range(1, 9_000, 9))),
        Filter(site="nowhere"),
    ],
    ids=["all", "94%", "half", "three-quarters", "1%", "0.1%", "dates", "excluded", "none"],
)
def test_filters_hold_inside_the_search_at_every_selectivity(
    store: VectorStore, subject: Subject, conditions: Filter
) -> None:
    model = generation(store, make_rows(COUNT))
    found = []
    for query in clustered(8, seed=4):
        hits = store.search(query, 20, conditions)
        want = brute_force(model, query, 20, conditions)
        assert_sound(hits, model, query, 20, conditions)
        found.append(recall(hits, want) if want else 1.0)
        if not subject.approximate:
            assert [hit.id for hit in hits] == [row_id for row_id, _ in want]
    assert np.mean(found) >= 0.95


def test_a_filter_far_from_the_query_still_fills_the_list(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows that pass lie where an approximate engine does not look first."""
    monkeypatch.setattr(faiss_dense, "_PROBES", 1)
    vectors = clustered(COUNT, seed=8)
    query = vectors[0]
    far = np.argsort(vectors @ query)[:900]
    rows = Rows(
        ids=np.arange(COUNT, dtype=np.int64),
        vectors=vectors,
        attributes=[
            Attributes("nord", section="far" if at in set(far.tolist()) else "near") for at in range(COUNT)
        ],
    )
    model = generation(store, rows)
    conditions = Filter(sections=frozenset({"far"}))

    hits = store.search(query, 300, conditions)

    assert_sound(hits, model, query, 300, conditions)


def test_nothing_is_padded_when_k_exceeds_the_count(store: VectorStore) -> None:
    model = generation(store, make_rows(300))
    query = clustered(1, seed=3)

    hits = store.search(query, 1_000, EVERYTHING)

    assert_sound(hits, model, query, 1_000, EVERYTHING)
    assert {hit.id for hit in hits} == set(model)


@pytest.mark.parametrize("built", [True, False], ids=["built", "upserted"])
def test_equal_vectors_come_by_ascending_id(store: VectorStore, built: bool) -> None:
    """More of them than are asked for, in any order, and the cut goes by id too."""
    ids = np.random.default_rng(2).permutation(400).astype(np.int64) * 7
    vector = clustered(1, seed=6)
    rows = Rows(ids, np.repeat(vector, 400, axis=0), [Attributes("nord")] * 400)
    if built:
        generation(store, rows)
    else:
        store.upsert(rows)

    hits = store.search(vector, 30, PUBLISHED)

    assert [hit.id for hit in hits] == sorted(ids.tolist())[:30]
    assert {round(hit.similarity, 6) for hit in hits} == {1.0}


def test_equal_vectors_tie_across_generation_and_upserts(store: VectorStore) -> None:
    vector = clustered(1, seed=6)
    generation(store, Rows(np.array([4, 2, 9]), np.repeat(vector, 3, axis=0), [Attributes("nord")] * 3))
    store.upsert(Rows(np.array([3, 7]), np.repeat(vector, 2, axis=0), [Attributes("nord")] * 2))
    assert [hit.id for hit in store.search(vector, 10, PUBLISHED)] == [2, 3, 4, 7, 9]


def test_similarity_is_cosine_whatever_the_length_of_the_query(store: VectorStore) -> None:
    generation(store, Rows(np.array([1, 2]), np.eye(2, DIM, dtype=np.float32), [Attributes("nord")] * 2))
    query = np.zeros((1, DIM), dtype=np.float32)
    query[0, :2] = (3.0, 4.0)
    assert pairs(store.search(query, 2, PUBLISHED)) == [(2, 0.8), (1, 0.6)]


@pytest.mark.parametrize("built", [True, False], ids=["built", "upserted"])
def test_an_id_given_twice_is_stored_once_and_the_last_row_wins(store: VectorStore, built: bool) -> None:
    vectors = np.eye(3, DIM, dtype=np.float32)
    twice = Rows(np.array([5, 6, 5]), vectors, [Attributes("a"), Attributes("b"), Attributes("c")])
    if built:
        generation(store, twice)
    else:
        store.upsert(twice)
    store.upsert(Rows(np.array([6]), vectors[2:], [Attributes("d")]))

    assert store.count() == 2
    assert pairs(store.search(vectors[2], 9, EVERYTHING)) == [(5, 1.0), (6, 1.0)]
    assert [hit.id for hit in store.search(vectors[2], 9, Filter(site="c"))] == [5]
    assert [hit.id for hit in store.search(vectors[2], 9, Filter(site="d"))] == [6]
    assert store.search(vectors[2], 9, Filter(site="b")) == []


def test_deleted_rows_are_gone_until_they_are_put_back(store: VectorStore) -> None:
    rows = make_rows(500)
    generation(store, rows)
    first = int(rows.ids[0])
    query = rows.vectors[0]

    assert store.delete([first, 999_999]) == 1
    assert store.delete([first]) == 0
    assert first not in [hit.id for hit in store.search(query, 500, EVERYTHING)]
    assert store.get([first]) == {}
    assert store.count() == 499

    store.upsert(Rows(rows.ids[:1], rows.vectors[:1], [Attributes("nord")]))
    assert pairs(store.search(query, 1, EVERYTHING)) == [(first, 1.0)]
    assert store.count() == 500


def test_all_can_be_deleted(store: VectorStore) -> None:
    rows = make_rows(300)
    generation(store, rows)
    assert store.delete(rows.ids) == 300
    assert store.count() == 0
    assert store.search(rows.vectors[0], 5, EVERYTHING) == []


def test_an_empty_store_and_a_depth_of_nothing_find_nothing(store: VectorStore) -> None:
    query = clustered(1)
    assert store.search(query, 5, EVERYTHING) == []
    assert store.get([1]) == {}
    assert (store.count(), store.delete([1])) == (0, 0)
    generation(store, make_rows(100))
    assert store.search(query, 0, EVERYTHING) == []
    assert store.search(query, -3, EVERYTHING) == []


def test_get_returns_the_vectors_put_in(store: VectorStore) -> None:
    rows = make_rows(300)
    generation(store, rows)
    new = make_rows(1, seed=9, first_id=10_000)
    store.upsert(new)
    wanted = [int(rows.ids[7]), 10_000, -1]

    got = store.get(wanted)

    assert sorted(got) == sorted(wanted[:2])
    np.testing.assert_allclose(got[wanted[0]], rows.vectors[7], atol=1e-6)
    np.testing.assert_allclose(got[10_000], new.vectors[0], atol=1e-6)


def test_a_wrong_width_is_refused_by_name(store: VectorStore) -> None:
    generation(store, make_rows(100))
    narrow = Rows(np.array([1]), np.ones((1, 3), dtype=np.float32), [Attributes("nord")])
    with pytest.raises(DimensionMismatchError, match=f"got 3-dim vectors, the store has {DIM}"):
        store.upsert(narrow)
    with pytest.raises(DimensionMismatchError):
        store.build("second", narrow)
    with pytest.raises(DimensionMismatchError):
        store.search(np.ones(3, dtype=np.float32), 5, PUBLISHED)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_rows_that_cannot_be_taken_leave_the_store_as_it_was(store: VectorStore, bad: float) -> None:
    rows = make_rows(100)
    model = generation(store, rows)
    vectors = np.ones((2, DIM), dtype=np.float32)
    vectors[1] = bad
    with pytest.raises(InvalidVectorError, match="row 1 "):
        store.upsert(Rows(np.array([1, 2]), vectors, [Attributes("nord")] * 2))
    with pytest.raises(UnevenRowsError, match="'ids': 2"):
        store.upsert(Rows(np.array([1, 2]), rows.vectors[:2], [Attributes("nord")]))
    assert_sound(store.search(rows.vectors[3], 100, EVERYTHING), model, rows.vectors[3], 100, EVERYTHING)


def test_a_generation_shows_when_it_is_promoted_and_not_before(store: VectorStore) -> None:
    old, new = make_rows(200), make_rows(150, seed=6, first_id=50_000)
    store.upsert(old)
    store.build("second", new)
    assert pairs(store.search(old.vectors[0], 1, EVERYTHING)) == [(int(old.ids[0]), 1.0)]

    store.promote("second")

    assert store.count() == 150
    assert_sound(store.search(old.vectors[0], 9, EVERYTHING), model_of(new), old.vectors[0], 9, EVERYTHING)


def test_an_unknown_generation_is_refused_by_name(store: VectorStore) -> None:
    with pytest.raises(UnknownSnapshotError, match=r"got .*'missing'"):
        store.promote("missing")


def test_what_was_accepted_is_searchable_at_once_and_close_forgets(store: VectorStore) -> None:
    rows = make_rows(50)
    store.upsert(rows)
    store.wait_ready(0.0)
    assert pairs(store.search(rows.vectors[4], 1, EVERYTHING)) == [(int(rows.ids[4]), 1.0)]
    store.close()
    assert store.count() == 0


def test_readers_see_each_batch_whole_while_writers_write(store: VectorStore) -> None:
    """20 rows move together between two places, others come and go: no reader sees a mixture."""
    generation(store, make_rows(600, first_id=10_000))
    here, there = np.eye(2, DIM, dtype=np.float32)
    flock = np.arange(20, dtype=np.int64)
    at_home = Rows(flock, np.repeat(here[None], 20, axis=0), [Attributes("flock")] * 20)
    away = Rows(flock, np.repeat(there[None], 20, axis=0), [Attributes("flock")] * 20)
    store.upsert(at_home)
    done, seen, failures = threading.Event(), set[float](), list[str]()

    def read() -> None:
        while not done.is_set():
            hits = store.search(here, 20, Filter(site="flock"))
            similarities = {round(hit.similarity, 6) for hit in hits}
            seen.update(similarities)
            if [hit.id for hit in hits] != flock.tolist() or len(similarities) != 1:
                failures.append(f"{hits}")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        store.upsert(away if turn % 2 == 0 else at_home)
        store.upsert(make_rows(30, seed=turn, first_id=20_000))
        store.delete(list(range(20_000, 20_060)))
    done.set()
    for reader in readers:
        reader.join()

    assert failures == []
    assert seen <= {0.0, 1.0}
