"""The way in: articles from any caller become clean, have a language, and are durable in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from recommender.article import Article
from recommender.text.factbox import NO_FACTS, FactBox
from recommender.text.fragment import has_markup, read_entities, read_fragment, read_line
from recommender.text.language import base_language, detect_language
from recommender.text.normalise import normalise_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recommender.catalog import Accepted, Catalog

BATCH: Final = 500
_DETECTED_CHARS: Final = 2_000
_FACTS: Final = ("event", "regions", "place", "best_reference", "sources")


def clean_article(article: Article, *, default_language: str) -> Article:
    """Return the article as it is stored: markup to text, Unicode in order, with a language.

    A fact box in the markup fills the fields the sender left empty. An article that states its
    language keeps it; otherwise it is detected, and a text too short to tell gets `default_language`.
    A title without text is made from teaser or body, and at last from the id.
    """
    body, facts = _plain(article.body)
    teaser = one_line(_plain(article.teaser)[0])
    title = _plain_line(article.title) or _title_from(article, teaser, body)
    changes: dict[str, Any] = {
        "title": title,
        "teaser": teaser,
        "body": body,
        "section": _plain_line(article.section),
        "tags": tuple(filter(None, map(_plain_line, article.tags))),
    }
    if not article.language:
        text = f"{title}. {teaser} {body}"[:_DETECTED_CHARS]
        changes["language"] = detect_language(text, fallback=base_language(default_language))
    changes.update({name: getattr(facts, name) for name in _FACTS if not getattr(article, name)})
    if all(getattr(article, name) == value for name, value in changes.items()):
        return article
    return article.model_copy(update=changes)


def accept(catalog: Catalog, articles: Sequence[Article], *, default_language: str) -> list[Accepted]:
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
    return read_fragment(text) if has_markup(text) else (normalise_text(read_entities(text)), NO_FACTS)


def _plain_line(text: str) -> str:
    return read_line(text) if has_markup(text) else one_line(read_entities(text))


def _title_from(article: Article, teaser: str, body: str) -> str:
    if not (teaser or body):
        return article.id
    return Article(site=article.site, id=article.id, teaser=teaser, body=body).title
