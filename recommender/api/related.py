"""Routes that answer by id: the related list of an article, and the pages that show it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from recommender.api.address import Key
from recommender.api.answers import LIST_ANSWER, count, listed, rendered
from recommender.api.auth import core_of, require
from recommender.api.http import cached_answer, json_bytes
from recommender.api.options import MAX_LIMIT, Options
from recommender.api.schemas import Page, RelatedAnswer, ShownOn

router = APIRouter(
    prefix="/v1/sites/{site}/articles", tags=["related"], dependencies=[Depends(require("read"))]
)

# An incomplete list, of an article that is being encoded, must not stay in a cache.
_INCOMPLETE_MAX_AGE_S = 2
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has it already"}}


@router.get(
    "/{article_id:path}/related",
    response_model=RelatedAnswer,
    responses={**LIST_ANSWER, **_NOT_MODIFIED},
    summary="Articles to read next to a published article",
)
def related(request: Request, key: Key, options: Annotated[Options, Query()]) -> Response:
    """Answer with JSON, or with the finished HTML section when `Accept: text/html` asks for it."""
    core = core_of(request)
    found = listed(request, partial(core.recommender.related, key), options.ask(core.settings))
    count(found)
    content, media_type = rendered(request, key.site, key.id, found, explain=options.explain)
    return cached_answer(
        request,
        content,
        media_type=media_type,
        max_age_s=core.settings.cache_max_age_s if found.complete else _INCOMPLETE_MAX_AGE_S,
        public=core.settings.reads_are_open,
        revision=found.revision,
    )


@router.get(
    "/{article_id:path}/shown-on",
    response_model=ShownOn,
    responses=_NOT_MODIFIED,
    summary="Which pages show an article now",
)
def shown_on(
    request: Request, key: Key, limit: Annotated[int | None, Query(ge=1, le=MAX_LIMIT)] = None
) -> Response:
    """Answer with the pages whose list of `limit` contains the article: what a cache has to purge.

    Ask before the article is taken away: afterwards no page shows it, and this answers 404.
    """
    core = core_of(request)
    pages = core.recommender.shown_on(key, limit=limit or core.settings.limit)
    shown = [Page(id=page.id, url=page.url, title=page.title) for page in pages]
    return cached_answer(request, json_bytes(ShownOn(site=key.site, id=key.id, pages=shown)))
