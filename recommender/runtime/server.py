"""`serve`: the indexing process beside the workers that answer, started and stopped as one."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from recommender.catalog import open_catalog
from recommender.errors import SettingsError
from recommender.runtime.environment import environment_of
from recommender.settings import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.settings import Settings

log = logging.getLogger(__name__)

_DRAIN_S = 20
_RESTART_PAUSE_S = 1.0


def serve(settings: Settings, *, app: str = "recommender.api.app:create_app") -> None:
    """Serve until a signal comes; requests under way are answered first.

    `app` is the import path of an application factory that reads its settings from the
    environment. Raises `SettingsError` when the address is public and nobody could be refused.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _refuse_unguarded(settings)
    os.environ.update(environment_of(settings))
    with tempfile.TemporaryDirectory(prefix="recommender-metrics-") as metrics:
        if settings.workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        with indexing_process():
            uvicorn.run(
                app,
                factory=True,
                host=settings.host,
                port=settings.port,
                workers=settings.workers,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=_DRAIN_S,
                server_header=False,
            )


@contextmanager
def indexing_process() -> Iterator[None]:
    """Keep an indexing process running, a new one when it dies, until the block ends."""
    stop = threading.Event()
    watch = threading.Thread(target=_keep_running, args=(stop,), name="indexing-watch")
    watch.start()
    try:
        yield
    finally:
        stop.set()
        watch.join()


def _keep_running(stop: threading.Event) -> None:
    while not stop.is_set():
        command = [sys.executable, "-m", "recommender", "indexing-process"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own module
            log.info("indexing.started pid=%d", process.pid)
            while process.poll() is None and not stop.wait(0.2):
                pass
            if stop.is_set():
                process.terminate()
        if not stop.is_set():
            log.error("indexing.died status=%s: a new one starts", process.returncode)
            stop.wait(_RESTART_PAUSE_S)


def _refuse_unguarded(settings: Settings) -> None:
    if is_loopback(settings.host) or settings.allow_no_keys:
        return
    catalog = open_catalog(settings.catalog_url)
    try:
        guarded = any(key.revoked_at is None for key in catalog.list_keys())
    finally:
        catalog.close()
    if not guarded:
        raise SettingsError(
            f"refusing to listen on {settings.host}: there is no API key yet, so anybody could ask and nobody "
            "could write. Make one with 'recommender keys create NAME --scope admin', or say "
            "RECOMMENDER_ALLOW_NO_KEYS=true if something in front guards it"
        )
