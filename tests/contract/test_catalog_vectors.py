"""Vectors, what waits for one, and what an index is told, on every database the catalog runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from catalog_cases import DATABASES, ENCODER, article, database_url, key, vector

from recommender.catalog import Change, open_catalog
from recommender.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.article import Article
    from recommender.catalog import Catalog


@pytest.fixture(params=DATABASES)
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    with database_url(request.param, tmp_path) as url, open_catalog(url) as opened:
        yield opened


def test_vectors_come_back_bit_for_bit(catalog: Catalog) -> None:
    sent = {"a": vector(0.1, -1e-30, 3e38), "b": vector(1, 2, 3)}
    catalog.put_embeddings(ENCODER, sent)

    held = catalog.embeddings(ENCODER, ["b", "a", "unknown", "a"])

    assert set(held) == {"a", "b"}
    for content_hash, numbers in sent.items():
        assert held[content_hash].dtype == np.float32
        assert held[content_hash].tobytes() == numbers.tobytes()
    assert catalog.embeddings("another", ["a"]) == {}


def test_a_vector_logs_one_change_for_each_servable_article_with_that_text(catalog: Catalog) -> None:
    sent = [
        article("1", title="Gleich"),
        article("2", title="Gleich", site="bergbote"),
        article("3", title="Gleich", status="draft"),
        article("4", title="Gleich"),
        article("5", title="Anders"),
    ]
    receipts = catalog.upsert(sent)
    catalog.delete(key("4"))

    revision = catalog.put_embeddings(ENCODER, {sent[0].content_hash: vector(1, 0)})

    assert revision == 8
    assert catalog.changes_since(6) == [Change(7, receipts[0].row_id), Change(8, receipts[1].row_id)]


def test_a_vector_that_is_there_already_costs_no_revision_and_another_replaces_it(catalog: Catalog) -> None:
    (receipt,) = catalog.upsert([article("1")])
    content_hash = article("1").content_hash
    catalog.put_embeddings(ENCODER, {content_hash: vector(1, 0)})

    assert catalog.put_embeddings(ENCODER, {content_hash: vector(1, 0)}) == 2
    assert catalog.put_embeddings(ENCODER, {content_hash: vector(0, 1), "unused": vector(1, 1)}) == 3
    assert catalog.changes_since(2) == [Change(3, receipt.row_id)]
    assert catalog.embeddings(ENCODER, [content_hash])[content_hash].tolist() == [0, 1]


@pytest.mark.parametrize(
    "numbers", [[np.nan, 1.0], [np.inf, 1.0], [1e39, 1.0], [0.0, 0.0], [], [[1.0, 0.0]], [1.0, 0.0, 0.0], 1.0]
)
def test_vectors_without_a_direction_or_of_another_width_are_refused_and_nothing_is_stored(
    catalog: Catalog, numbers: object
) -> None:
    with np.errstate(over="ignore"), pytest.raises(EncoderError):
        catalog.put_embeddings(ENCODER, {"good": vector(1, 0), "bad": numbers})  # type: ignore[dict-item]

    assert catalog.embeddings(ENCODER, ["good", "bad"]) == {}


def test_an_encoder_keeps_its_width(catalog: Catalog) -> None:
    catalog.put_embeddings(ENCODER, {"a": vector(1, 0)})

    with pytest.raises(EncoderError, match="got 3-dim vectors from 'test-encoder@1', the catalog has 2"):
        catalog.put_embeddings(ENCODER, {"b": vector(1, 0, 0)})

    catalog.put_embeddings("another", {"b": vector(1, 0, 0)})
    assert catalog.embeddings(ENCODER, ["a", "b"]).keys() == {"a"}


def test_pending_is_what_is_servable_and_lacks_a_vector_oldest_first(catalog: Catalog) -> None:
    catalog.upsert([article(name) for name in ("alt", "neu", "fertig", "weg")])
    catalog.upsert([article("entwurf", status="draft"), article("alt", title="Noch einmal")])
    catalog.delete(key("weg"))
    catalog.put_embeddings(ENCODER, {article("fertig").content_hash: vector(1, 0)})

    assert [(s.article.id, s.revision) for s in catalog.pending(ENCODER, 10)] == [("neu", 2), ("alt", 6)]
    assert [s.article.id for s in catalog.pending(ENCODER, 1)] == ["neu"]
    assert [s.article.id for s in catalog.pending(ENCODER, 10, after=2)] == ["alt"]
    assert (catalog.pending_count(ENCODER), catalog.pending_count("another")) == (2, 3)


def test_a_change_that_leaves_the_text_alone_waits_for_no_vector(catalog: Catalog) -> None:
    catalog.upsert([article("1", section="Lokales")])
    catalog.put_embeddings(ENCODER, {article("1").content_hash: vector(1, 0)})

    (receipt,) = catalog.upsert([article("1", section="Verkehr")])

    assert receipt.outcome == "updated"
    assert catalog.pending(ENCODER, 10) == []


def test_states_tell_what_is_true_now(catalog: Catalog) -> None:
    names = ("fertig", "wartend", "entwurf", "weg")
    receipts = catalog.upsert([article(n, status="draft" if n == "entwurf" else "published") for n in names])
    catalog.put_embeddings(ENCODER, {article(n).content_hash: vector(1, 0) for n in ("fertig", "weg")})
    catalog.put_embeddings("another", {article("wartend").content_hash: vector(0, 1)})
    catalog.delete(key("weg"))
    ids = [r.row_id for r in receipts]

    states = catalog.states([ids[3], *ids, 999_999], ENCODER)

    assert [s.row_id for s in states] == sorted(ids)
    told = {s.article.id: (s.servable, None if s.vector is None else s.vector.tolist()) for s in states}
    assert told == {
        "fertig": (True, [1, 0]),
        "wartend": (True, None),
        "entwurf": (False, None),
        "weg": (False, [1, 0]),
    }
    assert [s.revision for s in states if s.article.id == "weg"] == [8]
    assert [s.content_hash for s in states] == [s.article.content_hash for s in states]


def test_a_snapshot_is_one_moment_while_writers_go_on(catalog: Catalog) -> None:
    sent = [article(str(number)) for number in range(25)]
    catalog.upsert(sent)
    catalog.put_embeddings(ENCODER, _vectors(sent[:20]))
    catalog.delete(key("3"))
    before = catalog.revision()

    with catalog.snapshot_rows(ENCODER, batch=4) as snapshot:
        rows = iter(snapshot)
        first = next(rows)
        catalog.delete(key("7"))
        catalog.upsert([article("9", status="draft"), article("neu", title=sent[0].title)])
        catalog.put_embeddings(ENCODER, _vectors(sent[20:]))
        seen = [first, *rows]
        assert (snapshot.revision, snapshot.count()) == (before, 19)

    want = [a for a in sent[:20] if a.id != "3"]
    assert [stored.article for stored, _ in seen] == want
    assert [numbers.tolist() for _, numbers in seen] == [_vectors([a])[a.content_hash].tolist() for a in want]
    with catalog.snapshot_rows(ENCODER) as later:
        assert [stored.article.id for stored, _ in later] == [
            *(a.id for a in sent if a.id not in {"3", "7", "9"}),
            "neu",
        ]
        assert later.revision == catalog.revision()


def test_a_snapshot_left_early_leaves_the_catalog_usable(catalog: Catalog) -> None:
    sent = [article(str(number)) for number in range(10)]
    catalog.upsert(sent)
    catalog.put_embeddings(ENCODER, _vectors(sent))

    with catalog.snapshot_rows(ENCODER, batch=2) as snapshot:
        stored, _ = next(iter(snapshot))

    assert stored.article.id == "0"
    assert catalog.delete(key("0")).outcome == "deleted"


def test_pruning_keeps_only_wanted_encoders_and_texts_in_use(catalog: Catalog) -> None:
    catalog.upsert([article("1"), article("2", status="draft"), article("weg")])
    vectors = _vectors([article("1"), article("2"), article("weg")]) | {"nobody": vector(1, 1, 1)}
    catalog.put_embeddings(ENCODER, vectors)
    catalog.put_embeddings("old", vectors)
    catalog.delete(key("weg"))

    assert catalog.prune_embeddings([ENCODER]) == 6
    assert catalog.embeddings("old", vectors) == {}
    assert catalog.embeddings(ENCODER, vectors).keys() == _vectors([article("1"), article("2")]).keys()


def _vectors(articles: list[Article]) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return {each.content_hash: vector(1, len(each.id), int(each.content_hash[:4], 16)) for each in articles}
