"""Keep the live index current: follow the catalog's change log, and go on whatever happens."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from index.errors import SnapshotError
from recommender.embedding import Embedder
from recommender.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.live import LiveIndex
    from recommender.catalog import Catalog

__all__ = ["Embedder", "Tailer", "run_until"]

log = logging.getLogger(__name__)

_CHANGES_PER_STEP: Final = 1_000
_LONGEST_PAUSE_S: Final = 10.0
# Looking at a refused snapshot again costs reading all of it.
_REFUSED_PAUSE_S: Final = 5.0


class Tailer:
    """Applies the catalog's changes to one process's live index, in the order of their revisions.

    A published snapshot that cannot be loaded (another encoder's, a damaged one) is refused and
    logged once; the present one goes on answering, and changes go on being applied. It is tried
    again every few seconds of `clock`.
    """

    def __init__(
        self,
        catalog: Catalog,
        live: LiveIndex,
        *,
        encoder_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog, self._live, self._encoder_id = catalog, live, encoder_id
        self._clock = clock
        self._refusal, self._refused_until = "", 0.0
        self._advanced = threading.Condition()
        self._writing = threading.Lock()

    def step(self) -> int:
        """Pick up a new snapshot if there is one, apply one batch of changes, return how many."""
        with self._writing:
            swapped = self._refreshed()
            changes = self._catalog.changes_since(self._live.view().revision, limit=_CHANGES_PER_STEP)
            if changes:
                self._apply(sorted({change.row_id for change in changes}), revision=changes[-1].revision)
        if changes or swapped:
            with self._advanced:
                self._advanced.notify_all()
        return len(changes)

    @property
    def refusal(self) -> str:
        """Why the published snapshot is not the one that answers; empty when all is well."""
        return self._refusal

    def catch_up(self) -> None:
        """Apply everything that is in the catalog now."""
        while self.step():
            pass

    def wait_for(self, revision: int, *, timeout: float) -> bool:
        """Wait until `revision` is applied here; false when `timeout` seconds were not enough."""
        with self._advanced:
            return self._advanced.wait_for(lambda: self._live.view().revision >= revision, timeout)

    def _refreshed(self) -> bool:
        if self._refusal and self._clock() < self._refused_until:
            return False
        try:
            swapped = self._live.refresh()
        except SnapshotError as error:
            if str(error) != self._refusal:
                log.error("snapshot.refused serving=%s error=%s", self._live.view().snapshot_id, error)  # noqa: TRY400 - the message says it all
            self._refusal, self._refused_until = str(error), self._clock() + _REFUSED_PAUSE_S
            return False
        self._refusal = ""
        return swapped

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
            # the exponent has an end too: a float overflows after some hours of failing
            stop.wait(min(_LONGEST_PAUSE_S, interval_s * 2 ** min(failures, 16)))
            continue
        if not busy:
            work.wait(interval_s)
