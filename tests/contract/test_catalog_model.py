"""The catalog against a dict that follows the rules of its docstrings, over random histories."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from catalog_cases import DATABASES, after, article, database_url, key
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.catalog import open_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.article import Article
    from recommender.catalog import Catalog

IDS = ("a", "b", "c")
Sent = tuple[str, int, int | None, bool]
Step = list[Sent] | list[str]

_sent = st.tuples(st.sampled_from(IDS), st.integers(0, 1), st.none() | st.integers(0, 2), st.booleans())
_steps = st.lists(
    st.lists(_sent, min_size=1, max_size=4) | st.lists(st.sampled_from(IDS), min_size=1), max_size=8
)
_site_numbers = count()


@dataclass
class Entry:
    """What the model remembers of an article."""

    article: Article
    newest: int | None
    deleted: bool
    revision: int


@pytest.fixture(scope="module", params=DATABASES)
def catalog(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("model")
    with database_url(request.param, folder) as url, open_catalog(url) as opened:
        yield opened


@settings(max_examples=80, deadline=None)
@given(steps=_steps)
def test_any_history_ends_as_the_model_says(catalog: Catalog, steps: list[Step]) -> None:
    # A site of its own gives each history an empty catalog without opening one.
    site = f"site-{next(_site_numbers)}"
    start = catalog.revision()
    model: dict[str, Entry] = {}
    log: list[tuple[int, str]] = []

    for step in steps:
        sent = [each for each in step if not isinstance(each, str)]
        got = [(r.outcome, r.revision) for r in catalog.upsert([_article(site, each) for each in sent])]
        assert got == [_upsert(model, log, start, site, each) for each in sent]
        ids = [each for each in step if isinstance(each, str)]
        gone = [(r.outcome, r.revision) for r in catalog.delete_many([key(each, site) for each in ids])]
        assert gone == [_delete(model, log, start, each) for each in ids]

    rows = catalog.row_ids([key(each, site) for each in IDS])
    assert [(c.revision, c.row_id) for c in catalog.changes_since(start)] == [
        (n, rows[key(i, site)]) for n, i in log
    ]
    for each in IDS:
        stored, entry = catalog.get(key(each, site)), model.get(each)
        assert (stored is None) == (entry is None)
        if stored is not None and entry is not None:
            assert (stored.article, stored.deleted, stored.revision) == (
                entry.article,
                entry.deleted,
                entry.revision,
            )
    live = [e for e in model.values() if not e.deleted]
    counts = catalog.counts(site)
    assert counts.get("published", 0) == sum(e.article.status == "published" for e in live)
    assert sum(counts.values()) == len(model)


def _article(site: str, sent: Sent) -> Article:
    article_id, text, minute, published = sent
    return article(
        article_id,
        site=site,
        title=f"Fassung {text}",
        updated_at=None if minute is None else after(minute),
        status="published" if published else "draft",
    )


def _upsert(
    model: dict[str, Entry], log: list[tuple[int, str]], start: int, site: str, sent: Sent
) -> tuple[str, int]:
    entry, new, minute = model.get(sent[0]), _article(site, sent), sent[2]
    if entry and entry.newest is not None and minute is not None and minute < entry.newest:
        return "stale", entry.revision
    if entry and not entry.deleted and entry.article == new:
        return "unchanged", entry.revision
    outcome = "updated" if entry and not entry.deleted else "created"
    newest = minute if minute is not None or entry is None else entry.newest
    log.append((start + len(log) + 1, sent[0]))
    model[sent[0]] = Entry(new, newest, deleted=False, revision=log[-1][0])
    return outcome, log[-1][0]


def _delete(
    model: dict[str, Entry], log: list[tuple[int, str]], start: int, article_id: str
) -> tuple[str, int]:
    entry = model.get(article_id)
    if entry is None or entry.deleted:
        return "absent", 0 if entry is None else entry.revision
    log.append((start + len(log) + 1, article_id))
    entry.deleted, entry.revision = True, log[-1][0]
    return "deleted", entry.revision
