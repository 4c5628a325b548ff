"""Opening a catalog: its tables, its settings, and what is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Barrier, Thread, Timer
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from catalog_cases import article
from sqlalchemy import create_engine, inspect

from recommender.catalog import open_catalog
from recommender.catalog.engine import Database
from recommender.catalog.schema import VERSION_TABLE
from recommender.catalog.tables import metadata
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_migrations_make_the_very_tables_that_the_code_knows(tmp_path: Path) -> None:
    open_catalog(_url(tmp_path / "migrated.db")).close()
    made, migrated = create_engine(_url(tmp_path / "made.db")), create_engine(_url(tmp_path / "migrated.db"))
    metadata.create_all(made)

    with migrated.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    # alembic's comparison does not see CHECKs and AUTOINCREMENT; the statements do
    assert _statements(tmp_path / "migrated.db") == _statements(tmp_path / "made.db")
    made.dispose()
    migrated.dispose()


def test_opening_twice_keeps_what_is_there(tmp_path: Path) -> None:
    with open_catalog(_url(tmp_path / "new" / "folder" / "c.db")) as catalog:
        catalog.upsert([article("1")])

    with open_catalog(_url(tmp_path / "new" / "folder" / "c.db")) as catalog:
        assert catalog.revision() == 1


@pytest.mark.parametrize("files", [1, 6])
def test_threads_may_open_new_catalogs_at_once(tmp_path: Path, files: int) -> None:
    revisions: list[int] = []
    together = Barrier(6)

    def open_and_read(number: int) -> None:
        together.wait()
        with open_catalog(_url(tmp_path / f"{number % files}.db")) as catalog:
            revisions.append(catalog.revision())

    threads = [Thread(target=open_and_read, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert revisions == [0] * 6


def test_a_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None, check_same_thread=False)) as other:
        # SQLite answers "locked" at once to who asks for WAL now, whatever the busy timeout.
        other.execute("BEGIN IMMEDIATE")
        release = Timer(0.1, lambda: other.execute("ROLLBACK"))
        release.start()
        with open_catalog(_url(tmp_path / "c.db")) as catalog:
            assert catalog.revision() == 0
        release.join()


def test_every_connection_has_the_settings_that_keep_a_promise(tmp_path: Path) -> None:
    database = Database(_url(tmp_path / "c.db"), busy_timeout_s=10.0)
    database.use_wal()
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")

    with database.reading() as first, database.reading() as second:
        for connection in (first, second):
            got = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
            assert got == ["wal", 2, 1, 10_000]
    database.close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(CatalogError, match="journal_mode is 'memory', wanted 'wal'"):
        open_catalog(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("var/catalog.db", "give a URL such as sqlite:///"),
        ("nosuch://host/db", "got a nosuch URL, wanted sqlite or postgresql"),
        ("mysql://host/db", "got a mysql URL, wanted sqlite or postgresql"),
    ],
)
def test_a_url_of_another_kind_is_refused(url: str, says: str) -> None:
    with pytest.raises(CatalogError, match=says):
        open_catalog(url)


def test_a_catalog_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_catalog(_url(tmp_path / "c.db")).close()
    _run(tmp_path / "c.db", f"UPDATE {VERSION_TABLE} SET version_num = '9999'")

    with pytest.raises(CatalogError, match=r"version '9999', this package knows \['0001'\].* newer version"):
        open_catalog(_url(tmp_path / "c.db"))

    with closing(sqlite3.connect(tmp_path / "c.db")) as connection:
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [("9999",)]


def test_the_tables_of_another_application_are_refused_and_left_alone(tmp_path: Path) -> None:
    _run(tmp_path / "c.db", "CREATE TABLE articles (title TEXT)")

    with pytest.raises(CatalogError, match="belongs to another application"):
        open_catalog(_url(tmp_path / "c.db"))

    engine = create_engine(_url(tmp_path / "c.db"))
    assert inspect(engine).get_table_names() == ["articles"]
    engine.dispose()


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _run(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def _statements(path: Path) -> dict[str, list[str]]:
    """Return each table's and index's CREATE statement, its lines in one order."""
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE ?"
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(query, (f"%{VERSION_TABLE}%",)).fetchall()
    return {name: sorted(line.strip(" \t,") for line in sql.splitlines()) for name, sql in rows}
