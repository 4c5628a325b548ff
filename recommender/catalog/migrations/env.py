"""Alembic's entry: runs inside the transaction that `recommender.catalog.schema` opened."""

from __future__ import annotations

from alembic import context

from recommender.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
