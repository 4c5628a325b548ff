"""When the database fails, the error says what happened and what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from catalog_cases import article, key
from sqlalchemy import event

from recommender.catalog import open_catalog
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_database_locked_for_too_long_is_named_and_nothing_is_stored(tmp_path: Path) -> None:
    with open_catalog(_url(tmp_path), busy_timeout_s=0.05) as catalog:
        with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(CatalogError, match=r"locked by another writer.*\(database is locked\)"):
                catalog.upsert([article("1")])
            assert catalog.get(key("1")) is None
            other.execute("ROLLBACK")

        assert catalog.upsert([article("1")])[0].revision == 1


def test_a_new_database_locked_for_too_long_is_named(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CatalogError, match="locked by another writer"):
            open_catalog(_url(tmp_path), busy_timeout_s=0.05)


def test_a_full_disk_is_named_and_the_batch_is_undone_whole(tmp_path: Path) -> None:
    with open_catalog(_url(tmp_path)) as catalog:
        catalog.upsert([article("1")])
        # SQLite answers a reached page limit exactly as it answers a full disk.
        event.listen(
            catalog._database._engine,
            "begin",
            lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"),
        )
        with pytest.raises(CatalogError, match="out of space"):
            catalog.upsert([article("1", title="Neu"), article("2", body="Lang. " * 100_000)])

        stored = catalog.get(key("1"))
        assert stored is not None
        assert stored.article == article("1")
        assert (catalog.revision(), catalog.get(key("2"))) == (1, None)


def test_a_read_only_file_is_named_when_it_is_opened(tmp_path: Path) -> None:
    open_catalog(_url(tmp_path)).close()

    with pytest.raises(CatalogError, match="read-only: make the file and its folder writable"):
        open_catalog(f"sqlite:///file:{tmp_path / 'c.db'}?mode=ro&uri=true")


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_text("Notizen der Redaktion\n" * 100, encoding="utf-8")
    before = (tmp_path / "c.db").read_bytes()

    with pytest.raises(CatalogError, match="not an SQLite database"):
        open_catalog(_url(tmp_path))

    assert (tmp_path / "c.db").read_bytes() == before


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    with open_catalog(_url(tmp_path)) as catalog:
        catalog.upsert([article(str(number), body=f"Text {number}. " * 200) for number in range(50)])
    whole = bytearray((tmp_path / "c.db").read_bytes())
    whole[8_192:] = b"\xa5" * (len(whole) - 8_192)
    (tmp_path / "c.db").write_bytes(whole)

    with pytest.raises(CatalogError, match="damaged"), open_catalog(_url(tmp_path)) as catalog:
        catalog.get(key("7"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")

    with pytest.raises(CatalogError, match="cannot make its folder"):
        open_catalog(f"sqlite:///{tmp_path}/taken/c.db")


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not to be opened"):
        open_catalog(f"sqlite:///{tmp_path}")


def test_a_stored_document_or_vector_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with open_catalog(_url(tmp_path)) as catalog:
        catalog.upsert([article("1")])
        catalog.put_embeddings("e", {"h": [1.0, 2.0]})
        with closing(sqlite3.connect(tmp_path / "c.db")) as other, other:
            other.execute("UPDATE articles SET document = '{}'")
            other.execute("UPDATE embeddings SET vector = x'00'")

        with pytest.raises(CatalogError, match="row 1 holds a document that is no article"):
            catalog.get(key("1"))
        with pytest.raises(CatalogError, match="got a stored vector of 1 bytes, wanted 8"):
            catalog.embeddings("e", ["h"])


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'c.db'}"
