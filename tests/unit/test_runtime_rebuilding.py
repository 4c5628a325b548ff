"""A rebuild that a service starts: one at a time, and what is said of it is true at every moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from command_line import NEWS, SITE, environment, eventually, invoke

from recommender.errors import RebuildRunningError
from recommender.rebuild_record import only_one, recorded
from recommender.runtime.rebuilding import rebuild_progress, start_rebuild
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    assert invoke("ingest", NEWS, "--site", SITE, "--no-index", data_dir=tmp_path).code == 0
    (tmp_path / "snapshots").mkdir()
    return Settings(data_dir=tmp_path, model="hashing")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def _note_start(settings: Settings, pid: int, *, age: timedelta = timedelta()) -> str:
    started_at = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    start = {"pid": pid, "started_at": started_at, "before": 0}
    (settings.snapshot_dir / "rebuild-start.json").write_text(json.dumps(start), encoding="utf-8")
    return started_at


def _state(settings: Settings) -> Any:
    return rebuild_progress(settings)["state"]


def test_a_rebuild_runs_in_its_own_process_and_is_done(settings: Settings) -> None:
    assert rebuild_progress(settings) == {"state": "never"}

    pid = start_rebuild(settings)

    # from the first moment on, although the process still starts
    assert (rebuild_progress(settings)["state"], rebuild_progress(settings)["pid"]) == ("running", pid)
    assert pid != os.getpid()
    eventually(lambda: _state(settings) == "done")
    assert rebuild_progress(settings)["report"]["articles"] == 11


def test_the_one_before_is_not_mistaken_for_the_new_one(settings: Settings) -> None:
    assert invoke("rebuild", data_dir=settings.data_dir).code == 0
    assert _state(settings) == "done"

    pid = start_rebuild(settings)

    assert (rebuild_progress(settings)["state"], rebuild_progress(settings)["pid"]) == ("running", pid)
    eventually(lambda: _state(settings) == "done")


def test_a_second_one_is_refused_while_the_first_starts_or_runs(settings: Settings) -> None:
    start_rebuild(settings)

    with pytest.raises(RebuildRunningError, match="a rebuild is running already"):
        start_rebuild(settings)
    eventually(lambda: _state(settings) == "done")


def test_one_that_the_command_runs_counts_as_well(settings: Settings) -> None:
    root = settings.snapshot_dir
    with only_one(root), recorded(root), pytest.raises(RebuildRunningError):
        start_rebuild(settings)
    assert _state(settings) == "done"


def test_a_process_that_still_loads_its_model_counts_as_running(
    settings: Settings, sleeper: subprocess.Popen[bytes]
) -> None:
    started_at = _note_start(settings, sleeper.pid)

    assert rebuild_progress(settings) == {"state": "running", "pid": sleeper.pid, "started_at": started_at}


def test_a_process_that_died_before_it_began_failed(
    settings: Settings, sleeper: subprocess.Popen[bytes]
) -> None:
    _note_start(settings, sleeper.pid)
    sleeper.kill()
    sleeper.wait()

    found = rebuild_progress(settings)

    assert found["state"] == "failed"
    assert "ended before it began" in found["error"]


def test_a_start_long_ago_blocks_nothing(settings: Settings, sleeper: subprocess.Popen[bytes]) -> None:
    # its process id is another's by now
    _note_start(settings, sleeper.pid, age=timedelta(minutes=11))

    assert _state(settings) == "failed"
    start_rebuild(settings)
    eventually(lambda: _state(settings) == "done")


def test_what_a_later_rebuild_wrote_outranks_an_earlier_start(
    settings: Settings, sleeper: subprocess.Popen[bytes]
) -> None:
    _note_start(settings, sleeper.pid, age=timedelta(minutes=1))
    assert invoke("rebuild", data_dir=settings.data_dir).code == 0

    assert _state(settings) == "done"


def test_a_note_that_cannot_be_read_is_passed_over(settings: Settings) -> None:
    (settings.snapshot_dir / "rebuild-start.json").write_text("{", encoding="utf-8")

    assert rebuild_progress(settings) == {"state": "never"}
