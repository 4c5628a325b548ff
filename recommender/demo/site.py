"""The demo news site »Seeblick-Kurier«: server-rendered pages that show the section in its place."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import HTMLResponse, RedirectResponse, Response

from recommender.demo.pages import Pages
from recommender.demo.paper import Paper, site_path
from recommender.web.fragment import stylesheet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recommender.article import Article
    from recommender.demo.pages import RelatedCards

# Nothing on these pages needs script or inline style; the browser is told to see to it.
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_STATIC_HEADERS = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
_IMAGE_NAME = re.compile(r"[a-z]+")


def create_demo_site(articles: Sequence[Article], related: RelatedCards) -> APIRouter:
    """Return the routes of the paper: `/`, `/{section}`, `/{section}/{slug}-{id}`, its images and styles.

    Only published articles can be reached; anything else below a section answers 404. `related` is called
    in a worker thread for each article page and gives cards, best first; when it raises a
    `RecommenderError` the page stands without the section. Only the sections in `articles` become routes,
    so the router takes nothing from an API it is included in.
    """
    paper = Paper.of(articles)
    pages = Pages(paper, related)
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    router.add_api_route("/", lambda: _page(pages.front()), methods=["GET", "HEAD"])
    _add_files(router)
    for section in paper.sections:
        _add_section(router, section, paper, pages)
    return router


def _add_section(router: APIRouter, section: str, paper: Paper, pages: Pages) -> None:
    def list_section() -> Response:
        return _page(pages.section(section))

    def show_article(slug: str) -> Response:
        path = f"/{section}/{slug}"
        article = paper.by_path.get(path) or paper.by_id.get(slug.rpartition("-")[2])
        if article is None:
            return _page(pages.not_found(), status=404)
        if site_path(article.url) != path:
            return RedirectResponse(site_path(article.url), status_code=301)
        return _page(pages.article(article))

    router.add_api_route(f"/{section}", list_section, methods=["GET", "HEAD"])
    router.add_api_route(f"/{section}/{{slug:path}}", show_article, methods=["GET", "HEAD"])


def _add_files(router: APIRouter) -> None:
    def image(name: str) -> Response:
        found = files("recommender.demo").joinpath("images", f"{name}.svg")
        if not _IMAGE_NAME.fullmatch(name) or not found.is_file():
            return Response(status_code=404)
        return _static(found.read_text(encoding="utf-8"), "image/svg+xml")

    def own(name: str) -> str:
        return files("recommender.demo").joinpath("static", name).read_text(encoding="utf-8")

    served: dict[str, Callable[..., Response]] = {
        "/images/{name}.svg": image,
        "/static/section.css": lambda: _static(stylesheet(), "text/css"),
        "/static/kurier.css": lambda: _static(own("kurier.css"), "text/css"),
        "/static/zeichen.svg": lambda: _static(own("zeichen.svg"), "image/svg+xml"),
    }
    for path, answer in served.items():
        router.add_api_route(path, answer, methods=["GET", "HEAD"])


def _page(html: str, *, status: int = 200) -> Response:
    return HTMLResponse(html, status_code=status, headers=_PAGE_HEADERS)


def _static(text: str, media_type: str) -> Response:
    return Response(text, media_type=media_type, headers=_STATIC_HEADERS)
