"""Everything one process serves from, opened once: catalog, live index, encoder, the thread that follows."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from index import snapshot as snapshots
from index.inventory import inventory, newest_id
from index.live import LiveIndex
from recommender.calibration import calibration_for
from recommender.catalog import open_catalog
from recommender.embedding import Embedder
from recommender.encoder.base import EmbeddingText
from recommender.errors import CatalogError, EncoderUnavailableError, RebuildRunningError
from recommender.indexing import Tailer, run_until
from recommender.observability import ARTICLES, LAG, PENDING, REVISION
from recommender.retrieval import Query
from recommender.rows import terms_of
from recommender.runtime.checks import make_data_dir
from recommender.runtime.encoder_client import EncoderClient
from recommender.runtime.rebuilding import rebuild_progress, start_rebuild
from recommender.service import Recommender

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.article import Article
    from recommender.catalog import Catalog
    from recommender.encoder.base import Encoder
    from recommender.settings import Settings

log = logging.getLogger(__name__)

# From here on a language's mean says something; before, the vectors stand as the encoder gave them.
_FIRST_SNAPSHOT_FROM = 20
# A rebuild that fails is not tried again at once.
_REBUILD_PAUSE_S = 60.0


class Core:
    """One process's share of the service. `open`, `start`, use from any thread, `close`.

    With an encoder of its own the process also gives vectors to articles that have none; without
    one it asks the indexing process, and goes on answering by id when that is away.
    """

    def __init__(
        self, settings: Settings, catalog: Catalog, live: LiveIndex, encoder: Encoder, *, own: bool
    ) -> None:
        self.settings, self.catalog, self.live, self.encoder = settings, catalog, live, encoder
        self.recommender = Recommender(
            live,
            catalog,
            calibration=calibration_for(encoder.encoder_id),
            ranking=settings.ranking,
            cross_language=settings.cross_language,
        )
        self.tailer = Tailer(catalog, live, encoder_id=encoder.encoder_id)
        self._embedder = Embedder(catalog, encoder) if own else None
        self._stop, self._work = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._caught_up = False
        self._next_rebuild = 0.0

    @classmethod
    def open(cls, settings: Settings, *, encoder: Encoder | None = None) -> Self:
        """Open what is on disk; nothing runs yet.

        Raises `CatalogError`, `SettingsError`, or a `SnapshotError` when the live snapshot was
        built with another encoder or is damaged.
        """
        make_data_dir(settings)
        catalog = open_catalog(settings.catalog_url)
        try:
            used = encoder or EncoderClient.connect(settings)
            settings.snapshot_dir.mkdir(parents=True, exist_ok=True)
            live = LiveIndex.open(settings.snapshot_dir, encoder_id=used.encoder_id, dim=used.dim)
        except BaseException:
            catalog.close()
            raise
        return cls(settings, catalog, live, used, own=encoder is not None)

    def start(self) -> None:
        """Follow the catalog in the background; with an own encoder, also encode what waits."""
        # many requests at once, each a few small products: threads inside one would only fight
        threadpool_limits(limits=1, user_api="blas")
        self._run(self._follow, "tailer")
        if self._embedder is not None:
            self._run(self._embedder.step, "embedder")

    def close(self) -> None:
        """Stop the threads and release everything; requests must have ended before."""
        self._stop.set()
        self._work.set()
        for thread in self._threads:
            thread.join()
        self.live.close()
        self.catalog.close()
        if isinstance(self.encoder, EncoderClient):
            self.encoder.close()

    def wake(self) -> None:
        """Tell the follower that this process has just changed the catalog."""
        self._work.set()

    def wait_searchable(self, row_id: int, *, deadline: float) -> bool:
        """Wait until the row's newest state is what searches here see; false when `deadline` came first.

        `deadline` is on the monotonic clock. An unpublished row counts when it can no longer be found.
        """
        while True:
            # before the look: a vector that is still missing then is announced by a later one
            before = self.catalog.revision()
            state = self.catalog.states([row_id], self.encoder.encoder_id)
            left = deadline - time.monotonic()
            if state and (not state[0].servable or state[0].vector is not None):
                # after it: what was just seen is announced by now, so this much has to be applied
                seen = self.catalog.revision()
                return self.live.view().revision >= seen or self.tailer.wait_for(seen, timeout=max(0.0, left))
            if left <= 0:
                return False
            self.tailer.wait_for(before + 1, timeout=min(left, self.settings.poll_interval_s))

    def draft_query(self, draft: Article) -> Query:
        """Return the query for a text that is not stored. Raises `EncoderUnavailableError`."""
        raw = self.encoder.encode([EmbeddingText.of(draft)])
        vector = self.live.view().centre(raw, [draft.base_language])[0]
        return Query(np.asarray(vector), terms_of(draft), draft.base_language)

    def readiness(self) -> dict[str, Any]:
        """Return whether sections can be filled, and what does not work right now."""
        degraded = []
        if not self._encoder_answers():
            degraded.append("encoder: drafts and new articles wait; lists by id are answered")
        if self.tailer.refusal:
            degraded.append(f"snapshot: the one before goes on answering; {self.tailer.refusal}")
        detail = None if self._caught_up else "still applying the changes since the snapshot"
        try:
            # every list is checked against the catalog: without it there is no answer
            self.catalog.revision()
        except CatalogError:
            log.exception("catalog.unusable")
            detail = "the catalog cannot be read: see the log"
        return {
            "ready": detail is None,
            "snapshot": self.live.view().snapshot_id or None,
            "encoder_id": self.encoder.encoder_id,
            "degraded": degraded,
            "detail": detail,
        }

    def status(self) -> dict[str, Any]:
        """Return the state of the index as one document."""
        view, revision = self.live.view(), self.catalog.revision()
        return {
            **self.readiness(),
            "revision": view.revision,
            "catalog_revision": revision,
            "lag": max(0, revision - view.revision),
            "articles": view.count(),
            "pending": self.catalog.pending_count(self.encoder.encoder_id),
            "needs_rebuild": self.live.needs_compaction,
            "snapshots": [
                {
                    "id": info.id,
                    "live": info.is_current,
                    "articles": info.manifest.count,
                    "revision": info.manifest.revision,
                    "created_at": info.manifest.created_at,
                }
                for info in inventory(self.settings.snapshot_dir)
            ],
            "rebuild": rebuild_progress(self.settings),
        }

    def measure(self) -> None:
        """Set the gauges that describe the index."""
        view = self.live.view()
        ARTICLES.set(view.count())
        REVISION.set(view.revision)
        LAG.set(max(0, self.catalog.revision() - view.revision))
        PENDING.set(self.catalog.pending_count(self.encoder.encoder_id))

    def start_rebuild(self) -> int:
        """Start a rebuild in a process of its own; return its process id. Raises `RebuildRunningError`."""
        return start_rebuild(self.settings)

    def rollback(self) -> str:
        """Publish the previous snapshot and wait until this process serves it."""
        snapshot_id = snapshots.rollback(self.settings.snapshot_dir)
        self.tailer.catch_up()
        return snapshot_id

    def _follow(self) -> int:
        self._work.clear()
        count = self.tailer.step()
        if not count and not self._caught_up:
            self._caught_up = True
            view = self.live.view()
            log.info("index.ready articles=%d revision=%d pid=%d", view.count(), view.revision, os.getpid())
        if not count:
            self._rebuild_when_due()
        return count

    def _rebuild_when_due(self) -> None:
        """Start a rebuild when much has changed and nothing waits to be encoded.

        Without one the language means and term weights that relevance lives on would stay those of
        the last snapshot, or be missing where there is none yet.
        """
        if not isinstance(self.encoder, EncoderClient) or not self.settings.auto_rebuild:
            return
        view = self.live.view()
        if view.snapshot_id != newest_id(self.settings.snapshot_dir):
            # somebody went back, or a check refused the newest: a person decides what comes next
            return
        first = not view.snapshot_id and view.count() >= _FIRST_SNAPSHOT_FROM
        if not (first or self.live.needs_compaction) or time.monotonic() < self._next_rebuild:
            return
        if self.catalog.pending_count(self.encoder.encoder_id):
            return
        self._next_rebuild = time.monotonic() + _REBUILD_PAUSE_S
        with suppress(RebuildRunningError):
            start_rebuild(self.settings)

    def _encoder_answers(self) -> bool:
        if not isinstance(self.encoder, EncoderClient):
            return True
        try:
            self.encoder.ping()
        except EncoderUnavailableError:
            return False
        return True

    def _run(self, step: Callable[[], int], name: str) -> None:
        def loop() -> None:
            run_until(self._stop, self._work, step, interval_s=self.settings.poll_interval_s, name=name)

        thread = threading.Thread(target=loop, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
