"""Articles together with their vectors: what waits for one, what an index has to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from recommender.catalog.embeddings import read_vector
from recommender.catalog.reads import chunks
from recommender.catalog.rows import STORED_COLUMNS, read_document, stored_article
from recommender.catalog.tables import articles, embeddings
from recommender.catalog.types import RowState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement, Connection, Select

    from recommender.catalog.types import StoredArticle, Vector


def pending(connection: Connection, encoder_id: str, limit: int, after: int) -> list[StoredArticle]:
    """Return servable articles above revision `after` that lack this encoder's vector, oldest first."""
    query = (
        select(*STORED_COLUMNS)
        .where(*_lacks(encoder_id), articles.c.revision > after)
        .order_by(articles.c.revision)
        .limit(limit)
    )
    return [stored_article(row) for row in connection.execute(query)]


def pending_count(connection: Connection, encoder_id: str) -> int:
    """Count servable articles that lack this encoder's vector."""
    query = select(func.count()).select_from(articles).where(*_lacks(encoder_id))
    return connection.execute(query).scalar_one()


def states(connection: Connection, row_ids: Iterable[int], encoder_id: str) -> list[RowState]:
    """Return what is true now of those rows that exist, by ascending row id."""
    columns = (*STORED_COLUMNS, articles.c.servable, embeddings.c.dim, embeddings.c.vector)
    query = select(*columns).select_from(articles.outerjoin(embeddings, _same_text(encoder_id)))
    found = [
        RowState(
            row_id=row.row_id,
            article=read_document(row.row_id, row.document),
            revision=row.revision,
            content_hash=row.content_hash,
            servable=row.servable,
            vector=None if row.vector is None else read_vector(row.vector, row.dim),
        )
        for chunk in chunks(dict.fromkeys(row_ids))
        for row in connection.execute(query.where(articles.c.row_id.in_(chunk)))
    ]
    return sorted(found, key=lambda state: state.row_id)


class SnapshotRows:
    """Every servable article with a vector, as of one `revision`; valid inside its `with` block.

    Iterating gives `(StoredArticle, vector)` by ascending row id, `batch` rows in memory at a time.
    """

    def __init__(self, connection: Connection, encoder_id: str, *, revision: int, batch: int) -> None:
        self.revision = revision
        self._connection, self._encoder_id, self._batch = connection, encoder_id, batch

    def count(self) -> int:
        """Count what iterating gives."""
        number: int = self._connection.execute(self._matching(func.count())).scalar_one()
        return number

    def __iter__(self) -> Iterator[tuple[StoredArticle, Vector]]:
        query = self._matching(*STORED_COLUMNS, embeddings.c.dim, embeddings.c.vector)
        streamed = query.order_by(articles.c.row_id).execution_options(yield_per=self._batch)
        with self._connection.execute(streamed) as rows:
            for row in rows:
                yield stored_article(row), read_vector(row.vector, row.dim)

    def _matching(self, *columns: Any) -> Select[Any]:
        joined = articles.join(embeddings, _same_text(self._encoder_id))
        return select(*columns).select_from(joined).where(articles.c.servable)


def _same_text(encoder_id: str) -> ColumnElement[bool]:
    return and_(embeddings.c.content_hash == articles.c.content_hash, embeddings.c.encoder_id == encoder_id)


def _lacks(encoder_id: str) -> tuple[ColumnElement[bool], ...]:
    return (articles.c.servable, ~select(embeddings.c.dim).where(_same_text(encoder_id)).exists())
