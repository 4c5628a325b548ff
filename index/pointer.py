"""Which snapshot is the live one: one small file, replaced at once, that also remembers the way back."""

from __future__ import annotations

import fcntl
import json
import logging
import re
import shutil
import time
import uuid
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from index.errors import SnapshotCorruptError, UnknownSnapshotError
from index.manifest import MANIFEST_FILE, Manifest, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

CURRENT_FILE = "CURRENT"
_LOCK_FILE = ".lock"
_TEMPORARY_PREFIX = ".tmp-"
_ABANDONED_AFTER_S = 24 * 3600.0
_HISTORY_LENGTH = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Pointer:
    """The live snapshot's id (empty: none yet) and the ids published before it, newest first."""

    current: str = ""
    history: tuple[str, ...] = ()


def snapshot_folder(root: Path, snapshot_id: str) -> Path:
    """Return a snapshot's folder. Raises `UnknownSnapshotError` for a name that cannot be one."""
    if not _NAME.fullmatch(snapshot_id):
        raise UnknownSnapshotError(
            f"got snapshot id {snapshot_id!r}, wanted letters, digits, '.', '_', '-': list them"
        )
    return root / snapshot_id


def exists(root: Path, snapshot_id: str) -> bool:
    """Say whether there is a finished snapshot of this id."""
    return (snapshot_folder(root, snapshot_id) / MANIFEST_FILE).is_file()


def read_pointer(root: Path) -> Pointer:
    """Return what is published; an empty pointer when nothing was. Raises `SnapshotCorruptError`."""
    try:
        stated = json.loads((root / CURRENT_FILE).read_text(encoding="utf-8"))
        return Pointer(str(stated["current"]), tuple(str(name) for name in stated["history"]))
    except FileNotFoundError:
        return Pointer()
    except (ValueError, TypeError, KeyError) as error:
        raise SnapshotCorruptError(
            f"{CURRENT_FILE} cannot be read ({error!r}): publish a snapshot to write it anew"
        ) from error


def publish(root: Path, snapshot_id: str) -> None:
    """Make a finished snapshot the live one, at once for every reader.

    Publishing the live one again does nothing. The files' sizes are
    checked first. Raises `UnknownSnapshotError`, `SnapshotCorruptError`.
    """
    folder = snapshot_folder(root, snapshot_id)
    if not exists(root, snapshot_id):
        raise UnknownSnapshotError(
            f"got snapshot {snapshot_id!r}, there are {list_snapshots(root)}: build it first"
        )
    Manifest.read(folder).verify(folder, checksums=False)
    with _locked(root):
        before = _readable_pointer(root)
        if before.current == snapshot_id:
            return
        earlier = (before.current, *before.history) if before.current else before.history
        _write_pointer(root, Pointer(snapshot_id, earlier[:_HISTORY_LENGTH]))
    log.info("snapshot.published id=%s before=%s", snapshot_id, before.current)


def rollback(root: Path) -> str:
    """Make the snapshot published before the live one live again, and return its id.

    Repeat it to go further back. The one it leaves stays on disk until `prune`. Raises
    `UnknownSnapshotError` when there is none to go back to.
    """
    with _locked(root):
        before = read_pointer(root)
        target = _rollback_target(root, before)
        if not target:
            raise UnknownSnapshotError(
                f"there is no snapshot before {before.current or 'the first'!r} to go back to: rebuild"
            )
        history = before.history[before.history.index(target) + 1 :]
        _write_pointer(root, Pointer(target, history))
    log.warning("snapshot.rolled_back id=%s left=%s", target, before.current)
    return target


def list_snapshots(root: Path) -> list[str]:
    """Return the ids of finished snapshots, oldest first (by their manifests; then by id)."""
    folders = [folder for folder in root.iterdir() if _NAME.fullmatch(folder.name)] if root.is_dir() else []
    finished = [folder for folder in folders if (folder / MANIFEST_FILE).is_file()]
    return [folder.name for folder in sorted(finished, key=lambda folder: (_created_at(folder), folder.name))]


def prune(root: Path, keep: int) -> list[str]:
    """Delete all but the newest `keep` snapshots and return their ids; never the live one or the way back.

    Also deletes what builds that died more than a day ago have left. Readers that still map a
    deleted snapshot's files keep them until they let go.
    """
    with _locked(root):
        pointer = read_pointer(root)
        names = list_snapshots(root)
        spared = {pointer.current, _rollback_target(root, pointer), *names[max(0, len(names) - keep) :]}
        doomed = [name for name in names if name not in spared]
        for name in doomed:
            # renamed first: a half-deleted folder must not look like a snapshot
            hidden = root / f"{_TEMPORARY_PREFIX}{uuid.uuid4().hex}"
            (root / name).rename(hidden)
            shutil.rmtree(hidden)
        for leftover in root.glob(f"{_TEMPORARY_PREFIX}*"):
            if time.time() - leftover.stat().st_mtime > _ABANDONED_AFTER_S:
                shutil.rmtree(leftover, ignore_errors=True)
    if doomed:
        log.info("snapshot.pruned count=%d kept=%d", len(doomed), len(names) - len(doomed))
    return doomed


def temporary_folder(root: Path) -> Path:
    """Make a folder for a snapshot in the making; no reader looks into it."""
    folder = root / f"{_TEMPORARY_PREFIX}{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    return folder


def _rollback_target(root: Path, pointer: Pointer) -> str:
    return next((name for name in pointer.history if exists(root, name)), "")


def _readable_pointer(root: Path) -> Pointer:
    """Return the pointer; an empty one in place of a broken one, which publishing is the cure for."""
    try:
        return read_pointer(root)
    except SnapshotCorruptError as error:
        log.warning("snapshot.pointer_unreadable error=%s", error)
        return Pointer()


def _write_pointer(root: Path, pointer: Pointer) -> None:
    write_atomically(root / CURRENT_FILE, json.dumps(asdict(pointer)))


def _created_at(folder: Path) -> str:
    try:
        return Manifest.read(folder).created_at
    except SnapshotCorruptError:
        return ""


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the folder's writer lock: two publishers one after the other, readers untouched."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
