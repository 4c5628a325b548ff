"""The catalog: every article, its vectors and the one log that orders all changes, in an SQL database.

Knows articles, revisions and vectors as bytes. Knows no index, no model, no HTTP. SQLite by default;
everything outside `engine` is portable SQL, so that PostgreSQL runs the same code.
"""

from __future__ import annotations

from recommender.catalog.repository import Catalog, open_catalog
from recommender.catalog.types import (
    Accepted,
    Change,
    Deleted,
    DeleteOutcome,
    KeyRecord,
    NewKey,
    RowState,
    Scope,
    StoredArticle,
    UpsertOutcome,
)

__all__ = [
    "Accepted",
    "Catalog",
    "Change",
    "DeleteOutcome",
    "Deleted",
    "KeyRecord",
    "NewKey",
    "RowState",
    "Scope",
    "StoredArticle",
    "UpsertOutcome",
    "open_catalog",
]
