"""`Catalog`: the one door to the database. Each method is one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from recommender.catalog import embeddings, keys, reads, revisions, servable, writes
from recommender.catalog.engine import Database
from recommender.catalog.rows import Document
from recommender.catalog.schema import upgrade_database

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType

    import numpy.typing as npt

    from recommender.article import Article, ArticleKey
    from recommender.catalog.types import (
        Accepted,
        Change,
        Deleted,
        KeyRecord,
        NewKey,
        RowState,
        Scope,
        StoredArticle,
        Vector,
    )

BUSY_TIMEOUT_S = 10.0


def utc_now() -> datetime:
    """Return the moment, aware, in UTC."""
    return datetime.now(UTC)


def open_catalog(
    url: str, *, clock: Callable[[], datetime] = utc_now, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> Catalog:
    """Open the database at `url`, make or upgrade its tables, check its settings.

    `url` is SQLAlchemy's: `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://…`. Several
    processes may open one at the same time. Raises `CatalogError`.
    """
    database = Database(url, busy_timeout_s=busy_timeout_s)
    try:
        upgrade_database(database)
    except BaseException:
        database.close()
        raise
    return Catalog(database, clock)


class Catalog:
    """Articles, their vectors and the log of changes. Safe to share between threads, not across a fork.

    What a method returned is committed and on disk. Every method raises `CatalogError` when the
    database is locked for too long, full, read-only, damaged or gone.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def upsert(self, articles: Sequence[Article]) -> list[Accepted]:
        """Add or replace articles, all or none, and return a receipt for each in the order given.

        Of one key given twice the later wins, and both cost a revision if they differ. An article
        whose `updated_at` is before the newest one accepted for its key is stale, deleted or not;
        one without `updated_at` is never stale. A deleted article that is sent again is created
        anew under its old row id. Raises `InvalidArticleError` when one cannot be stored as JSON.
        """
        documents = [Document.of(article) for article in articles]
        if not documents:
            return []
        with self._database.writing() as connection:
            return writes.upsert(connection, documents)

    def delete(self, key: ArticleKey) -> Deleted:
        """Delete one article: it is kept behind a tombstone and never served. Unknown keys are absent."""
        return self.delete_many([key])[0]

    def delete_many(self, keys: Sequence[ArticleKey]) -> list[Deleted]:
        """Delete articles, all or none, and return a receipt for each in the order given."""
        if not keys:
            return []
        with self._database.writing() as connection:
            return writes.delete(connection, keys, now=self._clock())

    def get(self, key: ArticleKey) -> StoredArticle | None:
        """Return the article, which may be `deleted`; None when it was never sent."""
        with self._database.reading() as connection:
            return reads.get(connection, key)

    def get_rows(self, row_ids: Iterable[int]) -> dict[int, StoredArticle]:
        """Return articles by row id, deleted ones too; unknown ids are left out."""
        with self._database.reading() as connection:
            return reads.get_rows(connection, row_ids)

    def row_ids(self, keys: Iterable[ArticleKey]) -> dict[ArticleKey, int]:
        """Return row ids by key, of deleted articles too; unknown keys are left out."""
        with self._database.reading() as connection:
            return reads.row_ids(connection, keys)

    def revision(self) -> int:
        """Return the revision of the last change, 0 in a new catalog. Cheap: one row."""
        with self._database.reading() as connection:
            return revisions.latest_revision(connection)

    def changes_since(self, revision: int, limit: int = 1_000) -> list[Change]:
        """Return up to `limit` changes above `revision`, ascending and without a gap.

        A row is named by each upsert, delete and arrival of a vector that changed it, so it can come
        more than once; `states` says what is true of it now.
        """
        with self._database.reading() as connection:
            return revisions.changes_since(connection, revision, limit)

    def states(self, row_ids: Iterable[int], encoder_id: str) -> list[RowState]:
        """Return what an index should hold of these rows now, by row id; unknown ids are left out."""
        with self._database.snapshot() as connection:
            return servable.states(connection, row_ids, encoder_id)

    def pending(self, encoder_id: str, limit: int, *, after: int = 0) -> list[StoredArticle]:
        """Return up to `limit` servable articles without a vector of this encoder, oldest revision first.

        `after` skips those up to that revision: an article that cannot be encoded then holds up nobody.
        """
        with self._database.reading() as connection:
            return servable.pending(connection, encoder_id, limit, after)

    def pending_count(self, encoder_id: str) -> int:
        """Count the servable articles without a vector of this encoder."""
        with self._database.reading() as connection:
            return servable.pending_count(connection, encoder_id)

    def put_embeddings(self, encoder_id: str, vectors: Mapping[str, npt.ArrayLike]) -> int:
        """Store vectors by content hash, all or none, and return the latest revision.

        Each servable article that has such a text gets a change; a vector stored already, bit for bit,
        costs none. Raises `EncoderError` for vectors that are not finite, all zero or of another width.
        """
        checked = embeddings.as_vectors(vectors)
        with self._database.writing() as connection:
            return embeddings.put(connection, encoder_id, checked)

    def embeddings(self, encoder_id: str, hashes: Iterable[str]) -> dict[str, Vector]:
        """Return the vectors of this encoder that are there, float32, by content hash."""
        with self._database.reading() as connection:
            return embeddings.get(connection, encoder_id, hashes)

    def prune_embeddings(self, keep: Collection[str]) -> int:
        """Remove the vectors of encoders not in `keep` and of texts no article has; return how many."""
        with self._database.writing() as connection:
            return embeddings.prune(connection, keep)

    @contextmanager
    def snapshot_rows(self, encoder_id: str, batch: int = 1_000) -> Iterator[servable.SnapshotRows]:
        """Open one consistent read of all servable articles with a vector, and of the revision it shows.

        Writers go on meanwhile. Iterate it inside the `with` block; memory stays at `batch` rows.
        """
        with self._database.snapshot() as connection:
            revision = revisions.latest_revision(connection)
            yield servable.SnapshotRows(connection, encoder_id, revision=revision, batch=batch)

    def counts(self, site: str | None = None) -> dict[str, int]:
        """Count articles by status; deleted ones stand under `deleted` only. Absent means none."""
        with self._database.reading() as connection:
            return reads.counts(connection, site)

    def sites(self) -> list[str]:
        """Return the sites with at least one article that is not deleted, sorted."""
        with self._database.reading() as connection:
            return reads.sites(connection)

    def published_count(self) -> int:
        """Count the servable articles of all sites."""
        with self._database.reading() as connection:
            return reads.published_count(connection)

    def create_key(self, name: str, scopes: Iterable[Scope | str], *, site: str | None = None) -> NewKey:
        """Make an API key, for one site or for all; its secret is in the answer and nowhere else."""
        with self._database.writing() as connection:
            return keys.create(connection, name, scopes, site=site, now=self._clock())

    def list_keys(self) -> list[KeyRecord]:
        """Return all keys, revoked ones too, oldest first."""
        with self._database.reading() as connection:
            return keys.every(connection)

    def revoke_key(self, key_id: str) -> bool:
        """End a key at once; False when there is no such key or it had ended before."""
        with self._database.writing() as connection:
            return keys.revoke(connection, key_id, now=self._clock())

    def authenticate(self, secret: str) -> KeyRecord | None:
        """Return the key with this secret, or None when it is unknown or revoked."""
        with self._database.reading() as connection:
            return keys.authenticate(connection, secret)
