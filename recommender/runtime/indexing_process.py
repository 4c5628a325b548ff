"""The one process that holds a model: it encodes what waits in the catalog, and drafts for the workers."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson
from filelock import FileLock
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from recommender.catalog import open_catalog
from recommender.embedding import Embedder
from recommender.encoder.base import EmbeddingText
from recommender.encoder.factory import create_encoder
from recommender.errors import EncoderError
from recommender.indexing import run_until
from recommender.runtime.checks import make_data_dir
from recommender.runtime.encoder_client import IDENTITY_HEADER
from recommender.runtime.listening import listen_locally
from recommender.runtime.processes import end_with_parent
from recommender.runtime.serving import Ending, run_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from recommender.encoder.base import Encoder
    from recommender.settings import Settings

log = logging.getLogger(__name__)

LOCK_FILE = "indexing.lock"
_LAST_BATCH_S = 3.0


def encoder_app(encoder: Encoder) -> Starlette:
    """Build the application behind the socket: texts in, float32 rows out."""
    identity = {IDENTITY_HEADER: encoder.encoder_id}

    async def encode(request: Request) -> Response:
        texts = [EmbeddingText(*parts) for parts in orjson.loads(await request.body())]
        try:
            rows = await run_in_threadpool(encoder.encode, texts)
        except EncoderError as error:
            return Response(str(error), 500, headers=identity)
        return Response(rows.tobytes(), headers=identity, media_type="application/octet-stream")

    async def who(_request: Request) -> Response:
        document = {"encoder_id": encoder.encoder_id, "dim": encoder.dim}
        return Response(orjson.dumps(document), headers=identity, media_type="application/json")

    return Starlette(routes=[Route("/encode", encode, methods=["POST"]), Route("/identity", who)])


def run(settings: Settings) -> None:
    """Run until a signal comes or the process that started this one is gone.

    Waits for another indexing process on the same data folder to end, so there is never a second.
    Raises `SettingsError`, `EncoderError`, `CatalogError`.
    """
    # until there is a server to stop, nothing here needs an orderly end
    ending = Ending()
    end_with_parent(ending)
    with FileLock(make_data_dir(settings) / LOCK_FILE):
        encoder = create_encoder(
            settings.model,
            cache_dir=settings.model_cache_dir,
            precision=settings.precision,
            device=settings.device,
            revision=settings.model_revision or None,
        )
        with listen_locally(settings.encoder_socket) as listener, _embedding(settings, encoder):
            log.info("encoder.ready id=%s pid=%d", encoder.encoder_id, os.getpid())
            run_server(encoder_app(encoder), listener, ending)
        settings.encoder_socket.unlink(missing_ok=True)


@contextmanager
def _embedding(settings: Settings, encoder: Encoder) -> Iterator[None]:
    """Give vectors to what waits in the catalog, in a thread, until the block ends."""
    catalog = open_catalog(settings.catalog_url)
    stop, work = threading.Event(), threading.Event()
    loop = threading.Thread(
        target=run_until,
        args=(stop, work, Embedder(catalog, encoder).step),
        kwargs={"interval_s": settings.poll_interval_s, "name": "embedder"},
        name="embedder",
        # each vector is durable by itself: a long batch is cut short rather than waited for
        daemon=True,
    )
    loop.start()
    try:
        yield
    finally:
        stop.set()
        work.set()
        loop.join(_LAST_BATCH_S)
        if not loop.is_alive():
            catalog.close()
