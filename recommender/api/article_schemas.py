"""The wire format of articles: what comes in is `Article` itself, what goes out says a little more."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from recommender.article import Article, parse_article
from recommender.catalog import DeleteOutcome, UpsertOutcome

# So that an article that was read can be sent back: these would be taken for fields of the CMS.
_ANSWER_ONLY = frozenset({"revision", "searchable"})


class Stored(BaseModel):
    """What became of an article that was sent."""

    site: str
    id: str
    outcome: UpsertOutcome | DeleteOutcome
    revision: int = Field(description="Catalog revision at which this state was reached")
    searchable: bool = Field(
        description="Whether searches find this very state by now; never true for what is not published"
    )


class ArticleAnswer(Article):
    """An article as it is stored; it can be sent back by PUT."""

    revision: int = Field(description="Catalog revision of its last accepted change")
    searchable: bool = Field(
        description="Whether searches find it; while a new text is encoded, by its old one"
    )


def sent_article(data: dict[str, Any], *, site: str) -> Article:
    """Make an article of what a caller sent. Raises `InvalidArticleError`."""
    return parse_article({name: value for name, value in data.items() if name not in _ANSWER_ONLY}, site=site)


def article_document(article: Article) -> dict[str, Any]:
    """Return an article as it is sent out."""
    return article.model_dump(mode="json")
