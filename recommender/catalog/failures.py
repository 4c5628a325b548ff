"""What the database driver throws, turned into a `CatalogError` that says what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from recommender.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

# SQLAlchemy wraps the driver's errors, but not those raised while a connection is being set up.
DRIVER_ERRORS = (DBAPIError, sqlite3.Error)
LOCKED = (
    "locked by another writer for longer than the busy timeout: look for a process that holds a "
    "transaction open (a copy, a backup, an SQL shell), end it and send the articles again"
)
# Keys are SQLite's own error names; extended ones such as SQLITE_IOERR_WRITE begin with them.
_ADVICE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": "out of space: free space on its disk and send again what was not confirmed",
    "SQLITE_READONLY": "read-only: make the file and its folder writable for this user",
    "SQLITE_NOTADB": "not an SQLite database: point the URL at the catalog's file, or at a new one",
    "SQLITE_CORRUPT": "damaged: stop the service and restore it from a backup",
    "SQLITE_CANTOPEN": "not to be opened: make its folder readable and writable for this user",
    "SQLITE_IOERR": "unreadable or unwritable on its disk: check the disk and the system log",
}


@contextmanager
def explaining(where: str) -> Iterator[None]:
    """Raise `CatalogError` for every failure of the database `where`; other errors pass."""
    try:
        yield
    except PoolTimeoutError as error:
        raise CatalogError(
            f"catalog {where}: every connection is in use: ask less at once, or end reads that hang"
        ) from error
    except ArgumentError as error:
        raise CatalogError(
            f"catalog {where}: this database cannot be used ({error}): give a URL such as sqlite:///var/catalog.db"
        ) from error
    except DRIVER_ERRORS as error:
        raise CatalogError(f"catalog {where} is {_advice(error)} ({_cause(error)})") from error
    except SQLAlchemyError as error:
        raise CatalogError(f"catalog {where}: {error}") from error


def is_busy(error: Exception) -> bool:
    """Say whether trying again later may help."""
    return _sqlite_name(error).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _advice(error: Exception) -> str:
    name = _sqlite_name(error)
    for prefix, advice in _ADVICE.items():
        if name.startswith(prefix):
            return advice
    return "failing: see the database's own message and log"


def _sqlite_name(error: Exception) -> str:
    return str(getattr(_cause(error), "sqlite_errorname", ""))


def _cause(error: Exception) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error
