"""Who may do what: API keys with scopes, and reads without a key where the settings allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from recommender.errors import ForbiddenError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from recommender.catalog import KeyRecord
    from recommender.runtime.core import Core

# A higher scope includes the lower ones.
SCOPES = ("read", "write", "admin")
_bearer = HTTPBearer(auto_error=False, description="API key made by `recommender keys create`")


def core_of(request: Request) -> Core:
    """Return what this process serves from."""
    core: Core = request.app.state.core
    return core


def require(scope: str) -> Callable[..., Coroutine[None, None, None]]:
    """Return a dependency that lets a request pass only with a key of `scope` or above.

    Raises `UnauthorizedError` without a valid key and `ForbiddenError` when the key's scope or
    site does not cover the request.
    """

    async def check(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)] = None
    ) -> None:
        core = core_of(request)
        # on the event loop: an open read must not queue for a worker thread twice
        if scope == "read" and credentials is None and core.settings.reads_are_open:
            return
        if credentials is None:
            raise UnauthorizedError(
                f"this needs an API key with scope {scope!r}: send it as 'Authorization: Bearer KEY'; "
                f"make one with 'recommender keys create NAME --scope {scope}'"
            )
        key = await run_in_threadpool(core.catalog.authenticate, credentials.credentials)
        if key is None:
            raise UnauthorizedError("this API key is not known or was revoked: see 'recommender keys list'")
        _demand(key, scope, request.path_params.get("site"))

    return check


def _demand(key: KeyRecord, scope: str, site: str | None) -> None:
    if not any(SCOPES.index(held) >= SCOPES.index(scope) for held in key.scopes):
        held = ", ".join(sorted(key.scopes))
        raise ForbiddenError(f"the key {key.name!r} has scope {held}, this needs {scope}: use another key")
    if key.site is not None and site != key.site:
        about = "all sites" if site is None else f"site {site!r}"
        raise ForbiddenError(
            f"the key {key.name!r} is for site {key.site!r}, this is about {about}: use another key"
        )
