"""A model that says only when it is loaded what it is: waited for, compared, and done without."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from command_line import NEWS, SITE, invoke

from index.errors import SnapshotMismatchError
from recommender.runtime import server
from recommender.runtime.processes import Child, Stop
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "organisation/model"


@dataclass
class FakeChild:
    """Stands for the indexing process; `status` None: it still loads."""

    status: int | None = None


@pytest.fixture
def settings() -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="r-") as folder:
        yield Settings(data_dir=Path(folder), model=MODEL)


def _await_model(settings: Settings, child: FakeChild, stop: Stop | None = None) -> None:
    server._await_model(settings, cast("Child", child), stop or Stop())


def _answers(monkeypatch: pytest.MonkeyPatch, *identities: tuple[str, int] | None) -> None:
    left = list(identities)
    monkeypatch.setattr(server, "ask_identity", lambda _socket: left.pop(0))


def test_a_model_is_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _answers(monkeypatch, None, None, ("model@1", 8))

    _await_model(settings, FakeChild())


def test_a_model_that_is_not_the_snapshots_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke("ingest", NEWS, "--site", SITE, data_dir=settings.data_dir).code == 0
    _answers(monkeypatch, ("model@1", 8), ("hashing-v1-256", 256))

    with pytest.raises(SnapshotMismatchError, match="'organisation/model' is 'model@1'"):
        _await_model(settings, FakeChild())
    _await_model(settings, FakeChild())


def test_a_model_that_cannot_be_loaded_ends_a_service_that_has_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(monkeypatch, None)

    # the process itself has said why
    with pytest.raises(SystemExit) as end:
        _await_model(settings, FakeChild(status=1))
    assert end.value.code == 1


def test_a_model_that_cannot_be_loaded_leaves_a_service_that_has_a_snapshot(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke("ingest", NEWS, "--site", SITE, data_dir=settings.data_dir).code == 0
    _answers(monkeypatch, None)

    _await_model(settings, FakeChild(status=1))


def test_a_signal_ends_the_waiting(settings: Settings) -> None:
    stop = Stop()
    stop.asked = 1

    _await_model(settings, FakeChild(), stop)


def test_several_workers_get_a_folder_for_their_metrics_and_it_goes_with_them() -> None:
    with server._metrics(Settings(workers=2)) as variables:
        folder = Path(variables["PROMETHEUS_MULTIPROC_DIR"])
        assert folder.is_dir()

    assert not folder.exists()
    with server._metrics(Settings(workers=1)) as variables:
        assert variables == {}
