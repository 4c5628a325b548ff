"""Who may do what: API keys with scopes, and reads without a key where the settings allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation at run time

from recommender.errors import ForbiddenError, UnauthorizedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recommender.runtime.core import Core

# A higher scope includes the lower ones.
SCOPES = ("read", "write", "admin")
_bearer = HTTPBearer(auto_error=False, description="API key made by `recommender keys create`")


def core_of(request: Request) -> Core:
    """Return what this process serves from."""
    core: Core = request.app.state.core
    return core


def require(scope: str) -> Callable[..., None]:
    """Return a dependency that lets a request pass only with a key of `scope` or above.

    Raises `UnauthorizedError` without a valid key and `ForbiddenError` when the key's scope or
    site does not cover the request.
    """

    def check(request: Request, credentials: HTTPAuthorizationCredentials | None = Depends(_bearer)) -> None:
        core = core_of(request)
        if scope == "read" and credentials is None and core.settings.reads_are_open:
            return
        if credentials is None:
            raise UnauthorizedError(
                f"this needs an API key with scope {scope!r}: send it as 'Authorization: Bearer KEY'; "
                f"make one with 'recommender keys create NAME --scope {scope}'"
            )
        key = core.catalog.authenticate(credentials.credentials)
        if key is None:
            raise UnauthorizedError("this API key is not known or was revoked: see 'recommender keys list'")
        if not any(SCOPES.index(held) >= SCOPES.index(scope) for held in key.scopes):
            raise ForbiddenError(f"the key {key.name!r} has scope {', '.join(sorted(key.scopes))}, this needs {scope}")
        site = request.path_params.get("site")
        if key.site is not None and site != key.site:
            raise ForbiddenError(f"the key {key.name!r} is for site {key.site!r}, this is about {site or 'all sites'!r}")

    return check
