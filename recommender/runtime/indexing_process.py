"""The one process that holds a model: it encodes what waits in the catalog, and drafts for the workers."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

import orjson
import uvicorn
from filelock import FileLock
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from recommender.catalog import open_catalog
from recommender.encoder.base import EmbeddingText
from recommender.encoder.factory import create_encoder
from recommender.errors import EncoderError
from recommender.indexing import Embedder, run_until

if TYPE_CHECKING:
    from starlette.requests import Request

    from recommender.encoder.base import Encoder
    from recommender.settings import Settings

log = logging.getLogger(__name__)


def encoder_app(encoder: Encoder) -> Starlette:
    """Build the application behind the socket: texts in, float32 rows out."""
    identity = {"x-encoder-id": encoder.encoder_id}

    async def encode(request: Request) -> Response:
        texts = [EmbeddingText(*parts) for parts in orjson.loads(await request.body())]
        try:
            rows = await run_in_threadpool(encoder.encode, texts)
        except EncoderError as error:
            return Response(str(error), 500, headers=identity)
        return Response(rows.tobytes(), headers=identity, media_type="application/octet-stream")

    async def who(_request: Request) -> Response:
        return Response(orjson.dumps({"encoder_id": encoder.encoder_id, "dim": encoder.dim}))

    return Starlette(routes=[Route("/encode", encode, methods=["POST"]), Route("/identity", who)])


def run(settings: Settings) -> None:
    """Run until the process that started this one is gone, or a signal comes.

    Waits for another indexing process on the same data folder to end, so there is never a second.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.data_dir / "indexing.lock"):
        encoder = create_encoder(
            settings.model,
            cache_dir=settings.model_cache_dir,
            precision=settings.precision,
            device=settings.device,
            revision=settings.model_revision or None,
        )
        catalog = open_catalog(settings.catalog_url)
        stop, work = threading.Event(), threading.Event()
        embedder = Embedder(catalog, encoder)
        loop = threading.Thread(
            target=run_until,
            args=(stop, work, embedder.step),
            kwargs={"interval_s": settings.poll_interval_s, "name": "embedder"},
            name="embedder",
        )
        settings.encoder_socket.unlink(missing_ok=True)
        config = uvicorn.Config(
            encoder_app(encoder), uds=str(settings.encoder_socket), log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        threading.Thread(target=_end_with_parent, args=(server,), name="parent-watch", daemon=True).start()
        loop.start()
        log.info("encoder.ready id=%s pid=%d", encoder.encoder_id, os.getpid())
        try:
            server.run()
        finally:
            stop.set()
            work.set()
            loop.join()
            catalog.close()
            settings.encoder_socket.unlink(missing_ok=True)


def _end_with_parent(server: uvicorn.Server) -> None:
    # The parent holds the other end of standard input and never writes: it closes when the parent dies, however.
    while sys.stdin.buffer.read(1):
        pass
    server.should_exit = True
