"""Processes of ours: kept running, ended in order, gone with their parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from command_line import ROOT, environment, eventually

from recommender.runtime import processes
from recommender.runtime.processes import Child, Stop, end_all, stop_signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SLEEPER = ["-c", "import time; time.sleep(60)"]


@contextmanager
def _child(arguments: list[str], name: str = "test") -> Iterator[Child]:
    child = Child(name, [], environment=environment())
    child._command = [sys.executable, *arguments]
    child.start()
    try:
        yield child
    finally:
        child.kill()


@contextmanager
def _stubborn_child(folder: Path) -> Iterator[Child]:
    """Start a process that does not heed SIGTERM, and wait until it does not."""
    ready = folder / "ready"
    script = (
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "time.sleep(60)\n"
    )
    with _child(["-c", script]) as child:
        eventually(ready.exists)
        yield child


def _kept(child: Child) -> bool:
    child.keep()
    return child.status is None


def _pid(child: Child) -> int:
    assert child._process is not None
    return child._process.pid


def test_a_child_runs_our_own_command() -> None:
    child = Child("worker", ["worker", "app:make", "3"], environment={})

    assert child._command == [sys.executable, "-m", "recommender", "worker", "app:make", "3"]


def test_a_running_child_is_left_alone() -> None:
    with _child(SLEEPER) as child:
        before = _pid(child)
        child.keep()

        assert (child.status, _pid(child), child.deaths) == (None, before, 0)


def test_ctrl_c_does_not_reach_a_child() -> None:
    with _child(SLEEPER) as child:
        # a terminal sends it to one group only
        assert os.getpgid(_pid(child)) != os.getpgid(0)


def test_a_dead_child_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_FIRST_PAUSE_S", 0.01)
    with _child(SLEEPER) as child:
        before = _pid(child)
        os.kill(before, signal.SIGKILL)
        eventually(lambda: child.status is not None)

        eventually(lambda: _kept(child), what="a new process")

        assert _pid(child) != before
        assert child.deaths == 1


def test_the_pause_grows_with_each_death_in_a_row(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    monkeypatch.setattr("recommender.runtime.processes.time.monotonic", lambda: now)
    with _child(["-c", "raise SystemExit(3)"]) as child:
        for _ in range(7):
            assert child._process is not None
            child._process.wait()
            child.keep()
            now = child._restart_at
            child.keep()

        deaths = [record.getMessage() for record in caplog.records if "process.died " in record.getMessage()]
        pauses = [line.rpartition("restart_in_s=")[2] for line in deaths]
        assert pauses == ["0.5", "1.0", "2.0", "4.0", "8.0", "10.0", "10.0"]
        assert child.deaths == 7


def test_a_long_life_ends_the_row_of_deaths(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("recommender.runtime.processes.time.monotonic", lambda: now)
    with _child(["-c", "raise SystemExit(3)"]) as child:
        child.deaths = 4
        assert child._process is not None
        child._process.wait()
        now = 61.0
        child.keep()

        assert child.deaths == 1


def test_a_system_that_gives_no_process_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    with _child(["-c", ""]) as child:
        assert child._process is not None
        child._process.wait()
        child._restart_at = 0.1
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", refuse)
            child.keep()
        assert child.status is not None

        child._restart_at = 0.1
        child.keep()
        assert child.deaths == 0


def test_children_that_obey_end_by_the_signal() -> None:
    with _child(SLEEPER) as first, _child(SLEEPER) as second:
        end_all([first, second], Stop(), within_s=30)

        assert [first.status, second.status] == [-signal.SIGTERM, -signal.SIGTERM]


def test_a_child_that_does_not_end_is_killed(tmp_path: Path) -> None:
    with _stubborn_child(tmp_path) as child:
        end_all([child], Stop(), within_s=0.2)

        assert child.status == -signal.SIGKILL


def test_a_second_signal_kills_at_once(tmp_path: Path) -> None:
    stop = Stop()
    stop.asked = 1
    with _stubborn_child(tmp_path) as child:
        threading.Timer(0.2, stop).start()
        end_all([child], stop, within_s=60)

        assert child.status == -signal.SIGKILL


def test_a_child_that_never_started_is_no_obstacle() -> None:
    child = Child("test", [], environment={})

    child.keep()
    end_all([], Stop(), within_s=1)
    child.terminate()
    child.kill()

    assert child.status is None


def test_signals_are_counted_and_their_handlers_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_signals() as stop:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert stop.asked == 2

    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("how", ["closed", "none"])
def test_a_process_ends_when_its_parent_is_gone(how: str) -> None:
    script = (
        "import time\n"
        "from recommender.runtime.processes import end_with_parent\n"
        "import os\n"
        "end_with_parent(lambda: os._exit(7))\n"
        "time.sleep(60)\n"
    )
    stdin = subprocess.PIPE if how == "closed" else subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, "-c", script], stdin=stdin, cwd=ROOT, env=environment())
    if process.stdin is not None:
        process.stdin.close()

    assert process.wait(30) == 7
