"""What the catalog's tests share: databases to run on, articles, vectors.

SQLite always; PostgreSQL too when RECOMMENDER_TEST_POSTGRES holds the URL of a server on which
databases may be made and dropped.
"""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import create_engine, make_url, text

from recommender.article import Article, ArticleKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.catalog.types import Vector

_POSTGRES = os.environ.get("RECOMMENDER_TEST_POSTGRES", "")
DATABASES = ("sqlite", "postgres") if _POSTGRES else ("sqlite",)
START = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=UTC)
SITE = "talblatt"
ENCODER = "test-encoder@1"


@contextmanager
def database_url(kind: str, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database of this kind, and remove it afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'catalog.db'}"
        return
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(make_url(_POSTGRES), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(_POSTGRES).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


def key(article_id: str, site: str = SITE) -> ArticleKey:
    """Name an article of the test site."""
    return ArticleKey(site, article_id)


def article(article_id: str, **fields: Any) -> Article:
    """Make an article with a title of its own; `fields` replace what it says."""
    given = {"site": SITE, "id": article_id, "title": f"Brücke {article_id} gesperrt", "language": "de"}
    return Article.model_validate(given | fields)


def after(minutes: float) -> datetime:
    """Return the moment that many minutes after `START`."""
    return START + timedelta(minutes=minutes)


def vector(*numbers: float) -> Vector:
    """Make a float32 vector."""
    return np.array(numbers, dtype=np.float32)
