"""A rebuild in a process of its own, started by a running service; one at a time."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from recommender.errors import RebuildRunningError
from recommender.rebuild_record import STATE_FILE, rebuild_state
from recommender.runtime.environment import METRICS_FOLDER, environment_of

if TYPE_CHECKING:
    from pathlib import Path

    from recommender.settings import Settings

log = logging.getLogger(__name__)

_START_FILE = "rebuild-start.json"
_LOCK_FILE = "rebuild-start.lock"
# A process that has loaded no model by then never will; its id may be another's after a restart.
_LONGEST_START = timedelta(minutes=10)


def start_rebuild(settings: Settings) -> int:
    """Start a rebuild and return its process id. Raises `RebuildRunningError` while one runs or starts."""
    root = settings.snapshot_dir
    with FileLock(root / _LOCK_FILE):
        state, written = rebuild_progress(settings), _written(root)
        if state["state"] == "running":
            raise RebuildRunningError(
                f"a rebuild is running already (process {state['pid']}): see GET /v1/index"
            )
        inherited = {name: value for name, value in os.environ.items() if name != METRICS_FOLDER}
        process = subprocess.Popen(
            [sys.executable, "-m", "recommender", "rebuild", "--json"],
            env={**inherited, **environment_of(settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        _note_start(root, process.pid, written)
    log.info("rebuild.started pid=%d", process.pid)
    threading.Thread(target=_reap, args=(process,), name="rebuild-reaper", daemon=True).start()
    return process.pid


def rebuild_progress(settings: Settings) -> dict[str, Any]:
    """Return the state of the last rebuild, also of one that was started here and still loads its model."""
    root = settings.snapshot_dir
    state, start = rebuild_state(root), _read_start(root)
    # what was written since tells of the rebuild that was started, or of one after it
    if start is None or state["state"] == "running" or _written(root) != start.pop("before"):
        return state
    age = datetime.now(UTC) - datetime.fromisoformat(start["started_at"])
    if age < _LONGEST_START and _is_alive(start["pid"]):
        return {"state": "running", **start}
    return {
        "state": "failed",
        **start,
        "error": "the rebuild ended before it began: the log of the service says why",
    }


def _reap(process: subprocess.Popen[bytes]) -> None:
    # waited for, so that no zombie stays behind
    status = process.wait()
    log.log(logging.ERROR if status else logging.INFO, "rebuild.ended pid=%d status=%d", process.pid, status)


def _written(root: Path) -> int:
    """Return when the last rebuild wrote its note, in nanoseconds; 0 when none did."""
    try:
        return (root / STATE_FILE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _note_start(root: Path, pid: int, before: int) -> None:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    start = {"pid": pid, "started_at": now, "before": before}
    temporary = root / f"{_START_FILE}.tmp"
    temporary.write_text(json.dumps(start), encoding="utf-8")
    temporary.replace(root / _START_FILE)


def _read_start(root: Path) -> dict[str, Any] | None:
    try:
        start: dict[str, Any] = json.loads((root / _START_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return start if start.keys() >= {"pid", "started_at", "before"} else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
