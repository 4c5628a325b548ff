"""Following the catalog: what is applied, what is refused, and that the loop never ends by itself."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest
from service_world import SITE, World, article

from index.live import LiveIndex, build_snapshot
from index.snapshot import publish
from recommender.article import ArticleKey
from recommender.indexing import Embedder, Tailer, run_until
from recommender.rows import join_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = World.open(tmp_path)
    yield opened
    opened.close()


def test_a_step_applies_changes_in_order_and_counts_them(world: World) -> None:
    world.catalog.upsert([article("a"), article("b")])
    Embedder(world.catalog, world.encoder).catch_up()

    assert world.tailer.step() == 4
    assert world.tailer.step() == 0
    assert world.live.view().revision == world.catalog.revision() == 4
    assert [world.live.view().contains(world.row(each)) for each in "ab"] == [True, True]


def test_an_article_is_in_the_index_once_it_has_a_vector(world: World) -> None:
    world.catalog.upsert([article("a")])
    world.tailer.catch_up()
    assert (world.live.view().count(), world.live.view().revision) == (0, 1)
    world.put()
    assert world.live.view().count() == 1


@pytest.mark.parametrize("gone", ["deleted", "unpublished"])
def test_what_is_taken_down_leaves_and_comes_back_without_encoding(world: World, gone: str) -> None:
    world.put(article("a"))
    if gone == "deleted":
        world.catalog.delete(ArticleKey(SITE, "a"))
    else:
        world.catalog.upsert([article("a", status="draft")])
    world.tailer.catch_up()
    assert world.live.view().count() == 0

    world.catalog.upsert([article("a")])
    world.tailer.catch_up()
    assert world.live.view().contains(world.row("a"))


def test_a_new_section_needs_no_new_vector(world: World) -> None:
    world.put(article("a", section="sport"))
    world.catalog.upsert([article("a", section="kultur")])
    world.tailer.catch_up()
    assert world.live.view().attributes([world.row("a")])[world.row("a")].section == "kultur"


def test_a_changed_text_keeps_its_old_vector_until_the_new_one_is_there(world: World) -> None:
    world.put(article("a"))
    row = world.row("a")
    before = world.live.view().vectors([row])[row].tolist()
    world.catalog.upsert([article("a", "another story")])
    world.tailer.catch_up()
    assert world.live.view().vectors([row])[row].tolist() == before
    world.put()
    assert world.live.view().vectors([row])[row].tolist() != before


def test_more_changes_than_one_step_takes_are_all_applied(world: World) -> None:
    world.catalog.upsert([article(f"a{at}", "one story") for at in range(600)])
    Embedder(world.catalog, world.encoder).catch_up()
    assert world.tailer.step() == 1_000
    world.tailer.catch_up()
    assert world.live.view().count() == 600
    assert world.live.view().revision == world.catalog.revision() == 1_200


def test_a_published_snapshot_is_picked_up_with_the_changes_after_it(world: World) -> None:
    world.put(article("a"), article("b"))
    snapshot_id = world.rebuild().snapshot_id
    world.catalog.delete(ArticleKey(SITE, "a"))

    world.tailer.step()

    view = world.live.view()
    assert (view.snapshot_id, view.count(), view.revision) == (snapshot_id, 1, world.catalog.revision())


def test_whoever_waits_hears_when_a_revision_is_applied(world: World) -> None:
    world.catalog.upsert([article("a")])
    heard: list[bool] = []
    waiting = threading.Thread(target=lambda: heard.append(world.tailer.wait_for(1, timeout=30)))
    waiting.start()
    world.tailer.step()
    waiting.join()
    assert heard == [True]
    assert world.tailer.wait_for(1, timeout=0)
    assert not world.tailer.wait_for(2, timeout=0)


def test_a_snapshot_of_another_encoder_is_refused_once_and_changes_go_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put(article("a"))
    now = [0.0]
    tailer = Tailer(world.catalog, world.live, encoder_id=world.encoder.encoder_id, clock=lambda: now[0])
    foreign = build_snapshot(world.root, join_rows([], dim=8), encoder_id="another", revision=0)
    publish(world.root, foreign)
    world.catalog.upsert([article("b", "a")])

    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            tailer.step()
            now[0] += 4.0

    assert [record.getMessage().split(" error=")[0] for record in caplog.records] == [
        "snapshot.refused serving="
    ]
    assert "got encoder 'another'" in tailer.refusal
    assert world.live.view().count() == 2

    world.rebuild()
    now[0] += 10.0
    tailer.step()
    assert (tailer.refusal, world.live.view().snapshot_id == foreign) == ("", False)
    assert world.live.view().snapshot_id


def test_a_refused_snapshot_is_not_read_again_at_every_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(world.root, build_snapshot(world.root, join_rows([], dim=8), encoder_id="x", revision=0))
    looks: list[int] = []
    refresh = LiveIndex.refresh

    def counted(live: LiveIndex) -> bool:
        looks.append(1)
        return refresh(live)

    monkeypatch.setattr(LiveIndex, "refresh", counted)
    now = [100.0]
    tailer = Tailer(world.catalog, world.live, encoder_id=world.encoder.encoder_id, clock=lambda: now[0])
    for _ in range(50):
        tailer.step()
    assert len(looks) == 1
    now[0] += 5.0
    tailer.step()
    assert len(looks) == 2


class _Loop:
    """A step that does as it is told and stops the loop at its end; `pauses` are what it waited."""

    def __init__(self, *results: int | Exception) -> None:
        self.results = list(results)
        self.stop, self.work = threading.Event(), threading.Event()
        self.pauses: list[tuple[str, float]] = []
        self.stop.wait = self._noted("stop")  # type: ignore[method-assign]  # time is an argument here
        self.work.wait = self._noted("work")  # type: ignore[method-assign]

    def _noted(self, which: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - stands in for Event.wait
        def wait(timeout: float | None = None) -> bool:
            self.pauses.append((which, timeout or 0.0))
            return False

        return wait

    def __call__(self) -> int:
        """Return or raise the next result."""
        result = self.results.pop(0)
        if not self.results:
            self.stop.set()
        if isinstance(result, Exception):
            raise result
        return result

    def run(self, interval_s: float = 0.5) -> list[tuple[str, float]]:
        """Run the loop to its end and return its pauses."""
        run_until(self.stop, self.work, self, interval_s=interval_s, name="test")
        return self.pauses


def test_the_loop_goes_on_at_once_while_there_is_work_and_else_waits_for_some() -> None:
    assert _Loop(3, 1, 0, 2, 0).run() == [("work", 0.5), ("work", 0.5)]


def test_a_failing_step_is_logged_and_tried_again_after_a_growing_pause(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = [OSError("disk full") for _ in range(6)]
    pauses = _Loop(*broken, 0, OSError("again"), 0).run()
    waited = [("stop", pause) for pause in (1.0, 2.0, 4.0, 8.0, 10.0, 10.0)]
    assert pauses == [*waited, ("work", 0.5), ("stop", 1.0), ("work", 0.5)]
    assert [record.getMessage() for record in caplog.records][:2] == [
        "loop.failed name=test failures=1",
        "loop.failed name=test failures=2",
    ]


def test_a_step_may_fail_for_a_whole_night(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        pauses = _Loop(*(OSError("no") for _ in range(3_000)), 0).run()
    assert pauses[-2:] == [("stop", 10.0), ("work", 0.5)]


def test_a_loop_that_is_stopped_before_it_begins_does_nothing() -> None:
    loop = _Loop(1)
    loop.stop.set()
    assert loop.run() == []
    assert loop.results == [1]
