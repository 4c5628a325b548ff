"""Connections, and the only place that knows which database it is: settings, locks, transactions.

SQLite: WAL, `synchronous=FULL` (a 2xx survives a power cut), foreign keys, a busy timeout; writers
begin IMMEDIATE, for a transaction that reads first and writes later can fail at the upgrade.
PostgreSQL: `synchronous_commit` must not be off; a snapshot read is REPEATABLE READ.
Every setting is read back, since both engines ignore what they do not know.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.pool import QueuePool

from recommender.catalog.failures import DRIVER_ERRORS, LOCKED, explaining, is_busy
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

_BEGIN = "catalog_begin"
_CACHE_KIB = 16_384
# Together more than a web server's worker threads (40), so that none waits for a connection.
_KEPT_CONNECTIONS, _MORE_CONNECTIONS = 16, 48
# Any number will do, as long as every version of this package takes the same.
_ADVISORY_LOCK = 7_230_518


class Database:
    """Pooled connections to one database; safe to use from several threads, not across a fork."""

    def __init__(self, url: str, *, busy_timeout_s: float) -> None:
        with explaining("URL"):
            parsed = make_url(url)
        self.where = parsed.render_as_string(hide_password=True)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._busy_timeout_s = busy_timeout_s
        # Writers of this process queue here: SQLite's own waiting is a poll that starves some of them.
        self._turn = Lock()
        try:
            with explaining(self.where):
                self._engine = self._sqlite_engine(parsed) if self.is_sqlite else _server_engine(parsed)
        except ModuleNotFoundError as error:
            raise CatalogError(
                f"catalog {self.where}: its driver is missing ({error}): install aehnliche-artikel[postgres]"
            ) from error
        self._writer = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})

    def _sqlite_engine(self, url: URL) -> Engine:
        _make_folder(url)
        # The pool is named, or an in-memory database would bring one that shares its connection.
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=_KEPT_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            connect_args={"timeout": self._busy_timeout_s},
        )
        event.listen(engine, "connect", self._set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _set_up_sqlite(self, connection: Any, _record: Any) -> None:
        # The driver would begin transactions by itself, and too late; `_begin_sqlite` does it.
        connection.isolation_level = None
        busy_ms = round(self._busy_timeout_s * 1_000)
        wanted = {"synchronous": 2, "foreign_keys": 1, "busy_timeout": busy_ms, "cache_size": -_CACHE_KIB}
        for name, value in wanted.items():
            connection.execute(f"PRAGMA {name} = {value}")
            (got,) = connection.execute(f"PRAGMA {name}").fetchone()
            _demand(self.where, name, got, value)

    def use_wal(self) -> None:
        """Switch SQLite to write-ahead logging and check that it took; nothing to do elsewhere."""
        if not self.is_sqlite:
            return
        deadline = time.monotonic() + self._busy_timeout_s
        with explaining(self.where):
            while True:
                try:
                    got = self._switch_to_wal()
                    break
                except DRIVER_ERRORS as error:
                    # The switch does not wait while another is about to write its first tables.
                    if not is_busy(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
        _demand(self.where, "journal_mode", got, "wal")

    def _switch_to_wal(self) -> Any:
        with self._engine.execution_options(**{_BEGIN: ""}).connect() as connection:
            return connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar_one()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for reads; on SQLite all of them see one moment."""
        with explaining(self.where), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection whose reads all see one moment, on every database, however long they take."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with explaining(self.where), self._engine.connect() as connection:
            yield connection.execution_options(**options)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a write transaction: committed at the end, undone by an exception."""
        if not self._turn.acquire(timeout=self._busy_timeout_s):
            raise CatalogError(f"catalog {self.where} is {LOCKED}")
        try:
            with explaining(self.where), self._writer.begin() as connection:
                yield connection
        finally:
            self._turn.release()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a write transaction that no other process migrates beside."""
        with self.writing() as connection:
            if not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
            yield connection

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


def _server_engine(url: URL) -> Engine:
    if url.get_backend_name() != "postgresql":
        raise CatalogError(f"catalog: got a {url.get_backend_name()} URL, wanted sqlite or postgresql")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(
        url, pool_size=_KEPT_CONNECTIONS, max_overflow=_MORE_CONNECTIONS, pool_pre_ping=True
    )

    def set_up(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute("SHOW synchronous_commit")
            (got,) = cursor.fetchone()
        connection.commit()
        if got == "off":
            _demand(url.render_as_string(), "synchronous_commit", got, "on")

    event.listen(engine, "connect", set_up)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _make_folder(url: URL) -> None:
    database = url.database or ""
    if not database or database == ":memory:" or database.startswith("file:"):
        return
    folder = Path(database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CatalogError(
            f"catalog: cannot make its folder {folder} ({error}): choose another place"
        ) from error


def _demand(where: str, setting: str, got: object, wanted: object) -> None:
    if got != wanted:
        raise CatalogError(
            f"catalog {where}: {setting} is {got!r}, wanted {wanted!r}, or accepted articles could be lost: "
            f"use a file on a local disk (no in-memory database, no network share), or change the setting"
        )
