"""The application factory."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI

from recommender import __version__
from recommender.api import articles, description, drafts, errors, index_routes, operations, related
from recommender.api.middleware import Observed
from recommender.api.slow import AT_ONCE
from recommender.runtime.core import Core
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def create_app(settings: Settings | None = None, *, core: Core | None = None) -> FastAPI:
    """Build the application; it opens its catalog and index when it starts and closes them when it stops.

    `core`, when given, is used as it is and left open: for tests, and for callers with their own.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.slow_calls = asyncio.Semaphore(AT_ONCE)
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
        description=description.TEXT,
        lifespan=lifespan,
        license_info={"name": "MIT"},
        responses=description.FAILURES,
        generate_unique_id_function=description.operation_id,
        # a redirect would lose https behind a proxy, and a body with some clients
        redirect_slashes=False,
    )
    errors.install(app)
    # a related list's address ends in more than an id, so it has to be tried before the id alone
    for part in (related, drafts, articles, index_routes, operations):
        app.include_router(part.router)
    app.add_middleware(Observed)
    description.install(app)
    return app
