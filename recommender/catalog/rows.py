"""Article to row and back: one JSON document, plus the columns that queries need."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import from_json

from recommender.article import Article, Status
from recommender.catalog.tables import articles
from recommender.catalog.types import StoredArticle
from recommender.errors import CatalogError, InvalidArticleError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row

    from recommender.article import ArticleKey

STORED_COLUMNS: tuple[ColumnElement[Any], ...] = (
    articles.c.row_id,
    articles.c.document,
    articles.c.revision,
    articles.c.content_hash,
    articles.c.deleted_at,
)


@dataclass(frozen=True, slots=True)
class Document:
    """An article ready to be stored; made before the write lock is taken, for it is most of the work."""

    key: ArticleKey
    updated_at: datetime | None
    document_hash: str
    columns: dict[str, Any]

    @classmethod
    def of(cls, article: Article) -> Document:
        """Make the columns of `article`. Raises `InvalidArticleError` when it could not be read back."""
        # Defaults are left out, so that a field added to Article later does not make every article differ.
        try:
            document = article.model_dump_json(exclude_defaults=True)
            if article.extra:
                from_json(document)
        except ValueError as error:
            raise InvalidArticleError(
                f"{article.id!r} cannot be written as JSON ({error}): send plain JSON in its extra fields"
            ) from error
        texts = {
            "site": article.site,
            "id": article.id,
            "status": article.status.value,
            "language": article.language,
            "section": article.section,
            "kind": article.kind,
        }
        _refuse_nul(article, texts)
        document_hash = hashlib.blake2b(document.encode(), digest_size=16).hexdigest()
        columns: dict[str, Any] = texts | {
            "published_at": article.published_at,
            "deleted_at": None,
            "servable": article.status is Status.PUBLISHED,
            "content_hash": article.content_hash,
            "document_hash": document_hash,
            "document": document,
        }
        return cls(article.key, article.updated_at, document_hash, columns)


def stored_article(row: Row[Any]) -> StoredArticle:
    """Read a row selected with `STORED_COLUMNS`."""
    return StoredArticle(
        row_id=row.row_id,
        article=read_document(row.row_id, row.document),
        revision=row.revision,
        content_hash=row.content_hash,
        deleted=row.deleted_at is not None,
    )


def read_document(row_id: int, document: str) -> Article:
    """Read the stored JSON. Raises `CatalogError` when it no longer fits the article model."""
    try:
        return Article.model_validate_json(document)
    except ValidationError as error:
        raise CatalogError(
            f"row {row_id} holds a document that is no article ({error.error_count()} errors): "
            f"send that article again, or restore the catalog from a backup"
        ) from error


def _refuse_nul(article: Article, texts: dict[str, str]) -> None:
    # PostgreSQL cannot store it; SQLite could, and then no move between the two would work.
    bad = [name for name, value in texts.items() if "\x00" in value]
    if bad:
        raise InvalidArticleError(
            f"{article.id!r}: {', '.join(bad)}: got a NUL character, wanted text: remove it"
        )
