"""First tables: the counter, articles, their changes, embeddings, API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out again, not imported: a migration says what was true when it was written.
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    counter = op.create_table(
        "counter",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("value", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_counter"),
        sa.CheckConstraint("id = 1", name=op.f("ck_counter_one_row")),
    )
    op.bulk_insert(counter, [{"id": 1, "value": 0}])
    _articles()
    op.create_table(
        "changes",
        sa.Column("revision", _BIG, autoincrement=False, nullable=False),
        sa.Column("row_id", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_changes"),
        sa.ForeignKeyConstraint(["row_id"], ["articles.row_id"], name="fk_changes_row_id"),
    )
    op.create_table(
        "embeddings",
        sa.Column("encoder_id", sa.String(500), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("dim", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("encoder_id", "content_hash", name="pk_embeddings"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("site", sa.String(200)),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
        sa.UniqueConstraint("secret_hash", name="uq_api_keys_secret_hash"),
    )


def _articles() -> None:
    op.create_table(
        "articles",
        sa.Column("row_id", _BIG, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(200), nullable=False),
        sa.Column("id", sa.String(1_000), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("section", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("published_at", _TIME),
        sa.Column("updated_at", _TIME),
        sa.Column("deleted_at", _TIME),
        sa.Column("servable", sa.Boolean, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("document_hash", sa.String(64), nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("row_id", name="pk_articles"),
        sa.UniqueConstraint("site", "id", name="uq_articles_site_id"),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["site", "status", "section", "published_at"],
        ["servable", "revision", "content_hash"],
        ["content_hash"],
    ):
        op.create_index(op.f("ix_articles_" + "_".join(columns)), "articles", columns)
