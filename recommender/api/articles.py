"""Routes that put articles in, give them back and take them away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recommender.api.auth import core_of, require
from recommender.api.bulk import accept_lines
from recommender.api.examples import ARTICLE
from recommender.api.http import parse_object, read_body
from recommender.api.schemas import Stored, article_document
from recommender.article import ArticleKey, parse_article
from recommender.errors import InvalidArticleError, UnknownArticleError
from recommender.ingest import accept
from recommender.runtime.core import Core

if TYPE_CHECKING:
    from recommender.catalog import Accepted

router = APIRouter(prefix="/v1/sites/{site}/articles", tags=["articles"])

_SCHEMA = {"requestBody": {"required": True, "content": {"application/json": {"example": ARTICLE}}}}
_NDJSON = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": {"example": orjson.dumps({"id": "1", **ARTICLE}).decode() + "\n"}},
    }
}
Wait = Literal["", "searchable"]


@router.post(
    "/bulk",
    dependencies=[Depends(require("write"))],
    openapi_extra=_NDJSON,
    summary="Send many articles, one JSON object per line",
    response_class=Response,
)
async def bulk(request: Request, site: str) -> Response:
    """Answer with one result line per input line, in order. A bad line fails alone.

    Lines are made durable in batches while they arrive: what a result line says was accepted is
    safe, and if the connection breaks, sending everything again is harmless.
    """
    core = core_of(request)
    lines = [line async for line in accept_lines(request.stream(), core, site)]
    core.wake()
    return Response(b"".join(lines), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


@router.put(
    "/{article_id:path}",
    response_model=Stored,
    dependencies=[Depends(require("write"))],
    openapi_extra=_SCHEMA,
    summary="Add or replace one article",
)
async def put_article(request: Request, response: Response, site: str, article_id: str, wait: Wait = Query("")) -> Stored:
    """Store the article; when this answers 2xx it survives a crash.

    An article that is the same as the stored one changes nothing (`unchanged`); one with an older
    `updated_at` is not taken (`stale`). With `wait=searchable` the answer comes when the new text
    can be found, or after a time limit with `searchable: false` and status 202.
    """
    core = core_of(request)
    data = parse_object(await read_body(request, max_mb=core.settings.max_body_mb))
    stated = data.get("id", article_id)
    if str(stated) != article_id:
        raise InvalidArticleError(f"id: got {stated!r} in the body, but the address says {article_id!r}")
    article = parse_article({**data, "id": article_id}, site=site)
    accepted = (await run_in_threadpool(accept, core.catalog, [article], default_language=core.settings.default_language))[0]
    stored = await run_in_threadpool(_stored, core, accepted, wait=wait == "searchable")
    response.status_code = _status(stored, wait)
    return stored


@router.get("/{article_id:path}", dependencies=[Depends(require("write"))], summary="One article as it is stored")
def get_article(request: Request, site: str, article_id: str) -> dict[str, Any]:
    """Answer with every field, the revision and whether it is searchable. Needs `write`: drafts are shown too."""
    core = core_of(request)
    stored = core.catalog.get(ArticleKey(site, article_id))
    if stored is None or stored.deleted:
        raise UnknownArticleError(site, article_id)
    searchable = core.live.view().contains(stored.row_id)
    return {**article_document(stored.article), "revision": stored.revision, "searchable": searchable}


@router.delete(
    "/{article_id:path}",
    response_model=Stored,
    dependencies=[Depends(require("write"))],
    summary="Take an article away",
)
def delete_article(request: Request, site: str, article_id: str) -> Stored:
    """Delete the article; no list shows it from the moment this answers. Deleting twice is no error."""
    core = core_of(request)
    deleted = core.catalog.delete(ArticleKey(site, article_id))
    core.wake()
    return Stored(
        site=site, id=article_id, outcome=deleted.outcome, revision=deleted.revision, searchable=False
    )


def _stored(core: Core, accepted: Accepted, *, wait: bool) -> Stored:
    core.wake()
    deadline = time.monotonic() + (core.settings.wait_timeout_s if wait else 0.0)
    searchable = core.wait_searchable(accepted.row_id, deadline=deadline)
    return Stored(
        site=accepted.key.site,
        id=accepted.key.id,
        outcome=accepted.outcome,
        revision=accepted.revision,
        searchable=searchable,
    )


def _status(stored: Stored, wait: Wait) -> int:
    if wait == "searchable" and not stored.searchable:
        return 202
    return 201 if stored.outcome == "created" else 200
