"""Error class → HTTP status, in one table, and the one shape every error answer has (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from index import errors as index_errors
from recommender import errors
from recommender.observability import request_id

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
}
_RETRY_AFTER_S = 2
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 415: "unsupported_media_type", 406: "not_acceptable"}


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return a problem+json answer; `code` is stable, `detail` is for people."""
    document = {
        "type": f"urn:aehnliche-artikel:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id.get(),
        **more,
    }
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    body = orjson.dumps(document)
    return Response(body, status, headers=headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Make every way of failing answer in the one shape."""
    app.add_exception_handler(errors.RecommenderError, _own)
    app.add_exception_handler(index_errors.VectorIndexError, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error of ours."""
    return next((HTTP_STATUS[cls] for cls in type(error).__mro__ if cls in HTTP_STATUS), 500)


def _own(_request: Request, error: Exception) -> Response:
    status = status_of(error)
    code = getattr(error, "code", "internal_error")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request.failed code=%s detail=%s", code, error)
    return problem(status, code, str(error))


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {"field": ".".join(str(part) for part in item["loc"]), "problem": item["msg"], "got": _short(item.get("input"))}
        for item in error.errors()
    ]
    detail = "; ".join(f"{item['field']}: {item['problem']} (got {item['got']})" for item in fields)
    return problem(422, errors.InvalidRequestError.code, detail, errors=fields)


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = problem(error.status_code, _HTTP_CODES.get(error.status_code, "http_error"), str(error.detail))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("request.crashed", exc_info=error)
    return problem(500, "internal_error", "something unexpected failed here; the log has it under this request id")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
