"""When a service rebuilds by itself, and when it leaves that to a person."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from index.snapshot import rollback
from recommender.article import Article
from recommender.embedding import Embedder
from recommender.encoder import HashingEncoder
from recommender.rebuild import rebuild
from recommender.runtime import core as core_module
from recommender.runtime.core import Core
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENCODER = HashingEncoder()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Note the rebuilds that are started, in place of starting them."""
    noted: list[Settings] = []
    monkeypatch.setattr(core_module, "start_rebuild", noted.append)
    return noted


@contextmanager
def _core(folder: Path, **settings: object) -> Iterator[Core]:
    made = Core.open(Settings.model_validate({"data_dir": folder, "model": "hashing", **settings}))
    try:
        yield made
    finally:
        made.close()


def _store(core: Core, count: int, *, first: int = 0, encode: bool = True) -> None:
    articles = [
        Article(site="bote", id=str(at), title=f"Meldung {at}", body=f"Text {at}.", language="de")
        for at in range(first, first + count)
    ]
    core.catalog.upsert(articles)
    if encode:
        Embedder(core.catalog, ENCODER).catch_up()
    core.tailer.catch_up()


def _rebuild(core: Core) -> str:
    report = rebuild(core.catalog, ENCODER, core.settings.snapshot_dir, keep=3)
    core.tailer.catch_up()
    return report.snapshot_id


@pytest.mark.parametrize(("count", "due"), [(19, 0), (20, 1)])
def test_the_first_snapshot_is_made_from_twenty_articles_on(
    tmp_path: Path, started: list[Settings], count: int, due: int
) -> None:
    with _core(tmp_path) as core:
        _store(core, count)
        core._rebuild_when_due()
        core._rebuild_when_due()

    # the second time it is too soon to try again
    assert len(started) == due


def test_nothing_is_built_while_articles_wait_for_their_vectors(
    tmp_path: Path, started: list[Settings]
) -> None:
    with _core(tmp_path) as core:
        _store(core, 30)
        _store(core, 1, first=30, encode=False)
        core._rebuild_when_due()

    assert started == []


def test_an_operator_can_switch_it_off(tmp_path: Path, started: list[Settings]) -> None:
    with _core(tmp_path, auto_rebuild=False) as core:
        _store(core, 30)
        core._rebuild_when_due()

    assert started == []


def test_a_fresh_snapshot_is_due_when_much_has_changed(tmp_path: Path, started: list[Settings]) -> None:
    with _core(tmp_path) as core:
        _store(core, 20)
        _rebuild(core)
        core._rebuild_when_due()
        assert started == []
        _store(core, 65, first=20)
        core._rebuild_when_due()

    assert len(started) == 1


def test_after_a_rollback_a_person_decides(tmp_path: Path, started: list[Settings]) -> None:
    with _core(tmp_path) as core:
        _store(core, 20)
        before = _rebuild(core)
        _store(core, 65, first=20)
        _rebuild(core)
        assert rollback(core.settings.snapshot_dir) == before
        core.tailer.catch_up()
        assert core.live.needs_compaction
        core._rebuild_when_due()

    assert started == []


def test_a_catalog_that_cannot_be_read_is_not_ready(tmp_path: Path) -> None:
    # with an encoder of its own: nothing else is asked than the catalog
    core = Core.open(Settings(data_dir=tmp_path, model="hashing"), encoder=ENCODER)
    try:
        core._follow()
        assert core.readiness()["ready"] is True
        core.catalog.close()
        with (tmp_path / "catalog.db").open("r+b") as file:
            file.write(np.random.default_rng(1).bytes(8_192))
        for beside in ("catalog.db-wal", "catalog.db-shm"):
            (tmp_path / beside).unlink(missing_ok=True)
        answer = core.readiness()
    finally:
        core.close()

    assert (answer["ready"], answer["detail"]) == (False, "the catalog cannot be read: see the log")
