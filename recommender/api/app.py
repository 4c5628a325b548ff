"""The application factory."""

from __future__ import annotations

import re
import time
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from recommender import __version__
from recommender.api import articles, errors, index_routes, operations, related
from recommender.observability import REQUEST_SECONDS, REQUESTS, request_id
from recommender.runtime.core import Core
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_DESCRIPTION = """\
Related articles for news sites. Send articles, ask what to read next.

Errors are `application/problem+json` (RFC 9457) with a stable `code`.
"""


def create_app(settings: Settings | None = None, *, core: Core | None = None) -> FastAPI:
    """Build the application; it opens its catalog and index when it starts and closes them when it stops.

    `core`, when given, is used as it is and left open: for tests, and for callers with their own.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if core is not None:
            app.state.core = core
            yield
            return
        app.state.core = own = Core.open(settings or Settings())
        own.start()
        try:
            yield
        finally:
            own.close()

    app = FastAPI(
        title="Ähnliche Artikel",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        license_info={"name": "MIT"},
    )
    errors.install(app)
    # a related list's address ends in more than an id, so it has to be tried before the id alone
    for part in (related, articles, index_routes, operations):
        app.include_router(part.router)
    app.add_middleware(Observed)
    return app


class Observed:
    """Gives each request an id, measures it, and sends the id back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        # a caller's id goes into logs and headers: only harmless characters, or a new one
        token = request_id.set(given if _SAFE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex)
        started, status = time.perf_counter(), 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.get().encode())]
            await send(message)

        try:
            await self._app(scope, receive, observed_send)
        finally:
            # the route's template, not the path: a metric per article would never end
            route = getattr(scope.get("route"), "path", "unmatched")
            REQUESTS.labels(route, scope["method"], str(status)).inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - started)
            request_id.reset(token)
