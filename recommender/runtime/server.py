"""`serve`: the indexing process beside the workers that answer, started and stopped as one."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from recommender.encoder.identity import static_identity
from recommender.errors import NotReadyError
from recommender.runtime.checks import check_snapshot
from recommender.runtime.encoder_client import ask_identity
from recommender.runtime.environment import METRICS_FOLDER, environment_of
from recommender.runtime.processes import Child, end_all, stop_signals
from recommender.runtime.serving import DRAIN_S

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from recommender.runtime.processes import Stop
    from recommender.settings import Settings

log = logging.getLogger(__name__)

APP = "recommender.api.app:create_app"
_POLL_S = 0.1
_HOPELESS_DEATHS = 5
# A vector is durable as soon as it is there, so the indexing process is not waited for long.
_END_INDEXING_WITHIN_S = 5


def serve(
    settings: Settings, listener: socket.socket, *, app: str = APP, started: Callable[[], None] | None = None
) -> None:
    """Serve on `listener` until a signal comes; requests under way are answered first.

    `app` is the import path of an application factory that reads its settings from the environment;
    `started` is called once the processes run. Call `check_startable` before. Raises `SnapshotError` when
    the live snapshot is damaged or of another encoder, `NotReadyError` when no worker stays alive, and
    `SystemExit` when the model cannot be loaded and nothing is indexed.
    """
    with listener, stop_signals() as stop, _metrics(settings) as metrics:
        known = static_identity(settings.model)
        if known is not None:
            check_snapshot(settings, known[0])
        environment = {**os.environ, **environment_of(settings)}
        indexing = Child("indexing", ["indexing-process"], environment=environment)
        workers = _workers(settings.workers, app, listener.fileno(), environment | metrics)
        try:
            indexing.start()
            if known is None:
                _await_model(settings, indexing, stop)
            for worker in workers:
                worker.start()
            if started is not None and not stop.asked:
                started()
            _keep_running(indexing, workers, stop)
        finally:
            log.info("server.stopping workers=%d", len(workers))
            # closed here first: new callers are refused while those inside are answered
            listener.close()
            end_all(workers, stop, within_s=DRAIN_S + 5)
            end_all([indexing], stop, within_s=_END_INDEXING_WITHIN_S)


def _workers(count: int, app: str, descriptor: int, environment: Mapping[str, str]) -> list[Child]:
    arguments = ["worker", app, str(descriptor)]
    return [
        Child("worker", arguments, environment=environment, descriptors=[descriptor]) for _ in range(count)
    ]


def _keep_running(indexing: Child, workers: Sequence[Child], stop: Stop) -> None:
    while not stop.asked:
        for child in (indexing, *workers):
            child.keep()
        # without the indexing process lists by id are still answered; without a worker nothing is
        if all(worker.deaths >= _HOPELESS_DEATHS for worker in workers):
            raise NotReadyError(
                f"no worker stays alive ({_HOPELESS_DEATHS} attempts): the log above says why; "
                "'recommender doctor' checks what a worker needs"
            )
        time.sleep(_POLL_S)


def _await_model(settings: Settings, indexing: Child, stop: Stop) -> None:
    """Wait until a model has loaded that only then says what it is, and compare it with the live snapshot.

    One that cannot be loaded is no obstacle where there is a snapshot to answer from; else `SystemExit`.
    """
    while not stop.asked:
        identity = ask_identity(settings.encoder_socket)
        if identity is not None:
            check_snapshot(settings, identity[0])
            return
        if indexing.status is not None:
            # it has said why
            if not check_snapshot(settings, None):
                raise SystemExit(1)
            return
        time.sleep(_POLL_S)


@contextmanager
def _metrics(settings: Settings) -> Iterator[dict[str, str]]:
    """Give several workers a folder in which they add up their metrics."""
    if settings.workers == 1:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="recommender-metrics-") as folder:
        yield {METRICS_FOLDER: folder}
