"""A rebuild: everything reused, everything checked, published at once or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from encoder_fakes import WatchedEncoder, failing_on
from service_world import SITE, World, article, ids

from index import snapshot as snapshots
from index.live import build_snapshot
from index.snapshot import list_snapshots, read_pointer, verify
from recommender.article import ArticleKey
from recommender.errors import EncoderError, RebuildError, RebuildRunningError
from recommender.rebuild import RebuildReport, rebuild, rebuild_state
from recommender.rows import join_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recommender.encoder.base import EmbeddingText


@pytest.fixture
def encoder() -> WatchedEncoder:
    return WatchedEncoder()


@pytest.fixture
def world(tmp_path: Path, encoder: WatchedEncoder) -> Iterator[World]:
    opened = World.open(tmp_path, encoder=encoder)
    yield opened
    opened.close()


def test_a_rebuild_holds_every_published_article_and_says_what_it_did(world: World) -> None:
    world.catalog.upsert([article("a"), article("b"), article("draft", status="draft"), article("gone")])
    world.catalog.delete(ArticleKey(SITE, "gone"))

    report = world.rebuild()

    manifest = verify(world.root, report.snapshot_id)
    assert read_pointer(world.root).current == report.snapshot_id
    assert (manifest.count, manifest.revision, manifest.encoder_id) == (2, 7, world.encoder.encoder_id)
    assert (report.articles, report.encoded, report.failed, report.revision) == (2, 2, 0, 7)
    assert report.encoder_id == world.encoder.encoder_id
    assert report.seconds >= report.build_seconds >= 0
    assert "analyzer" in manifest.notes


def test_a_second_rebuild_encodes_nothing_and_holds_the_same(world: World, encoder: WatchedEncoder) -> None:
    world.catalog.upsert([article("a"), article("b")])
    first = world.rebuild()
    encoder.calls.clear()

    second = world.rebuild()

    assert encoder.calls == []
    assert (second.encoded, second.articles) == (0, 2)
    assert second.snapshot_id != first.snapshot_id
    files = [verify(world.root, report.snapshot_id).files for report in (first, second)]
    assert {name: sealed for name, sealed in files[0].items() if name.endswith(".npy")} == {
        name: sealed for name, sealed in files[1].items() if name.endswith(".npy")
    }


def test_only_texts_that_are_new_to_the_encoder_are_encoded(world: World, encoder: WatchedEncoder) -> None:
    world.catalog.upsert([article("a"), article("b")])
    world.rebuild()
    encoder.calls.clear()
    world.catalog.upsert([article("a", section="other"), article("b", "another story"), article("copy", "a")])

    assert world.rebuild().encoded == 1
    assert encoder.encoded == [article("b", "another story").title]


def test_an_empty_catalog_makes_an_empty_snapshot(world: World) -> None:
    report = world.rebuild()
    assert (report.articles, verify(world.root, report.snapshot_id).count) == (0, 0)
    world.tailer.catch_up()
    assert world.live.view().snapshot_id == report.snapshot_id
    world.put(article("q"), article("a"))
    assert world.ids("q") == ["a"]


def test_progress_hears_of_every_text_that_is_encoded(world: World) -> None:
    world.catalog.upsert([article(f"a{at}") for at in range(5)])
    heard: list[int] = []
    world.rebuild(progress=heard.append)
    assert sum(heard) == 5


def test_a_text_that_cannot_be_encoded_is_left_out_and_counted(world: World, encoder: WatchedEncoder) -> None:
    encoder.before = failing_on("bad", EncoderError("no"))
    world.catalog.upsert([article("a"), article("b", title="bad")])
    report = world.rebuild()
    assert (report.articles, report.encoded, report.failed) == (1, 1, 1)


def test_a_running_index_answers_from_the_old_one_until_it_picks_up_the_new(world: World) -> None:
    world.put(article("q", topic="t"), article("a", topic="t"), article("b"))
    before = world.ids("q")
    report = world.rebuild()
    assert world.related("q").snapshot_id == ""
    assert world.ids("q") == before
    world.tailer.step()
    assert world.related("q").snapshot_id == report.snapshot_id
    assert set(world.ids("q")) == set(before)


def test_old_snapshots_are_pruned_to_the_number_kept(world: World) -> None:
    world.catalog.upsert([article("a")])
    built = [world.rebuild(keep=2).snapshot_id for _ in range(3)]
    assert list_snapshots(world.root) == built[1:]
    report = world.rebuild(keep=2)
    assert report.pruned == [built[1]]


def test_what_changes_during_a_rebuild_is_replayed_after_it(world: World, encoder: WatchedEncoder) -> None:
    world.catalog.upsert(
        [article("q", topic="t"), article("a", topic="t"), article("late", topic="t", status="draft")]
    )

    def meanwhile(_texts: Sequence[EmbeddingText]) -> None:
        encoder.before = None
        world.catalog.delete(ArticleKey(SITE, "a"))
        world.catalog.upsert([article("late", topic="t")])

    encoder.before = meanwhile
    world.rebuild()
    world.put()
    assert world.ids("q") == ["late"]


def _state(world: World) -> dict[str, Any]:
    return rebuild_state(world.root)


def test_the_record_tells_how_the_last_rebuild_went(world: World, encoder: WatchedEncoder) -> None:
    assert _state(world) == {"state": "never"}
    world.catalog.upsert([article("a")])
    during: list[dict[str, Any]] = []

    def look(_texts: Sequence[EmbeddingText]) -> None:
        during.append(_state(world))

    encoder.before = look
    report = world.rebuild()

    assert [state["state"] for state in during] == ["running"]
    assert during[0].keys() == {"state", "pid", "started_at"}
    after = _state(world)
    assert after == {"state": "done", "started_at": during[0]["started_at"], "report": report.as_dict()}


def test_a_failed_rebuild_publishes_nothing_and_says_why(world: World, encoder: WatchedEncoder) -> None:
    world.put(article("q"), article("a"))
    live = world.rebuild().snapshot_id
    world.catalog.upsert([article("b")])

    def broken(_texts: Sequence[EmbeddingText]) -> None:
        raise EncoderError("the model is broken")

    encoder.before = broken
    with pytest.raises(EncoderError, match="the model is broken"):
        world.rebuild()

    assert read_pointer(world.root).current == live
    state = _state(world)
    assert (state["state"], state["error"]) == ("failed", "the model is broken")
    world.tailer.catch_up()
    assert world.ids("q") == ["a"]

    encoder.before = None
    assert world.rebuild().articles == 3
    assert _state(world)["state"] == "done"


def test_an_interrupted_rebuild_is_recorded_as_failed(world: World, encoder: WatchedEncoder) -> None:
    def interrupted(_texts: Sequence[EmbeddingText]) -> None:
        raise KeyboardInterrupt

    encoder.before = interrupted
    world.catalog.upsert([article("a")])
    with pytest.raises(KeyboardInterrupt):
        world.rebuild()
    assert (_state(world)["state"], _state(world)["error"]) == ("failed", "KeyboardInterrupt")


def test_a_snapshot_with_another_count_than_the_catalog_is_not_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.catalog.upsert([article("a"), article("b")])
    monkeypatch.setattr("recommender.rebuild.join_rows", lambda _parts, *, dim: join_rows([], dim=dim))

    with pytest.raises(RebuildError, match=r"holds 0 articles, the catalog gave 2: it was not published"):
        world.rebuild()

    assert read_pointer(world.root).current == ""
    assert _state(world)["state"] == "failed"


def test_a_snapshot_that_was_damaged_on_its_way_to_disk_is_not_published(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.catalog.upsert([article("a"), article("b")])

    def damaged(root: Path, *args: Any, **named: Any) -> str:
        snapshot_id = build_snapshot(root, *args, **named)
        file = root / snapshot_id / "means.npy"
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        return snapshot_id

    monkeypatch.setattr("recommender.rebuild.build_snapshot", damaged)
    with pytest.raises(RebuildError, match=r"cannot be used \(.*means\.npy.*\): it was not published"):
        world.rebuild()
    assert read_pointer(world.root).current == ""


def test_a_publication_that_fails_leaves_the_live_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.catalog.upsert([article("a")])
    live = world.rebuild().snapshot_id

    def full(_root: Path, _snapshot_id: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(snapshots, "publish", full)
    with pytest.raises(OSError, match="No space left"):
        world.rebuild()
    assert read_pointer(world.root).current == live
    assert _state(world)["error"] == "No space left on device"


def test_of_two_rebuilds_at_once_the_second_is_refused(world: World, encoder: WatchedEncoder) -> None:
    world.catalog.upsert([article("a")])
    under_way, go_on = threading.Event(), threading.Event()

    def wait(_texts: Sequence[EmbeddingText]) -> None:
        under_way.set()
        assert go_on.wait(60)

    encoder.before = wait
    done: list[RebuildReport] = []
    first = threading.Thread(target=lambda: done.append(world.rebuild()))
    first.start()
    assert under_way.wait(60)
    with pytest.raises(RebuildRunningError, match="another rebuild is running"):
        rebuild(world.catalog, WatchedEncoder(), world.root, keep=3)
    assert _state(world)["state"] == "running"
    go_on.set()
    first.join()

    assert _state(world)["report"]["snapshot_id"] == done[0].snapshot_id
    assert list_snapshots(world.root) == [done[0].snapshot_id]


_KILLED = """
import os, sys
from pathlib import Path
from recommender.rebuild_record import only_one, recorded
with only_one(Path(sys.argv[1])), recorded(Path(sys.argv[1])):
    os.kill(os.getpid(), 9)
