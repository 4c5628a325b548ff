"""Routes that answer with related articles: by id, by draft, many at once; and where one is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recommender.api.auth import core_of, require
from recommender.api.examples import DRAFT, RELATED
from recommender.api.http import cached_answer, json_bytes, parse_object, read_body, wants_html
from recommender.api.schemas import BatchAnswer, BatchFailure, Page, RelatedAnswer, ShownOn
from recommender.article import Article, ArticleKey, parse_article
from recommender.errors import InvalidRequestError, RecommenderError
from recommender.ingest import clean_article
from recommender.observability import EMPTY_LISTS, RELATED_ITEMS
from recommender.runtime.core import Core
from recommender.service import Ask, RelatedList
from recommender.web.cards import Card
from recommender.web.fragment import render_section

router = APIRouter(prefix="/v1/sites/{site}", tags=["related"], dependencies=[Depends(require("read"))])

# An incomplete list, of an article that is being encoded, must not stay in a cache.
_INCOMPLETE_MAX_AGE_S = 2
_PROFILES = ("", "mixed")
_MAX_BATCH = 100


class Options(BaseModel):
    """The query parameters every related list takes."""

    model_config = ConfigDict(extra="forbid")

    limit: int | None = Field(default=None, ge=1, le=50, description="How many articles, at most")
    profile: str = Field(default="", description="`mixed` (default)")
    exclude: str = Field(default="", description="Article ids that must not appear, separated by commas")
    languages: str = Field(
        default="", description="Languages to offer, separated by commas; `any` for all; empty: the article's own"
    )
    explain: bool = Field(default=False, description="Add every score part and what was dropped, and why")
    min_relevance: float | None = Field(default=None, ge=0, le=1, description="Least relevance of a related item")

    def ask(self, core: Core) -> Ask:
        """Turn the parameters into what the service takes. Raises `InvalidRequestError`."""
        if self.profile not in _PROFILES:
            raise InvalidRequestError(f"profile: got {self.profile!r}, this version knows 'mixed'")
        named = frozenset(code.strip().lower() for code in self.languages.split(",") if code.strip())
        languages = None if not named else frozenset() if "any" in named else named
        ranking = core.settings.ranking
        if self.min_relevance is not None:
            ranking = replace(ranking, min_relevance=self.min_relevance)
        return Ask(
            limit=self.limit or core.settings.limit,
            exclude=frozenset(part.strip() for part in self.exclude.split(",") if part.strip()),
            languages=languages,
            explain=self.explain,
            ranking=ranking,
        )


class BatchRequest(BaseModel):
    """Which articles a batch asks for."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(min_length=1, max_length=1_000)]] = Field(min_length=1, max_length=_MAX_BATCH)


@router.get(
    "/articles/{article_id:path}/related",
    response_model=RelatedAnswer,
    responses={200: {"content": {"application/json": {"example": RELATED}, "text/html": {}}}},
    summary="Articles to read next to a published article",
)
def related(request: Request, site: str, article_id: str, options: Annotated[Options, Query()]) -> Response:
    """Answer with JSON, or with the finished HTML section when `Accept: text/html` asks for it."""
    core = core_of(request)
    found = core.recommender.related(ArticleKey(site, article_id), options.ask(core))
    _count(found)
    return _render(request, core, site, article_id, found, options)


@router.post(
    "/related",
    response_model=RelatedAnswer,
    summary="Articles related to a draft; nothing is stored",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"example": DRAFT}}}},
)
async def related_to_draft(request: Request, site: str, options: Annotated[Options, Query()]) -> Response:
    """Encode the text that was sent and answer as for a stored article. An `id` leaves that article out."""
    core = core_of(request)
    data = parse_object(await read_body(request, max_mb=core.settings.max_body_mb))
    draft = parse_article({"id": "draft", **data}, site=site)
    found = await run_in_threadpool(_answer_draft, core, draft, options)
    _count(found)
    return _render(request, core, site, draft.id, found, options)


@router.post("/related/batch", summary="Related lists of up to 100 articles in one call")
def related_batch(
    request: Request, site: str, wanted: BatchRequest, options: Annotated[Options, Query()]
) -> BatchAnswer:
    """Answer for each id in the order asked; one unknown id does not spoil the others."""
    core = core_of(request)
    ask = options.ask(core)
    results: list[RelatedAnswer | BatchFailure] = []
    for article_id in wanted.ids:
        try:
            found = core.recommender.related(ArticleKey(site, article_id), ask)
        except RecommenderError as error:
            results.append(BatchFailure(site=site, id=article_id, code=error.code, detail=str(error)))
        else:
            _count(found)
            results.append(RelatedAnswer.of(site, article_id, found, explain=ask.explain))
    return BatchAnswer(results=results)


@router.get("/articles/{article_id:path}/shown-on", summary="Which pages show an article now")
def shown_on(request: Request, site: str, article_id: str, limit: int | None = Query(None, ge=1, le=50)) -> ShownOn:
    """Answer with the pages whose list of `limit` contains the article: what a cache has to purge."""
    core = core_of(request)
    pages = core.recommender.shown_on(ArticleKey(site, article_id), limit=limit or core.settings.limit)
    shown = [Page(id=page.id, url=page.url, title=page.title) for page in pages]
    return ShownOn(site=site, id=article_id, pages=shown)


def _answer_draft(core: Core, draft: Article, options: Options) -> RelatedList:
    clean = clean_article(draft, default_language=core.settings.default_language)
    return core.recommender.related_to(clean, core.draft_query(clean), options.ask(core))


def _render(
    request: Request, core: Core, site: str, article_id: str, found: RelatedList, options: Options
) -> Response:
    max_age = core.settings.cache_max_age_s if found.complete else _INCOMPLETE_MAX_AGE_S
    shared: dict[str, Any] = {
        "max_age_s": max_age,
        "public": core.settings.reads_are_open,
        "revision": found.revision,
    }
    if wants_html(request):
        cards = [Card.of(item.article) for item in found.items]
        html = render_section(cards, language=found.language)
        return cached_answer(request, html.encode(), media_type="text/html; charset=utf-8", **shared)
    answer = RelatedAnswer.of(site, article_id, found, explain=options.explain)
    return cached_answer(request, json_bytes(answer), media_type="application/json", **shared)


def _count(found: RelatedList) -> None:
    for item in found.items:
        RELATED_ITEMS.labels(item.reason).inc()
    if not found.items:
        EMPTY_LISTS.inc()
