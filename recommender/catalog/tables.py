"""The tables. Migrations make them; a test proves that both say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

# SQLite makes a column the row's own number only when its type is spelled INTEGER.
BigNumber = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware UTC datetimes in and out, microseconds kept, whatever the database makes of zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (given)
        """Turn any aware time into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (given)
        """Give the zone back to engines that drop it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# One row. A writer locks it first, so the order of revisions is the order of commits.
counter = Table(
    "counter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("value", BigNumber, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

articles = Table(
    "articles",
    metadata,
    Column("row_id", BigNumber, primary_key=True, autoincrement=True),
    Column("site", String(200), nullable=False),
    Column("id", String(1_000), nullable=False),
    Column("status", String(20), nullable=False),
    Column("language", String(35), nullable=False),
    Column("section", String(200), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("published_at", UtcDateTime),
    # The newest `updated_at` ever accepted: a later article without one must not let an older one in.
    Column("updated_at", UtcDateTime),
    Column("deleted_at", UtcDateTime),
    # published and not deleted: what may be shown, encoded and indexed
    Column("servable", Boolean, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("document_hash", String(64), nullable=False),
    Column("revision", BigNumber, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("site", "id"),
    Index(None, "site", "status", "section", "published_at"),
    Index(None, "servable", "revision", "content_hash"),
    Index(None, "content_hash"),
    # Row ids stand in snapshots and caches, so one is never given to a second article.
    sqlite_autoincrement=True,
)

changes = Table(
    "changes",
    metadata,
    Column("revision", BigNumber, primary_key=True, autoincrement=False),
    Column("row_id", BigNumber, ForeignKey("articles.row_id"), nullable=False),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("encoder_id", String(500), primary_key=True),
    Column("content_hash", String(64), primary_key=True),
    Column("dim", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("site", String(200)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    UniqueConstraint("secret_hash"),
)
