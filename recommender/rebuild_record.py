"""One rebuild at a time, and a note on disk of how the last one went, for every process to read."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from recommender.errors import RebuildRunningError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK_FILE: Final = "rebuild.lock"
STATE_FILE: Final = "rebuild.json"
# `rebuild_state` holds the lock for a moment when it looks; a rebuild that starts just then waits it out.
_PATIENCE_S: Final = 0.5


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Hold the right to rebuild in `root`; it ends with the process. Raises `RebuildRunningError`."""
    lock = FileLock(root / _LOCK_FILE)
    try:
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout as error:
        raise RebuildRunningError(
            f"another rebuild is running in {root}: wait for it to end (it shows in /v1/index)"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def recorded(root: Path) -> Iterator[dict[str, Any]]:
    """Write down that a rebuild runs, and how it ended; what is put into the yielded dict is its report."""
    report: dict[str, Any] = {}
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    _write(root, {"state": "running", "pid": os.getpid(), "started_at": started_at})
    try:
        yield report
    except BaseException as error:
        said = str(error) or type(error).__name__
        _write(root, {"state": "failed", "started_at": started_at, "error": said})
        raise
    _write(root, {"state": "done", "started_at": started_at, "report": report})


def rebuild_state(root: Path) -> dict[str, Any]:
    """Return what the last rebuild wrote down: `state` is never, running, done or failed.

    One that says it runs but does not hold the lock was killed, and counts as failed.
    """
    try:
        state: dict[str, Any] = json.loads((root / STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"state": "never"}
    except ValueError as error:
        return {
            "state": "failed",
            "error": f"{STATE_FILE} cannot be read ({error}); the next rebuild writes it anew",
        }
    if state["state"] == "running" and not _is_held(root):
        ended = "the rebuild was killed; the next one starts where it stopped"
        return {**state, "state": "failed", "error": ended}
    return state


def _is_held(root: Path) -> bool:
    # The lock, not the process id: after a restart of a container another process may have that.
    lock = FileLock(root / _LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _write(root: Path, state: dict[str, Any]) -> None:
    temporary = root / f"{STATE_FILE}.tmp"
    temporary.write_text(json.dumps(state), encoding="utf-8")
    temporary.replace(root / STATE_FILE)
