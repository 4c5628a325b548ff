"""Routes that put articles in, give them back and take them away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recommender.api.address import Key, Site
from recommender.api.article_schemas import ArticleAnswer, Stored, article_document, sent_article
from recommender.api.auth import core_of, require
from recommender.api.bulk import accept_lines
from recommender.api.examples import ARTICLE, NDJSON, NDJSON_RESULT, STORED
from recommender.api.http import cached_answer, read_object, refuse_compressed
from recommender.api.slow import run_slow
from recommender.article import ArticleKey
from recommender.errors import InvalidArticleError, UnknownArticleError
from recommender.ingest import accept

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.catalog import Accepted
    from recommender.runtime.core import Core

router = APIRouter(
    prefix="/v1/sites/{site}/articles", tags=["articles"], dependencies=[Depends(require("write"))]
)

_JSON_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Article"}, "example": ARTICLE}
        },
    }
}
_NDJSON_BODY = {
    "requestBody": {"required": True, "content": {"application/x-ndjson": {"example": NDJSON}}},
}
_NDJSON_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One result line per input line, in order",
        "content": {"application/x-ndjson": {"example": NDJSON_RESULT}},
    }
}
_STORED = {"content": {"application/json": {"example": STORED}}}
_PUT_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "Updated, unchanged or stale", **_STORED},
    201: {"model": Stored, "description": "Created", **_STORED},
    202: {"model": Stored, "description": "Stored, but not searchable within the time limit", **_STORED},
}
Wait = Annotated[
    Literal["", "searchable"], Query(description="`searchable`: answer when searches find the new text")
]


@router.post(
    "/bulk",
    openapi_extra=_NDJSON_BODY,
    responses=_NDJSON_ANSWER,
    summary="Send many articles, one JSON object per line",
    response_class=Response,
)
async def bulk(request: Request, site: Site) -> Response:
    """Answer with one result line per input line, in order. A bad line fails alone.

    Lines are made durable in batches while they arrive: what a result line says was accepted is
    safe, and if the connection breaks, sending everything again is harmless.
    """
    refuse_compressed(request)
    core = core_of(request)
    lines = [line async for line in accept_lines(request.stream(), core, site)]
    core.wake()
    return Response(b"".join(lines), media_type="application/x-ndjson")


@router.put(
    "/{article_id:path}",
    openapi_extra=_JSON_BODY,
    responses=_PUT_ANSWERS,
    summary="Add or replace one article",
)
async def put_article(request: Request, response: Response, key: Key, wait: Wait = "") -> Stored:
    """Store the article; when this answers 2xx it survives a crash.

    An article that is the same as the stored one changes nothing (`unchanged`); one with an older
    `updated_at` is not taken (`stale`). With `wait=searchable` the answer comes when the new text
    can be found, or after a time limit with `searchable: false` and status 202.
    """
    core = core_of(request)
    article = _article(await read_object(request, max_mb=core.settings.max_body_mb), key)
    accepted = await run_in_threadpool(_accepted, core, article)
    core.wake()
    if wait:
        deadline = time.monotonic() + core.settings.wait_timeout_s
        settled = await run_slow(request, core.wait_searchable, accepted.row_id, deadline=deadline)
    else:
        settled = await run_in_threadpool(core.wait_searchable, accepted.row_id, deadline=time.monotonic())
    response.status_code = _status(accepted, late=bool(wait) and not settled)
    return Stored(
        site=key.site,
        id=key.id,
        outcome=accepted.outcome,
        revision=accepted.revision,
        searchable=settled and core.live.view().contains(accepted.row_id),
    )


@router.get("/{article_id:path}", response_model=ArticleAnswer, summary="One article as it is stored")
def get_article(request: Request, key: Key) -> Response:
    """Answer with every field and the revision. Needs `write`, because drafts are shown too."""
    core = core_of(request)
    stored = core.catalog.get(key)
    if stored is None or stored.deleted:
        raise UnknownArticleError(*key)
    searchable = core.live.view().contains(stored.row_id)
    document = {**article_document(stored.article), "revision": stored.revision, "searchable": searchable}
    return cached_answer(request, to_json(document))


@router.delete("/{article_id:path}", summary="Take an article away")
def delete_article(request: Request, key: Key) -> Stored:
    """Delete the article; no list shows it from the moment this answers. Deleting twice is no error."""
    core = core_of(request)
    deleted = core.catalog.delete(key)
    core.wake()
    return Stored(
        site=key.site, id=key.id, outcome=deleted.outcome, revision=deleted.revision, searchable=False
    )


def _article(data: dict[str, Any], key: ArticleKey) -> Article:
    stated = data.get("id")
    if stated is not None and str(stated).strip() != key.id:
        raise InvalidArticleError(f"id: got {stated!r} in the body, but the address says {key.id!r}")
    return sent_article({**data, "id": key.id}, site=key.site)


def _accepted(core: Core, article: Article) -> Accepted:
    return accept(core.catalog, [article], default_language=core.settings.default_language)[0]


def _status(accepted: Accepted, *, late: bool) -> int:
    if late:
        return 202
    return 201 if accepted.outcome == "created" else 200
