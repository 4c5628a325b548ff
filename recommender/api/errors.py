"""Error class → HTTP status, in one table, and the handlers that answer by it."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from index import errors as index_errors
from index.rows import UnevenRowsError
from recommender import errors
from recommender.api.problem import problem
from recommender.errors import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger(__name__)

HTTP_STATUS: Mapping[type[Exception], int] = {
    errors.InvalidArticleError: 422,
    errors.InvalidRequestError: 422,
    errors.BodyTooLargeError: 413,
    errors.UnknownArticleError: 404,
    errors.UnauthorizedError: 401,
    errors.ForbiddenError: 403,
    errors.SourceError: 422,
    errors.EncoderError: 500,
    errors.EncoderUnavailableError: 503,
    errors.CatalogError: 503,
    errors.NotReadyError: 503,
    errors.RebuildError: 500,
    errors.RebuildRunningError: 409,
    errors.SettingsError: 500,
    index_errors.DimensionMismatchError: 503,
    index_errors.InvalidVectorError: 500,
    index_errors.SnapshotError: 500,
    index_errors.SnapshotCorruptError: 500,
    index_errors.SnapshotMismatchError: 503,
    index_errors.UnknownSnapshotError: 409,
    index_errors.NotReadyError: 503,
    UnevenRowsError: 500,
}
# What has no class of ours: the framework's own refusals, and what nobody foresaw.
HTTP_CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type"}
INTERNAL_ERROR = "internal_error"
_EXPLAINED_FIELDS = 20
_METHODS = ("GET", "PUT", "POST", "DELETE")


def install(app: FastAPI) -> None:
    """Make every foreseen way of failing answer in the one shape; `unexpected` is for the others."""
    app.add_exception_handler(errors.RecommenderError, _own)
    app.add_exception_handler(index_errors.VectorIndexError, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error of ours."""
    return next((HTTP_STATUS[cls] for cls in type(error).__mro__ if cls in HTTP_STATUS), 500)


def unexpected() -> Response:
    """Return the answer to an error that nobody foresaw; whoever caught it has logged it."""
    detail = "something unexpected failed here: the log has it under this request id"
    return problem(500, INTERNAL_ERROR, detail)


def _own(_request: Request, error: Exception) -> Response:
    status = status_of(error)
    code = getattr(error, "code", INTERNAL_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request.failed code=%s detail=%s", code, error)
    return problem(status, code, str(error))


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {
            "field": ".".join(str(part) for part in item["loc"]),
            "problem": item["msg"],
            "got": shown(item.get("input")),
        }
        for item in error.errors()[:_EXPLAINED_FIELDS]
    ]
    detail = "; ".join(f"{item['field']}: {item['problem']} (got {item['got']})" for item in fields)
    return problem(422, errors.InvalidRequestError.code, detail, errors=fields)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail, headers = str(error.detail), dict(error.headers or {})
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"nothing is at {shown(request.scope['path'])}: the addresses are listed at /docs"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = allowed = ", ".join(_allowed(request))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"got {request.method}, this address takes {allowed}"
    answer = problem(error.status_code, HTTP_CODES.get(error.status_code, "http_error"), detail)
    answer.headers.update(headers)
    return answer


def _allowed(request: Request) -> list[str]:
    # the router names the methods of the first route that fits, and there are several to an address
    methods = [method for method in _METHODS if _is_routed(request, method)]
    return [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]


def _is_routed(request: Request, method: str) -> bool:
    scope = {"type": "http", "method": method, "path": request.scope["path"], "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
