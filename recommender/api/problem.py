"""The one shape that every error answer has (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from recommender.observability import request_id

_RETRY_AFTER_S = 2


class FieldProblem(BaseModel):
    """One parameter or field that is wrong."""

    field: str
    problem: str
    got: str


class Problem(BaseModel):
    """An error as RFC 9457 has it: `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str = Field(description="What was got, what was wanted, what to do")
    request_id: str = Field(description="Also in the header X-Request-ID and in the server's log")
    errors: list[FieldProblem] = Field(default=[], description="Each parameter or field that is wrong")


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
