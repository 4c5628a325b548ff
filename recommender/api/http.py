"""Reading bodies and writing answers: limits, JSON errors that help, ETag and Cache-Control."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from recommender.errors import BodyTooLargeError, InvalidRequestError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

MIB = 1_048_576
_BOM = b"\xef\xbb\xbf"
_JSON_NAMES = {
    list: "array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


async def read_object(request: Request, *, max_mb: int) -> dict[str, Any]:
    """Return the JSON object in the request's body, at most `max_mb` MiB of it.

    Raises `BodyTooLargeError` beyond that, `InvalidRequestError` for what is no JSON object.
    """
    refuse_compressed(request)
    limit = max_mb * MIB
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > limit:
        raise BodyTooLargeError(_too_large(int(stated), max_mb))
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(_too_large(len(body), max_mb))
    return parse_object(bytes(body))


def refuse_compressed(request: Request) -> None:
    """Answer 415 to a compressed body: read as it is, it would only look like broken text."""
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        raise HTTPException(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Content-Encoding: got {coding!r}, wanted none: send the body uncompressed",
            {"Accept-Encoding": "identity"},
        )


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises `InvalidRequestError` saying where it goes wrong."""
    text = body.removeprefix(_BOM)
    if not text.strip():
        raise InvalidRequestError("the body is empty: send one JSON object")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(_explain(text, error)) from error
    if not isinstance(value, dict):
        name = _JSON_NAMES[type(value)]
        raise InvalidRequestError(f'got a JSON {name}, wanted one object: {{"title": …}}')
    return value


def cached_answer(
    request: Request,
    content: bytes,
    *,
    media_type: str = "application/json",
    max_age_s: int = 0,
    public: bool = False,
    revision: int | None = None,
) -> Response:
    """Return `content` with validators, or 304 when the caller has it already.

    A cache may keep it for `max_age_s` seconds and show it for as long again while it asks for the
    new one; with 0 it has to ask each time.
    """
    etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    kept = f"max-age={max_age_s}, stale-while-revalidate={max_age_s}" if max_age_s else "no-cache"
    headers = {
        "ETag": etag,
        "Cache-Control": f"{'public' if public else 'private'}, {kept}",
        "Vary": "Accept" if public else "Accept, Authorization",
    }
    if revision is not None:
        headers["X-Index-Revision"] = str(revision)
    if _matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


def json_bytes(model: BaseModel) -> bytes:
    """Return a model as compact JSON; absent optional parts are null."""
    return orjson.dumps(model.model_dump(mode="json"))


def wants_html(request: Request) -> bool:
    """Say whether the caller asks for the section as HTML rather than JSON."""
    accepted = request.headers.get("accept", "").lower()
    return "text/html" in accepted and "application/json" not in accepted


def _matches(header: str, etag: str) -> bool:
    # weak comparison, as RFC 9110 asks for If-None-Match: a proxy may have marked it W/ after compressing
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def _too_large(size: int, max_mb: int) -> str:
    return (
        f"the body has {size:,} bytes or more, at most {max_mb} MiB are taken: "
        "send less, or raise RECOMMENDER_MAX_BODY_MB"
    )


def _explain(body: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return f"the body is not UTF-8 (byte {wrong.start}): send JSON as UTF-8, as RFC 8259 asks"
    return f"the body is not JSON: {error}"
