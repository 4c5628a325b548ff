"""Rebuild everything beside the live index, check it, and publish it by one atomic pointer."""

from __future__ import annotations

import itertools
import logging
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from index import snapshot as snapshots
from index.errors import VectorIndexError
from index.live import build_snapshot
from recommender.embedding import Embedder
from recommender.errors import RebuildError
from recommender.rebuild_record import only_one, rebuild_state, recorded
from recommender.rows import join_rows, rows_of
from recommender.text.terms import ANALYZER_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from index.types import Matrix, Rows
    from recommender.catalog import Catalog, StoredArticle
    from recommender.encoder.base import Encoder

__all__ = ["RebuildReport", "rebuild", "rebuild_state"]

log = logging.getLogger(__name__)

_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did. Times are in seconds; `failed` texts could not be encoded and are left out."""

    snapshot_id: str
    encoder_id: str
    revision: int
    articles: int
    encoded: int
    failed: int
    encode_seconds: float
    build_seconds: float
    seconds: float
    pruned: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return a document for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Built:
    """A snapshot that was written, and how many articles the catalog gave for it."""

    snapshot_id: str
    revision: int
    articles: int


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
    with only_one(root), recorded(root) as record:
        started = time.monotonic()
        embedder = Embedder(catalog, encoder)
        encoded = embedder.catch_up(progress=progress)
        encode_seconds = time.monotonic() - started
        built = _build(catalog, encoder, root)
        _check(root, built)
        build_seconds = time.monotonic() - started - encode_seconds
        snapshots.publish(root, built.snapshot_id)
        report = RebuildReport(
            snapshot_id=built.snapshot_id,
            encoder_id=encoder.encoder_id,
            revision=built.revision,
            articles=built.articles,
            encoded=encoded,
            failed=embedder.failed,
            encode_seconds=round(encode_seconds, 3),
            build_seconds=round(build_seconds, 3),
            pruned=snapshots.prune(root, keep=keep),
            seconds=round(time.monotonic() - started, 3),
        )
        record.update(report.as_dict())
    log.info("rebuild.done id=%s articles=%d seconds=%.1f", built.snapshot_id, built.articles, report.seconds)
    return report


def _build(catalog: Catalog, encoder: Encoder, root: Path) -> _Built:
    parts: list[Rows] = []
    with catalog.snapshot_rows(encoder.encoder_id) as stream:
        articles = stream.count()
        # texts are let go batch by batch: only what the index stores stays in memory
        for batch in _batches(iter(stream)):
            ids = [stored.row_id for stored, _ in batch]
            texts = [stored.article for stored, _ in batch]
            parts.append(rows_of(ids, texts, [vector for _, vector in batch], dim=encoder.dim))
    snapshot_id = build_snapshot(
        root,
        join_rows(parts, dim=encoder.dim),
        encoder_id=encoder.encoder_id,
        revision=stream.revision,
        notes={"analyzer": ANALYZER_VERSION},
    )
    return _Built(snapshot_id, stream.revision, articles)


def _batches(stream: Iterator[tuple[StoredArticle, Matrix]]) -> Iterator[list[tuple[StoredArticle, Matrix]]]:
    while batch := list(itertools.islice(stream, _BATCH)):
        yield batch


def _check(root: Path, built: _Built) -> None:
    again = "it was not published; run the rebuild again and report this if it repeats"
    try:
        manifest = snapshots.verify(root, built.snapshot_id)
    except VectorIndexError as error:
        raise RebuildError(f"snapshot {built.snapshot_id} cannot be used ({error}): {again}") from error
    if manifest.count != built.articles:
        raise RebuildError(
            f"snapshot {built.snapshot_id} holds {manifest.count} articles, "
            f"the catalog gave {built.articles}: {again}"
        )
