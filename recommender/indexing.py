"""Keep the live index current: encode what has no vector yet, and follow the catalog's change log."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from recommender.encoder.base import EmbeddingText
from recommender.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.live import LiveIndex
    from recommender.catalog import Catalog
    from recommender.encoder.base import Encoder

log = logging.getLogger(__name__)

_CHANGES_PER_STEP = 1_000
_ENCODED_PER_STEP = 256
_SLICE = 16


class Tailer:
    """Applies the catalog's changes to one process's live index, in the order of their revisions."""

    def __init__(self, catalog: Catalog, live: LiveIndex, *, encoder_id: str) -> None:
        self._catalog, self._live, self._encoder_id = catalog, live, encoder_id
        self._advanced = threading.Condition()
        self._writing = threading.Lock()

    def step(self) -> int:
        """Pick up a new snapshot if there is one, apply one batch of changes, return how many."""
        with self._writing:
            swapped = self._live.refresh()
            changes = self._catalog.changes_since(self._live.view().revision, limit=_CHANGES_PER_STEP)
            if changes:
                self._apply(sorted({change.row_id for change in changes}), revision=changes[-1].revision)
        if changes or swapped:
            with self._advanced:
                self._advanced.notify_all()
        return len(changes)

    def catch_up(self) -> None:
        """Apply everything that is in the catalog now."""
        while self.step():
            pass

    def wait_for(self, revision: int, *, timeout: float) -> bool:
        """Wait until `revision` is applied here; false when `timeout` seconds were not enough."""
        with self._advanced:
            return self._advanced.wait_for(lambda: self._live.view().revision >= revision, timeout)

    def _apply(self, row_ids: list[int], *, revision: int) -> None:
        """Bring these rows to the catalog's current state, whatever the changes between were."""
        states = {state.row_id: state for state in self._catalog.states(row_ids, self._encoder_id)}
        servable = [state for state in states.values() if state.servable]
        # A changed text keeps its old vector until the new one is ready: that is a change of its own.
        ready = [state for state in servable if state.vector is not None]
        gone = [row_id for row_id in row_ids if row_id not in states or not states[row_id].servable]
        rows = None
        if ready:
            vectors = [state.vector for state in ready if state.vector is not None]
            ids, articles = [state.row_id for state in ready], [state.article for state in ready]
            rows = rows_of(ids, articles, vectors, dim=self._live.dim)
        self._live.apply(rows, gone, revision=revision)


class Embedder:
    """Gives vectors to published articles that have none; one process does this for all."""

    def __init__(self, catalog: Catalog, encoder: Encoder) -> None:
        self._catalog, self._encoder = catalog, encoder

    def step(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Encode one batch, oldest change first, and return how many articles were waiting in it.

        Equal texts are encoded once. Vectors are durable, and announced, before this returns.
        """
        pending = self._catalog.pending(self._encoder.encoder_id, limit=_ENCODED_PER_STEP)
        if not pending:
            return 0
        texts = {stored.content_hash: EmbeddingText.of(stored.article) for stored in pending}
        started = time.monotonic()
        # by length, so that a slice has little padding; in slices, so that a draft never waits long
        hashes = sorted(texts, key=lambda content_hash: len(texts[content_hash].body))
        for first in range(0, len(hashes), _SLICE):
            part = hashes[first : first + _SLICE]
            vectors = self._encoder.encode([texts[content_hash] for content_hash in part])
            self._catalog.put_embeddings(self._encoder.encoder_id, dict(zip(part, vectors, strict=True)))
        seconds = time.monotonic() - started
        log.info("articles.encoded count=%d texts=%d seconds=%.2f", len(pending), len(texts), seconds)
        if progress is not None:
            progress(len(pending))
        return len(pending)

    def catch_up(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Encode everything that waits; return how many articles that were."""
        total = 0
        while done := self.step(progress=progress):
            total += done
        return total


def run_until(
    stop: threading.Event, work: threading.Event, step: Callable[[], int], *, interval_s: float, name: str
) -> None:
    """Call `step` until `stop` is set, at once while there is work, else after `work` or the interval.

    A failing step is logged and tried again after a growing pause of at most 10 seconds: a locked
    database or a full disk must not end the process that keeps everybody current.
    """
    failures = 0
    while not stop.is_set():
        try:
            busy = step() > 0
            failures = 0
        except Exception:
            failures += 1
            log.exception("loop.failed name=%s failures=%d", name, failures)
            stop.wait(min(10.0, interval_s * 2**failures))
            continue
        if not busy:
            work.wait(interval_s)
