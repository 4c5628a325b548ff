"""The way in: articles from any caller become clean, have a language, and are durable in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.text.factbox import FactBox
from recommender.text.fragment import has_markup, read_fragment
from recommender.text.language import base_language, detect_language
from recommender.text.normalise import normalise_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recommender.article import Article
    from recommender.catalog import Accepted, Catalog

BATCH = 500
_DETECTED_CHARS = 2_000


def clean_article(article: Article, *, default_language: str) -> Article:
    """Return the article as it is stored: markup to text, Unicode in order, with a language.

    A fact box in the markup fills the fields the sender left empty. An article that states its
    language keeps it; otherwise it is detected, and a text too short to tell gets `default_language`.
    """
    body, facts = _plain(article.body)
    changes: dict[str, Any] = {
        "title": one_line(_plain(article.title)[0]) or article.title,
        "teaser": one_line(_plain(article.teaser)[0]),
        "body": body,
    }
    if not article.language:
        text = f"{changes['title']}. {changes['teaser']} {body}"[:_DETECTED_CHARS]
        changes["language"] = detect_language(text, fallback=base_language(default_language))
    for name in ("event", "regions", "place", "best_reference", "sources"):
        if not getattr(article, name):
            changes[name] = getattr(facts, name)
    if all(getattr(article, name) == value for name, value in changes.items()):
        return article
    return article.model_copy(update=changes)


def accept(
    catalog: Catalog, articles: Sequence[Article], *, default_language: str
) -> list[Accepted]:
    """Clean and store articles in one transaction; when this returns they survive a crash."""
    return catalog.upsert([clean_article(article, default_language=default_language) for article in articles])


def accept_all(
    catalog: Catalog, articles: Iterable[Article], *, default_language: str, batch: int = BATCH
) -> Iterator[list[Accepted]]:
    """Store a stream of articles batch by batch; memory stays flat however long the stream is."""
    waiting: list[Article] = []
    for article in articles:
        waiting.append(article)
        if len(waiting) >= batch:
            yield accept(catalog, waiting, default_language=default_language)
            waiting = []
    if waiting:
        yield accept(catalog, waiting, default_language=default_language)


def _plain(text: str) -> tuple[str, FactBox]:
    return read_fragment(text) if has_markup(text) else (normalise_text(text), FactBox())
