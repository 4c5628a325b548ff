"""API keys: only a hash of the secret is kept.

The secret is 256 random bits, so there is nothing to guess and a plain SHA-256 is enough: slow
hashes and salts protect secrets that people choose. Looking the hash up leaks no timing of use,
for nobody can steer the hash of what they try.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from recommender.catalog.tables import api_keys
from recommender.catalog.types import KeyRecord, NewKey, Scope
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_RECORD: tuple[ColumnElement[Any], ...] = (
    api_keys.c.key_id,
    api_keys.c.name,
    api_keys.c.scopes,
    api_keys.c.site,
    api_keys.c.created_at,
    api_keys.c.revoked_at,
)


def create(
    connection: Connection, name: str, scopes: Iterable[Scope | str], *, site: str | None, now: datetime
) -> NewKey:
    """Make and store a key. Raises `CatalogError` for no name, no scope or an unknown one."""
    wanted = _known_scopes(scopes)
    if not name.strip():
        raise CatalogError("got a key without a name: give one that says who uses it")
    record = KeyRecord(secrets.token_hex(8), name.strip(), wanted, site, now, None)
    # The id in front lets an operator tell which key a leaked secret belongs to.
    secret = f"rk_{record.key_id}_{secrets.token_urlsafe(32)}"
    connection.execute(
        insert(api_keys).values(
            key_id=record.key_id,
            name=record.name,
            secret_hash=_hash(secret),
            scopes=" ".join(sorted(record.scopes)),
            site=record.site,
            created_at=record.created_at,
        )
    )
    return NewKey(record, secret)


def every(connection: Connection) -> list[KeyRecord]:
    """Return all keys, revoked ones too, oldest first."""
    query = select(*_RECORD).order_by(api_keys.c.created_at, api_keys.c.key_id)
    return [_record(row) for row in connection.execute(query)]


def revoke(connection: Connection, key_id: str, *, now: datetime) -> bool:
    """End a key; False when there is no such key or it had ended before."""
    ended = update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
    return connection.execute(ended.values(revoked_at=now)).rowcount == 1


def authenticate(connection: Connection, secret: str) -> KeyRecord | None:
    """Return the key with this secret, or None when there is none or it was revoked."""
    query = select(*_RECORD).where(api_keys.c.secret_hash == _hash(secret), api_keys.c.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _record(row)


def _known_scopes(scopes: Iterable[Scope | str]) -> frozenset[Scope]:
    given = [str(scope) for scope in scopes]
    known = [scope.value for scope in Scope]
    if not given or set(given) - set(known):
        raise CatalogError(f"got scopes {given}, wanted one or more of {known}")
    return frozenset(Scope(scope) for scope in given)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _record(row: Row[Any]) -> KeyRecord:
    scopes = frozenset(Scope(scope) for scope in row.scopes.split())
    return KeyRecord(row.key_id, row.name, scopes, row.site, row.created_at, row.revoked_at)
