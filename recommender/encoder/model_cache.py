"""Write a model folder once, whole and verified, however many processes ask for it at the same time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

MARKER = "verified.json"


def ensure(folder: Path, write: Callable[[Path], None]) -> Path:
    """Return `folder`, complete and with the checksums of its marker; `write` fills it where it is not.

    `write` gets an empty folder beside the final one, which then takes its place in one rename. A
    damaged folder is replaced, never repaired in place: a process that has it mapped keeps the old
    files. Raises `EncoderError` when the disk refuses.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock")):
            if not is_intact(folder):
                _replace(folder, write)
    except OSError as error:
        raise EncoderError(
            f"cannot write the model to {folder} ({error}): choose a cache folder that is writable "
            "and has 1 GB free"
        ) from error
    return folder


def is_intact(folder: Path) -> bool:
    """Say whether the marker is there and every file it names has the stated size and SHA-256."""
    try:
        stated: dict[str, Any] = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        files: dict[str, str] = stated["files"]
        return bool(files) and all(_sha256(folder / name) == want for name, want in files.items())
    except FileNotFoundError:
        if folder.exists():
            log.warning("model_cache.incomplete folder=%s", folder.name)
        return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("model_cache.unreadable folder=%s error=%s", folder.name, error)
        return False


def _replace(folder: Path, write: Callable[[Path], None]) -> None:
    started = time.monotonic()
    # Nobody else writes while the lock is held: what lies there was left by a process that was killed.
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write(new)
        files = sorted(path for path in new.rglob("*") if path.is_file())
        sums = {path.relative_to(new).as_posix(): _sha256(path) for path in files}
        for path in files:
            path.chmod(0o644)
            _flush(path)
        (new / MARKER).write_text(json.dumps({"files": sums}, indent=2, sort_keys=True), encoding="utf-8")
        _flush(new / MARKER)
        new.chmod(0o755)
        if folder.exists():
            log.warning("model_cache.damaged folder=%s action=rebuild", folder.name)
            shutil.rmtree(folder)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    log.info("model_cache.written folder=%s seconds=%.1f", folder.name, time.monotonic() - started)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
