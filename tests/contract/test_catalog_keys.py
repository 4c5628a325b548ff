"""API keys, on every database the catalog runs on."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from catalog_cases import DATABASES, START, after, database_url
from sqlalchemy import create_engine, text

from recommender.catalog import Catalog, KeyRecord, Scope, open_catalog
from recommender.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    minutes = count()
    with open_catalog(url, clock=lambda: after(next(minutes))) as opened:
        yield opened


def test_a_secret_gives_its_key_and_nothing_else_does(catalog: Catalog) -> None:
    made = catalog.create_key(" Redaktion ", ["read", Scope.WRITE], site="talblatt")
    other = catalog.create_key("Betrieb", ["admin"])

    want = KeyRecord(
        made.record.key_id, "Redaktion", frozenset({Scope.READ, Scope.WRITE}), "talblatt", START, None
    )
    assert catalog.authenticate(made.secret) == made.record == want
    assert catalog.authenticate(other.secret) == other.record
    for wrong in ("", made.secret + "x", made.secret[:-1], made.record.key_id, "\ud800", "\x00"):
        assert catalog.authenticate(wrong) is None


def test_a_revoked_key_opens_nothing_but_stays_listed(catalog: Catalog) -> None:
    first, second = catalog.create_key("A", ["read"]), catalog.create_key("B", ["read"])

    assert catalog.revoke_key(first.record.key_id)
    assert not catalog.revoke_key(first.record.key_id)
    assert not catalog.revoke_key("unknown")
    assert catalog.authenticate(first.secret) is None
    assert catalog.authenticate(second.secret) == second.record
    assert [(k.name, k.revoked_at) for k in catalog.list_keys()] == [("A", after(2)), ("B", None)]


def test_the_secret_is_stored_nowhere_and_not_shown_by_repr(catalog: Catalog, url: str) -> None:
    made = catalog.create_key("A", ["read"])
    random_part = made.secret.split("_", 2)[2]

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM api_keys")).one()
    engine.dispose()

    assert len(random_part) >= 32
    assert made.secret not in repr(made)
    assert not any(random_part in str(value) for value in row)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", ""]])
def test_unknown_scopes_are_refused(catalog: Catalog, scopes: list[str]) -> None:
    with pytest.raises(CatalogError, match="wanted one or more of"):
        catalog.create_key("A", scopes)
    assert catalog.list_keys() == []


def test_a_key_needs_a_name(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="without a name"):
        catalog.create_key("  ", ["read"])
