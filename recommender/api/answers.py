"""A related list as an answer: JSON, or the finished section as HTML."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recommender.api.examples import RELATED, SECTION
from recommender.api.http import json_bytes, wants_html
from recommender.api.schemas import RelatedAnswer
from recommender.observability import EMPTY_LISTS, RELATED_ITEMS
from recommender.web.cards import Card, is_safe_url
from recommender.web.fragment import render_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from recommender.service import Ask, RelatedList

# Times a list is made again: enough for a few articles without an address, not for a site of them.
_ROUNDS = 3

LIST_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The list, as JSON or as the finished section",
        "content": {
            "application/json": {"example": RELATED},
            "text/html": {"schema": {"type": "string"}, "example": SECTION},
        },
    }
}


def listed(request: Request, answer: Callable[[Ask], RelatedList], ask: Ask) -> RelatedList:
    """Return `answer(ask)`; for a section, with the next best in place of articles that cannot be linked."""
    found = answer(ask)
    for _ in range(_ROUNDS if wants_html(request) else 0):
        unlinked = {item.article.id for item in found.items if not is_safe_url(item.article.url)}
        if not unlinked:
            break
        ask = replace(ask, exclude=ask.exclude | unlinked)
        found = answer(ask)
    return found


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
