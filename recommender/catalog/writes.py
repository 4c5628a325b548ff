"""Upsert and delete, each inside a write transaction that the caller opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, update

from recommender.catalog.reads import known_rows
from recommender.catalog.revisions import lock_revision, log_changes
from recommender.catalog.tables import articles
from recommender.catalog.types import Accepted, Deleted, DeleteOutcome, UpsertOutcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from recommender.article import ArticleKey
    from recommender.catalog.reads import KnownRow
    from recommender.catalog.rows import Document

_REPLACED = (
    "status",
    "language",
    "section",
    "kind",
    "published_at",
    "updated_at",
    "deleted_at",
    "servable",
    "content_hash",
    "document_hash",
    "revision",
    "document",
)


@dataclass(frozen=True, slots=True)
class _Head:
    """What counts of an article when the next one with its key arrives."""

    updated_at: datetime | None
    document_hash: str
    deleted: bool
    revision: int


def upsert(connection: Connection, documents: Sequence[Document]) -> list[Accepted]:
    """Store the documents in order and return one receipt each, in the same order."""
    before = lock_revision(connection)
    known = known_rows(connection, [document.key for document in documents])
    heads = {key: _head_of(row) for key, row in known.items()}
    outcomes: list[tuple[UpsertOutcome, int]] = []
    changed: list[ArticleKey] = []
    to_write: dict[ArticleKey, dict[str, Any]] = {}
    for document in documents:
        head = heads.get(document.key)
        outcome = _judge(head, document)
        if outcome in {UpsertOutcome.CREATED, UpsertOutcome.UPDATED}:
            changed.append(document.key)
            head = _next_head(head, document, revision=before + len(changed))
            heads[document.key] = head
            to_write[document.key] = {
                **document.columns,
                "updated_at": head.updated_at,
                "revision": head.revision,
            }
        assert head is not None
        outcomes.append((outcome, head.revision))
    row_ids = _write(connection, to_write, {key: row.row_id for key, row in known.items()})
    log_changes(connection, before, [row_ids[key] for key in changed])
    return [
        Accepted(document.key, row_ids[document.key], outcome, revision)
        for document, (outcome, revision) in zip(documents, outcomes, strict=True)
    ]


def delete(connection: Connection, keys: Sequence[ArticleKey], *, now: datetime) -> list[Deleted]:
    """Put a tombstone on each key that is there and return one receipt each, in the same order."""
    before = lock_revision(connection)
    known = known_rows(connection, keys)
    receipts: list[Deleted] = []
    gone: list[int] = []
    for key in keys:
        row = known.get(key)
        if row is None or row.deleted:
            row_id, revision = (None, 0) if row is None else (row.row_id, row.revision)
            receipts.append(Deleted(key, row_id, DeleteOutcome.ABSENT, revision))
            continue
        gone.append(row.row_id)
        known[key] = replace(row, deleted=True, revision=before + len(gone))
        receipts.append(Deleted(key, row.row_id, DeleteOutcome.DELETED, before + len(gone)))
    if gone:
        marked = update(articles).where(articles.c.row_id == bindparam("at_row_id"))
        marked = marked.values(deleted_at=now, servable=False, revision=bindparam("at_revision"))
        places = [{"at_row_id": row_id, "at_revision": before + n} for n, row_id in enumerate(gone, start=1)]
        connection.execute(marked, places)
    log_changes(connection, before, gone)
    return receipts


def _head_of(row: KnownRow) -> _Head:
    return _Head(row.updated_at, row.document_hash, row.deleted, row.revision)


def _judge(head: _Head | None, document: Document) -> UpsertOutcome:
    if head is None:
        return UpsertOutcome.CREATED
    if (
        head.updated_at is not None
        and document.updated_at is not None
        and document.updated_at < head.updated_at
    ):
        return UpsertOutcome.STALE
    if head.deleted:
        return UpsertOutcome.CREATED
    if head.document_hash == document.document_hash:
        return UpsertOutcome.UNCHANGED
    return UpsertOutcome.UPDATED


def _next_head(head: _Head | None, document: Document, *, revision: int) -> _Head:
    updated_at = document.updated_at
    if updated_at is None and head is not None:
        updated_at = head.updated_at
    return _Head(updated_at, document.document_hash, deleted=False, revision=revision)


def _write(
    connection: Connection, to_write: dict[ArticleKey, dict[str, Any]], row_ids: dict[ArticleKey, int]
) -> dict[ArticleKey, int]:
    # Writers follow one another, so what was absent a moment ago still is: no ON CONFLICT is needed.
    new = {key: columns for key, columns in to_write.items() if key not in row_ids}
    old = [_replacement(row_ids[key], columns) for key, columns in to_write.items() if key in row_ids]
    if old:
        replaced = update(articles).where(articles.c.row_id == bindparam("at_row_id"))
        connection.execute(replaced.values({name: bindparam(f"new_{name}") for name in _REPLACED}), old)
    if not new:
        return row_ids
    connection.execute(insert(articles), list(new.values()))
    return row_ids | {key: row.row_id for key, row in known_rows(connection, list(new)).items()}


def _replacement(row_id: int, columns: dict[str, Any]) -> dict[str, Any]:
    # An update may not name its parameters like its columns.
    return {"at_row_id": row_id} | {f"new_{name}": columns[name] for name in _REPLACED}
