"""What happens around every request: its id, its measure, HEAD, and an answer whatever goes wrong."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from recommender.api.errors import unexpected
from recommender.observability import REQUEST_SECONDS, REQUESTS, request_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_CLIENT_GONE = 499


class Observed:
    """Gives each request an id, measures it, answers HEAD like GET, and turns a crash into an answer.

    The id comes back as `X-Request-ID`. What says nothing about caching must not be cached.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other traffic passes untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        # a caller's id goes into logs and headers: only harmless characters, or a new one
        identity = given if _SAFE_REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(identity)
        answer = _Answer(send, identity, has_body=scope["method"] != "HEAD")
        # a copy: the server has to go on knowing that it was HEAD
        inner = scope if answer.has_body else {**scope, "method": "GET"}
        started = time.perf_counter()
        try:
            await self._answered(inner, receive, answer)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            # the route's template, not the path: a metric per article would never end
            route = getattr(inner.get("route"), "path", "unmatched")
            REQUESTS.labels(route, method, str(answer.status)).inc()
            REQUEST_SECONDS.labels(route).observe(time.perf_counter() - started)
            request_id.reset(token)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = _CLIENT_GONE
            log.info("request.abandoned")
        except Exception:
            log.exception("request.crashed")
            if answer.started:
                raise
            await unexpected()(scope, receive, answer.send)


class _Answer:
    """Sends an answer on, with what every answer has."""

    def __init__(self, send: Send, identity: str, *, has_body: bool) -> None:
        self._send, self._identity = send, identity.encode()
        self.has_body, self.started, self.status = has_body, False, 500

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started, self.status = True, message["status"]
            headers = [*message["headers"], (b"x-request-id", self._identity)]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and not self.has_body:
            message = {**message, "body": b""}
        await self._send(message)
