"""Rebuild everything beside the live index, check it, and publish it by one atomic pointer."""

from __future__ import annotations

import itertools
import json
import logging
import os
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from index import snapshot as snapshots
from index.live import build_snapshot
from recommender.errors import RebuildError, RebuildRunningError
from recommender.indexing import Embedder
from recommender.rows import join_rows, rows_of
from recommender.text.terms import ANALYZER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from index.types import Matrix, Rows
    from recommender.catalog import Catalog, StoredArticle
    from recommender.encoder.base import Encoder

log = logging.getLogger(__name__)

_BATCH = 1_000
_STATE_FILE = "rebuild.json"


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did. Times are in seconds."""

    snapshot_id: str
    encoder_id: str
    revision: int
    articles: int
    encoded: int
    encode_seconds: float
    build_seconds: float
    seconds: float
    pruned: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return a document for JSON."""
        return asdict(self)


def rebuild(
    catalog: Catalog,
    encoder: Encoder,
    root: Path,
    *,
    keep: int,
    progress: Callable[[int], None] | None = None,
) -> RebuildReport:
    """Build a snapshot of every published article and make it the live one.

    Vectors are reused; only texts new to this encoder are encoded. The live snapshot answers until
    the new one is complete, verified and published. Raises `RebuildRunningError` when another
    rebuild holds the lock and `RebuildError` when a check fails; nothing is published then.
    """
    root.mkdir(parents=True, exist_ok=True)
    with _only_one(root), _recorded(root) as record:
        started = time.monotonic()
        encoded = Embedder(catalog, encoder).catch_up(progress=progress)
        encode_seconds = time.monotonic() - started
        snapshot_id, revision, count = _build(catalog, encoder, root)
        build_seconds = time.monotonic() - started - encode_seconds
        _check(root, snapshot_id, count)
        snapshots.publish(root, snapshot_id)
        pruned = snapshots.prune(root, keep=keep)
        report = RebuildReport(
            snapshot_id=snapshot_id,
            encoder_id=encoder.encoder_id,
            revision=revision,
            articles=count,
            encoded=encoded,
            encode_seconds=round(encode_seconds, 3),
            build_seconds=round(build_seconds, 3),
            seconds=round(time.monotonic() - started, 3),
            pruned=list(pruned),
        )
        record.update(report.as_dict())
    log.info("snapshot.published id=%s articles=%d seconds=%.1f", snapshot_id, count, report.seconds)
    return report


def _build(catalog: Catalog, encoder: Encoder, root: Path) -> tuple[str, int, int]:
    parts: list[Rows] = []
    with catalog.snapshot_rows(encoder.encoder_id) as stream:
        # texts are let go batch by batch: only what the index stores stays in memory
        for batch in _batches(iter(stream)):
            ids = [stored.row_id for stored, _ in batch]
            articles = [stored.article for stored, _ in batch]
            parts.append(rows_of(ids, articles, [vector for _, vector in batch], dim=encoder.dim))
    rows = join_rows(parts, dim=encoder.dim)
    snapshot_id = build_snapshot(
        root,
        rows,
        encoder_id=encoder.encoder_id,
        revision=stream.revision,
        notes={"analyzer": ANALYZER_VERSION},
    )
    return snapshot_id, stream.revision, len(rows)


def _batches(stream: Iterator[tuple[StoredArticle, Matrix]]) -> Iterator[list[tuple[StoredArticle, Matrix]]]:
    while batch := list(itertools.islice(stream, _BATCH)):
        yield batch


def _check(root: Path, snapshot_id: str, count: int) -> None:
    manifest = snapshots.verify(root, snapshot_id)
    if manifest.count != count:
        raise RebuildError(
            f"snapshot {snapshot_id} holds {manifest.count} articles, the catalog gave {count}: "
            "it was not published; run the rebuild again and report this if it repeats"
        )


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    lock = FileLock(root / "rebuild.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RebuildRunningError(
            f"another rebuild is running in {root}: wait for it to end (it shows in /v1/index)"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _recorded(root: Path) -> Iterator[dict[str, Any]]:
    """Keep a note of the rebuild on disk, so that a running server can show how it goes."""
    report: dict[str, Any] = {}
    started_at = datetime.now(UTC).isoformat(timespec="seconds")
    _write_state(root, {"state": "running", "pid": os.getpid(), "started_at": started_at})
    try:
        yield report
    except BaseException as error:
        _write_state(root, {"state": "failed", "started_at": started_at, "error": str(error)})
        raise
    _write_state(root, {"state": "done", "started_at": started_at, "report": report})


def rebuild_state(root: Path) -> dict[str, Any]:
    """Return what the last rebuild wrote down; one whose process is gone counts as failed."""
    try:
        state: dict[str, Any] = json.loads((root / _STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"state": "never"}
    if state["state"] == "running" and not _is_alive(state["pid"]):
        return {**state, "state": "failed", "error": "the rebuild was killed; the next one starts where it stopped"}
    return state


def _write_state(root: Path, state: dict[str, Any]) -> None:
    temporary = root / f"{_STATE_FILE}.tmp"
    temporary.write_text(json.dumps(state), encoding="utf-8")
    temporary.replace(root / _STATE_FILE)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