"""


def test_a_rebuild_that_was_killed_counts_as_failed_and_blocks_nobody(world: World) -> None:
    world.root.mkdir()
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(world.root)], check=False)
    assert killed.returncode == -9

    state = _state(world)
    assert state["state"] == "failed"
    assert state["error"] == "the rebuild was killed; the next one starts where it stopped"

    world.catalog.upsert([article("q"), article("a")])
    world.rebuild()
    world.tailer.catch_up()
    assert ids(world.related("q")) == ["a"]


def test_a_killed_rebuild_stays_failed_when_its_process_id_is_in_use_again(world: World) -> None:
    world.root.mkdir()
    left = {"state": "running", "pid": 1, "started_at": "2026-01-01T00:00:00+00:00"}
    (world.root / "rebuild.json").write_text(json.dumps(left), encoding="utf-8")
    assert _state(world)["state"] == "failed"


@pytest.mark.parametrize("content", ["", "{", "\x00\x00"])
def test_a_record_that_cannot_be_read_is_a_failure_not_an_error(world: World, content: str) -> None:
    world.root.mkdir()
    (world.root / "rebuild.json").write_text(content, encoding="utf-8")
    assert _state(world)["state"] == "failed"
    assert "rebuild.json cannot be read" in _state(world)["error"]
    world.rebuild()
    assert _state(world)["state"] == "done"
