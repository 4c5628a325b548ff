"""Reads of articles and of what the catalog holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select

from recommender.article import ArticleKey
from recommender.catalog.rows import STORED_COLUMNS, stored_article
from recommender.catalog.tables import articles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from recommender.catalog.types import StoredArticle

T = TypeVar("T")
# Databases limit the parameters of one statement (older SQLite: 999).
CHUNK = 500


@dataclass(frozen=True, slots=True)
class KnownRow:
    """What a writer has to know of a stored article; its text is not read."""

    row_id: int
    updated_at: datetime | None
    document_hash: str
    deleted: bool
    revision: int


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists that fit one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def known_rows(connection: Connection, keys: Iterable[ArticleKey]) -> dict[ArticleKey, KnownRow]:
    """Return what is known of those keys that were ever sent, deleted ones too."""
    query = select(
        articles.c.id,
        articles.c.row_id,
        articles.c.updated_at,
        articles.c.document_hash,
        articles.c.deleted_at,
        articles.c.revision,
    )
    found = {}
    for site, ids in _by_site(keys).items():
        for chunk in chunks(ids):
            for row in connection.execute(query.where(articles.c.site == site, articles.c.id.in_(chunk))):
                found[ArticleKey(site, row.id)] = KnownRow(
                    row.row_id, row.updated_at, row.document_hash, row.deleted_at is not None, row.revision
                )
    return found


def row_ids(connection: Connection, keys: Iterable[ArticleKey]) -> dict[ArticleKey, int]:
    """Return the row ids of those keys that were ever sent, deleted ones too."""
    query = select(articles.c.id, articles.c.row_id)
    return {
        ArticleKey(site, article_id): row_id
        for site, ids in _by_site(keys).items()
        for chunk in chunks(ids)
        for article_id, row_id in connection.execute(
            query.where(articles.c.site == site, articles.c.id.in_(chunk))
        )
    }


def get(connection: Connection, key: ArticleKey) -> StoredArticle | None:
    """Return one article, or None when it was never sent."""
    query = select(*STORED_COLUMNS).where(articles.c.site == key.site, articles.c.id == key.id)
    row = connection.execute(query).one_or_none()
    return None if row is None else stored_article(row)


def get_rows(connection: Connection, wanted: Iterable[int]) -> dict[int, StoredArticle]:
    """Return those rows that exist, by row id."""
    query = select(*STORED_COLUMNS)
    return {
        row.row_id: stored_article(row)
        for chunk in chunks(dict.fromkeys(wanted))
        for row in connection.execute(query.where(articles.c.row_id.in_(chunk)))
    }


def counts(connection: Connection, site: str | None) -> dict[str, int]:
    """Count articles by status; deleted ones stand under `deleted` and nowhere else."""
    deleted = articles.c.deleted_at.is_not(None)
    query = select(articles.c.status, deleted, func.count()).group_by(articles.c.status, deleted)
    if site is not None:
        query = query.where(articles.c.site == site)
    found: dict[str, int] = defaultdict(int)
    for status, gone, number in connection.execute(query):
        found["deleted" if gone else status] += number
    return dict(sorted(found.items()))


def sites(connection: Connection) -> list[str]:
    """Return the sites that have articles, by code point."""
    query = select(articles.c.site).where(articles.c.deleted_at.is_(None)).distinct()
    # sorted here, as each database sorts text its own way
    return sorted(connection.execute(query).scalars())


def published_count(connection: Connection) -> int:
    """Count what may be served: published and not deleted."""
    query = select(func.count()).select_from(articles).where(articles.c.servable)
    return connection.execute(query).scalar_one()


def _by_site(keys: Iterable[ArticleKey]) -> dict[str, list[str]]:
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    for key in keys:
        ids[key.site][key.id] = None
    return {site: list(each) for site, each in ids.items()}
