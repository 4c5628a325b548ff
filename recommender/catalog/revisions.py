"""The counter that orders every change, and the log of changes.

A writer locks the counter's one row before it reads anything else. So writers follow one another,
revisions are gapless and in the order of commits, and a tailer that has seen revision n never
finds an entry below n later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from recommender.catalog.tables import changes, counter
from recommender.catalog.types import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def lock_revision(connection: Connection) -> int:
    """Make every other writer wait for this transaction's end, and return the latest revision."""
    # SQLite knows no FOR UPDATE and needs none: its transaction began IMMEDIATE.
    revision: int = connection.execute(select(counter.c.value).with_for_update()).scalar_one()
    return revision


def log_changes(connection: Connection, latest: int, row_ids: Sequence[int]) -> int:
    """Give each row the next revision after `latest`, in order, and return the last one given."""
    if not row_ids:
        return latest
    entries = [
        {"revision": latest + place, "row_id": row_id} for place, row_id in enumerate(row_ids, start=1)
    ]
    connection.execute(insert(changes), entries)
    connection.execute(update(counter).values(value=latest + len(entries)))
    return latest + len(entries)


def latest_revision(connection: Connection) -> int:
    """Return the revision of the last committed change, 0 when there was none."""
    revision: int = connection.execute(select(counter.c.value)).scalar_one()
    return revision


def changes_since(connection: Connection, revision: int, limit: int) -> list[Change]:
    """Return up to `limit` changes above `revision`, ascending."""
    query = (
        select(changes.c.revision, changes.c.row_id)
        .where(changes.c.revision > revision)
        .order_by(changes.c.revision)
        .limit(limit)
    )
    return [Change(number, row_id) for number, row_id in connection.execute(query)]
