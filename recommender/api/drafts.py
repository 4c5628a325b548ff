"""Routes that are sent what to relate: a draft's text, or many ids at once."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recommender.api.address import Site
from recommender.api.answers import LIST_ANSWER, count, listed, rendered
from recommender.api.article_schemas import sent_article
from recommender.api.auth import core_of, require
from recommender.api.examples import BATCH, DRAFT
from recommender.api.http import read_object
from recommender.api.options import Options
from recommender.api.schemas import BatchAnswer, BatchFailure, BatchRequest, RelatedAnswer
from recommender.api.slow import run_slow
from recommender.article import Article, ArticleKey
from recommender.errors import UnknownArticleError
from recommender.ingest import clean_article

if TYPE_CHECKING:
    from recommender.runtime.core import Core
    from recommender.service import Ask, RelatedList

router = APIRouter(
    prefix="/v1/sites/{site}/related", tags=["related"], dependencies=[Depends(require("read"))]
)


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    response_model=RelatedAnswer,
    responses=LIST_ANSWER,
    summary="Articles related to a draft; nothing is stored",
    openapi_extra=_body({"$ref": "#/components/schemas/Article"}, DRAFT),
)
async def related_to_draft(request: Request, site: Site, options: Annotated[Options, Query()]) -> Response:
    """Encode the text that was sent and answer as for a stored article. An `id` leaves that article out."""
    core = core_of(request)
    ask = options.ask(core.settings)
    data = await read_object(request, max_mb=core.settings.max_body_mb)
    named = data.get("id") not in (None, "")
    # without an id it must not be taken for a stored article, whatever that one is called
    draft = sent_article(data if named else {**data, "id": uuid.uuid4().hex}, site=site)
    found = await run_slow(request, _answer_draft, request, draft, ask)
    count(found)
    content, media_type = rendered(request, site, draft.id if named else None, found, explain=options.explain)
    return Response(content, media_type=media_type)


@router.post(
    "/batch",
    summary="Related lists of up to 100 articles in one call",
    openapi_extra=_body(BatchRequest.model_json_schema(), BATCH),
)
async def related_batch(request: Request, site: Site, options: Annotated[Options, Query()]) -> BatchAnswer:
    """Answer for each id in the order asked; one unknown id does not spoil the others."""
    core = core_of(request)
    ask = options.ask(core.settings)
    data = await read_object(request, max_mb=core.settings.max_body_mb)
    try:
        wanted = BatchRequest.model_validate(data)
    except ValidationError as error:
        problems = [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        raise RequestValidationError(problems) from error
    return await run_in_threadpool(_answer_batch, core, site, wanted.ids, ask)


def _answer_draft(request: Request, draft: Article, ask: Ask) -> RelatedList:
    core = core_of(request)
    clean = clean_article(draft, default_language=core.settings.default_language)
    return listed(request, partial(core.recommender.related_to, clean, core.draft_query(clean)), ask)


def _answer_batch(core: Core, site: str, ids: list[str], ask: Ask) -> BatchAnswer:
    results: list[RelatedAnswer | BatchFailure] = []
    for article_id in ids:
        try:
            found = core.recommender.related(ArticleKey(site, article_id.strip()), ask)
        except UnknownArticleError as error:
            results.append(BatchFailure(site=site, id=article_id, code=error.code, detail=str(error)))
        else:
            count(found)
            results.append(RelatedAnswer.of(site, article_id, found, explain=ask.explain))
    return BatchAnswer(results=results)
