"""A related list as an answer: JSON, or the finished section as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.api.examples import RELATED, SECTION
from recommender.api.http import json_bytes, wants_html
from recommender.api.schemas import RelatedAnswer
from recommender.observability import EMPTY_LISTS, RELATED_ITEMS
from recommender.web.cards import Card
from recommender.web.fragment import render_section

if TYPE_CHECKING:
    from starlette.requests import Request

    from recommender.service import RelatedList

LIST_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The list, as JSON or as the finished section",
        "content": {
            "application/json": {"example": RELATED},
            "text/html": {"schema": {"type": "string"}, "example": SECTION},
        },
    }
}


def rendered(
    request: Request, site: str, article_id: str | None, found: RelatedList, *, explain: bool
) -> tuple[bytes, str]:
    """Return a list's content and media type, as the request's Accept header asks for it."""
    if wants_html(request):
        cards = [Card.of(item.article) for item in found.items]
        return render_section(cards, language=found.language).encode(), "text/html; charset=utf-8"
    return json_bytes(RelatedAnswer.of(site, article_id, found, explain=explain)), "application/json"


def count(found: RelatedList) -> None:
    """Count the items of a list that is answered, by how they got there."""
    for item in found.items:
        RELATED_ITEMS.labels(item.reason).inc()
    if not found.items:
        EMPTY_LISTS.inc()
