from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_data import DIM, clustered, make_rows, random_terms

from index.errors import SnapshotCorruptError
from index.filters import Filter
from index.live import LiveIndex, build_snapshot
from index.snapshot import publish, read_pointer, rollback
from index.types import Attributes, Rows

if TYPE_CHECKING:
    from pathlib import Path

EVERYTHING = Filter(statuses=None)


def rows_of(ids: list[int], *, seed: int = 1, site: str = "nord") -> Rows:
    count = len(ids)
    return Rows(
        np.array(ids, dtype=np.int64),
        clustered(count, seed=seed),
        [Attributes(site, "de", published_at=row_id) for row_id in ids],
        random_terms(count, seed=seed),
    )


def put(root: Path, rows: Rows, revision: int, name: str) -> None:
    build_snapshot(root, rows, encoder_id="test", revision=revision, snapshot_id=name)
    publish(root, name)


def open_live(root: Path) -> LiveIndex:
    return LiveIndex.open(root, encoder_id="test", dim=DIM)


def test_without_a_snapshot_it_starts_empty_and_does_not_centre(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    view = live.view()
    assert (view.revision, view.snapshot_id, view.count()) == (0, "", 0)
    assert view.search(clustered(1), "de", 5, EVERYTHING) == []
    assert view.search_terms(random_terms(1)[0], 5, EVERYTHING) == []
    assert view.newest(EVERYTHING, 5) == []

    rows = rows_of([3, 1, 2])
    live.apply(rows, (), revision=4)

    assert view.count() == 0
    assert (live.view().revision, live.view().count()) == (4, 3)
    np.testing.assert_allclose(live.view().vectors([1])[1], rows.vectors[1], atol=1e-6)
    assert [hit.id for hit in live.view().search_terms(rows.terms[1], 1, EVERYTHING)] == [1]


def test_queries_are_centred_like_the_articles_they_are_compared_with(tmp_path: Path) -> None:
    """An article searched for by its raw vector is its own nearest, at similarity 1, in snapshot and delta."""
    common = np.zeros(DIM, dtype=np.float32)
    common[0] = 2
    old, new = make_rows(200), make_rows(5, seed=3, first_id=90_000)
    old, new = (replace(rows, vectors=_unit(rows.vectors + common)) for rows in (old, new))
    put(tmp_path, old, 1, "one")
    live = open_live(tmp_path)
    live.apply(new, (), revision=2)
    view = live.view()
    for rows in (old, new):
        for at in (0, 3):
            row_id, language = int(rows.ids[at]), rows.attributes[at].language
            best = view.search(rows.vectors[at], language, 1, EVERYTHING)[0]
            assert best.id == row_id
            assert best.similarity == pytest.approx(1, abs=1e-5)
            got = view.similarity(rows.vectors[at], language, [row_id, -1])
            assert got.tolist() == pytest.approx([1, 0], abs=1e-5)
            stored = view.vectors([row_id])[row_id]
            np.testing.assert_allclose(
                view.centre(rows.vectors[at : at + 1], [language])[0], stored, atol=1e-6
            )
    centred = view.centre(old.vectors, [row.language for row in old.attributes])
    assert np.linalg.norm(old.vectors.mean(axis=0)) > 0.7
    assert np.linalg.norm(centred.mean(axis=0)) < 0.2


def test_a_view_does_not_change_under_its_reader(tmp_path: Path) -> None:
    put(tmp_path, rows_of([1, 2, 3]), 1, "one")
    live = open_live(tmp_path)
    live.apply(rows_of([4], seed=4), (), revision=2)
    view = live.view()
    ids = [1, 2, 3, 4]
    query, terms = clustered(1, seed=4), random_terms(1, seed=4)[0]

    def all_of_it() -> list[object]:
        found = [view.search(query, "de", 9, EVERYTHING), view.search_terms(terms, 9, EVERYTHING)]
        numbers = [view.similarity(query, "de", ids).tolist(), view.term_similarity(terms, ids).tolist()]
        return [
            view.revision,
            view.count(),
            *found,
            *numbers,
            view.attributes(ids),
            view.newest(EVERYTHING, 9),
        ]

    before = all_of_it()
    live.apply(None, [4, 2], revision=3)
    live.apply(rows_of(list(range(3, 300)), seed=5, site="sued"), [1], revision=3)
    put(tmp_path, rows_of([50, 51], seed=6), 4, "two")
    assert live.refresh()
    live.close()
    assert all_of_it() == before
    assert (view.contains(1), view.contains(50)) == (True, False)


def test_changes_later_than_the_new_snapshot_outlive_the_swap(tmp_path: Path) -> None:
    put(tmp_path, rows_of([1, 2, 3]), 10, "one")
    live = open_live(tmp_path)
    live.apply(rows_of([4], seed=4), [1], revision=11)
    # the rebuild reads the catalog here, at revision 11
    build_snapshot(tmp_path, rows_of([2, 3, 4], seed=7), encoder_id="test", revision=11, snapshot_id="two")
    live.apply(rows_of([2], seed=8, site="sued"), [3], revision=12)
    live.apply(rows_of([5], seed=9, site="sued"), [], revision=13)
    publish(tmp_path, "two")

    assert live.refresh() is True
    assert live.refresh() is False

    view = live.view()
    assert (view.snapshot_id, view.revision, view.count()) == ("two", 13, 3)
    assert {row_id: row.site for row_id, row in view.attributes([1, 2, 3, 4, 5]).items()} == {
        2: "sued",
        4: "nord",
        5: "sued",
    }
    assert len(view.delta) == 2
    raw = rows_of([5], seed=9)
    assert view.search(raw.vectors, "de", 1, EVERYTHING)[0].similarity == pytest.approx(1, abs=1e-5)
    assert sorted(view.newest(EVERYTHING, 9)) == [2, 4, 5]


def test_after_a_rollback_the_revision_tells_what_to_replay(tmp_path: Path) -> None:
    put(tmp_path, rows_of([1, 2]), 10, "one")
    live = open_live(tmp_path)
    put(tmp_path, rows_of([1, 2, 3]), 20, "two")
    live.refresh()
    live.apply(rows_of([4]), [1], revision=21)
    rollback(tmp_path)

    assert live.refresh()

    # 11 to 20 are in neither; what came later still is
    assert (live.view().revision, live.view().snapshot_id) == (10, "one")
    assert [live.view().contains(row_id) for row_id in (1, 2, 3, 4)] == [False, True, False, True]
    live.apply(rows_of([3]), [], revision=20)
    live.apply(rows_of([4]), [1], revision=21)
    assert [live.view().contains(row_id) for row_id in (1, 2, 3, 4)] == [False, True, True, True]
    assert live.view().revision == 21


def test_a_replayed_older_change_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    live.apply(rows_of([1, 2]), (), revision=5)
    live.apply(rows_of([1], site="sued"), [2], revision=7)
    live.apply(rows_of([1, 2, 3]), (), revision=6)
    live.apply(None, [1], revision=6)
    view = live.view()
    assert {row_id: row.site for row_id, row in view.attributes([1, 2, 3]).items()} == {1: "sued", 3: "nord"}
    assert view.revision == 7


def test_what_is_both_upserted_and_deleted_is_deleted(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    live.apply(rows_of([1, 2]), [2], revision=1)
    assert [live.view().contains(row_id) for row_id in (1, 2)] == [True, False]


def test_a_snapshot_that_cannot_be_loaded_leaves_the_present_view(tmp_path: Path) -> None:
    put(tmp_path, rows_of([1, 2]), 1, "one")
    live = open_live(tmp_path)
    put(tmp_path, rows_of([1, 2, 3]), 2, "two")
    path = tmp_path / "two" / "ids.npy"
    path.write_bytes(path.read_bytes()[:-8] + b"\xff" * 8)
    with pytest.raises(SnapshotCorruptError, match=r"two: ids\.npy"):
        live.refresh()
    assert (live.view().snapshot_id, live.view().count()) == ("one", 2)


def test_an_article_written_over_and_over_does_not_pile_up(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    for revision in range(1_200):
        live.apply(rows_of([7], seed=revision % 5, site=str(revision)), (), revision=revision)
    view = live.view()
    assert view.delta.log_length < 1_100
    assert view.count() == 1
    assert view.attributes([7])[7].site == "1199"
    assert view.search(clustered(1, seed=1199 % 5), "de", 3, EVERYTHING)[0].similarity == pytest.approx(1)


def due(live: LiveIndex) -> bool:
    return live.needs_compaction


def test_compaction_is_due_when_the_delta_is_half_the_snapshot(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    live.apply(rows_of(list(range(64))), (), revision=1)
    assert not due(live)
    live.apply(None, [900], revision=2)
    assert due(live)
    put(tmp_path, rows_of(list(range(200))), 2, "one")
    live.refresh()
    assert not due(live)
    live.apply(rows_of(list(range(1_000, 1_060))), list(range(40)), revision=3)
    assert not due(live)
    live.apply(None, [150], revision=4)
    assert due(live)


def test_an_id_deleted_and_put_back_counts_as_one_change(tmp_path: Path) -> None:
    live = open_live(tmp_path)
    for revision in range(40):
        live.apply(None, [revision], revision=2 * revision)
        live.apply(rows_of([revision]), (), revision=2 * revision + 1)
    assert (live.view().count(), due(live)) == (40, False)


def test_newest_looks_into_snapshot_and_delta_and_respects_the_filter(tmp_path: Path) -> None:
    put(tmp_path, rows_of([1, 5, 9, 30]), 1, "one")
    live = open_live(tmp_path)
    live.apply(rows_of([7, 40], site="sued"), [30], revision=2)
    live.apply(rows_of([5], site="sued"), (), revision=3)
    view = live.view()
    assert view.newest(EVERYTHING, 9) == [40, 9, 7, 5, 1]
    assert view.newest(Filter(site="sued", excluded_ids=frozenset({40})), 9) == [7, 5]
    assert view.newest(Filter(site="nord"), 1) == [9]


def test_readers_see_one_snapshot_or_the_other_while_they_are_swapped(tmp_path: Path) -> None:
    here, there = np.eye(2, DIM, dtype=np.float32)
    ids = np.arange(30, dtype=np.int64)
    for name, vector in (("one", here), ("two", there)):
        rows = Rows(ids, np.repeat(vector[None], 30, axis=0), [Attributes("nord")] * 30)
        build_snapshot(tmp_path, rows, encoder_id="test", revision=1, snapshot_id=name, centring=False)
    publish(tmp_path, "one")
    live = open_live(tmp_path)
    done, failures, seen = threading.Event(), list[str](), set[float]()

    def read() -> None:
        while not done.is_set():
            hits = live.search(here, 30, EVERYTHING)
            similarities = {hit.similarity for hit in hits}
            seen.update(similarities)
            if [hit.id for hit in hits] != ids.tolist() or len(similarities) != 1:
                failures.append(str(hits))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(30):
        publish(tmp_path, ("two", "one")[turn % 2])
        assert live.refresh()
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen <= {0.0, 1.0}
    assert read_pointer(tmp_path).current == "one"


def _unit(rows: np.ndarray) -> np.ndarray:
    unit: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
