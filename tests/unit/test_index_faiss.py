from __future__ import annotations

from typing import TYPE_CHECKING

import faiss
import numpy as np
import pytest
from index_data import DIM, clustered, make_rows, pairs

from index import faiss_dense
from index.errors import DimensionMismatchError, SnapshotCorruptError
from index.exact import ExactDense
from index.faiss_dense import FLAT_UP_TO, FaissDense, Kind, chosen_kind, one_thread
from index.faiss_segment import load_segment
from index.faiss_store import FaissStore
from index.filters import Filter

if TYPE_CHECKING:
    from pathlib import Path

    from index.types import Ids, Matrix

EVERYTHING = Filter(statuses=None)


def test_the_engine_goes_by_size_unless_asked_for() -> None:
    assert chosen_kind("auto", FLAT_UP_TO) == "flat"
    assert chosen_kind("auto", FLAT_UP_TO + 1) == "ivf"
    assert chosen_kind("hnsw", 10) == "hnsw"
    assert chosen_kind("ivf", 10) == "flat"


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw"])
@pytest.mark.parametrize("mmap", [True, False])
def test_a_store_comes_back_from_its_folder(tmp_path: Path, kind: Kind, mmap: bool) -> None:
    store = FaissStore(DIM, kind=kind)
    rows = make_rows(900)
    store.upsert(rows)
    store.delete(rows.ids[:100])
    store.save(tmp_path)

    loaded = FaissStore.load(tmp_path, dim=DIM, kind=kind, mmap=mmap)

    dense = load_segment(tmp_path, mmap=mmap).dense
    assert isinstance(dense, FaissDense)
    assert (dense.kind, loaded.count()) == (kind, 800)
    for query in clustered(5, seed=4):
        assert loaded.search(query, 10, EVERYTHING) == store.search(query, 10, EVERYTHING)
    loaded.upsert(make_rows(1, seed=8, first_id=90_000))
    assert loaded.count() == 801
    with pytest.raises(DimensionMismatchError):
        FaissStore.load(tmp_path, dim=DIM + 1)


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw"])
def test_every_engine_measures_the_inner_product(kind: Kind) -> None:
    """HNSW without a metric argument would be L2."""
    engine = FaissDense.build(clustered(300), kind)._engine
    assert engine.metric_type == faiss.METRIC_INNER_PRODUCT


def test_many_upserts_fold_the_tail_into_the_engine() -> None:
    store = FaissStore(DIM, kind="flat")
    for number in range(5):
        store.upsert(make_rows(700, seed=number, first_id=10_000 * number))
    assert (store.count(), len(store._state.sealed)) == (3_500, 2_100)
    query = clustered(1, seed=4)
    before = pairs(store.search(query, 50, EVERYTHING))
    store.compact()
    assert (len(store._state.sealed), len(store._state.tail)) == (3_500, 0)
    assert pairs(store.search(query, 50, EVERYTHING)) == before


def test_more_effort_finds_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_dense, "EXACT_UP_TO", 2)
    monkeypatch.setattr(faiss_dense, "_PROBES", 1)
    vectors = np.random.default_rng(5).normal(size=(3_000, DIM)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    dense, exact = FaissDense.build(vectors, "ivf"), ExactDense(vectors)

    def found(effort: float) -> int:
        total = 0
        for query in clustered(20, seed=2):
            truth = exact.candidates(query, 10, None)[0]
            rows, similarities = dense.candidates(query, 10, None, effort)
            total += len(set(rows[np.argsort(-similarities)][:10].tolist()) & set(truth.tolist()))
        return total

    assert found(1.0) < found(8.0)
    assert found(1_000.0) == 200


class WorstEngine:
    """Answers as FAISS may: the last of equal rows first, and id -1 for what it has not found."""

    def __init__(self, vectors: Matrix, *, finds: int) -> None:
        self.vectors, self.finds = vectors, finds

    def search(self, query: Matrix, k: int, params: object) -> tuple[Matrix, Ids]:
        """Return (similarities, rows), both (1, k), as FAISS does."""
        del params
        similarities = (self.vectors @ query[0]).round(5)
        order = np.lexsort((-np.arange(len(self.vectors)), -similarities))[: min(k, self.finds)]
        rows = np.full((1, k), -1, dtype=np.int64)
        rows[0, : len(order)] = order
        return rows.astype(np.float32), rows


@pytest.mark.parametrize("finds", [999, 40, 0], ids=["all", "some", "none"])
def test_padding_is_cut_and_ties_at_the_end_are_all_looked_at(
    monkeypatch: pytest.MonkeyPatch, finds: int
) -> None:
    monkeypatch.setattr(faiss_dense, "EXACT_UP_TO", 2)
    vectors = np.repeat(clustered(1), 300, axis=0)
    vectors[:100] = clustered(100, seed=3)
    dense = FaissDense(WorstEngine(vectors, finds=finds), vectors)
    rows, similarities = dense.candidates(vectors[200], 10, None)
    assert len(set(rows.tolist())) == len(rows)
    assert rows.min() >= 0
    ordered = rows[np.lexsort((rows, -similarities))]
    assert ordered[:10].tolist() == list(range(100, 110))


def test_the_fewer_pass_the_more_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_dense, "EXACT_UP_TO", 2)
    vectors = clustered(2_000)
    dense = FaissDense.build(vectors, "ivf")
    probed = []
    ask = dense._parameters

    def spy(selector: object, fetch: int, effort: float) -> object:
        parameters = ask(selector, fetch, effort)
        probed.append(parameters.nprobe)
        return parameters

    monkeypatch.setattr(faiss_dense, "_PROBES", 4)
    monkeypatch.setattr(dense, "_parameters", spy)
    passing = np.zeros(2_000, dtype=bool)
    passing[::4] = True
    dense.candidates(vectors[0], 3, None)
    dense.candidates(vectors[0], 3, passing)
    dense.candidates(vectors[0], 3, None, 2.0)
    assert probed == [4, 16, 8]


def test_a_file_that_is_not_an_engine_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "dense.faiss").write_bytes(b"IxFI" + b"\xff" * 200)
    before = faiss.get_deserialization_vector_byte_limit()
    with pytest.raises(SnapshotCorruptError, match=r"dense\.faiss: FAISS cannot read it"):
        FaissDense.load(tmp_path)
    assert faiss.get_deserialization_vector_byte_limit() == before


def test_parts_of_different_length_are_refused(tmp_path: Path) -> None:
    store = FaissStore(DIM)
    store.upsert(make_rows(20))
    store.save(tmp_path)
    np.save(tmp_path / "ids.npy", np.arange(19))
    with pytest.raises(SnapshotCorruptError, match="'ids': 19"):
        load_segment(tmp_path)


def test_one_query_takes_one_thread_and_leaves_the_others_to_builds() -> None:
    before = faiss.omp_get_max_threads()
    with one_thread():
        assert faiss.omp_get_max_threads() == 1
    assert faiss.omp_get_max_threads() == before
