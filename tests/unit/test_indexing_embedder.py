"""Vectors for what has none: each text once, the queue never stopped by one text, nothing lost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from catalog_cases import SITE, article
from encoder_fakes import NanEncoder, WatchedEncoder, failing_on

from recommender.article import ArticleKey
from recommender.catalog import open_catalog
from recommender.encoder.base import EmbeddingText
from recommender.errors import CatalogError, EncoderError, EncoderUnavailableError
from recommender.indexing import Embedder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from recommender.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


def _fill(catalog: Catalog, *titles: str) -> None:
    catalog.upsert([article(title, title=title, body="x" * at) for at, title in enumerate(titles)])


def _without(catalog: Catalog, encoder: WatchedEncoder) -> list[str]:
    return [stored.article.title for stored in catalog.pending(encoder.encoder_id, 1_000)]


def test_everything_that_waits_gets_the_encoder_s_vector(catalog: Catalog) -> None:
    encoder = WatchedEncoder()
    _fill(catalog, "a", "b", "c")
    catalog.upsert([article("draft", status="draft")])

    assert Embedder(catalog, encoder).catch_up() == 3

    assert sorted(encoder.encoded) == ["a", "b", "c"]
    assert catalog.pending_count(encoder.encoder_id) == 0
    stored = catalog.get(ArticleKey(SITE, "b"))
    assert stored is not None
    vector = catalog.embeddings(encoder.encoder_id, [stored.content_hash])[stored.content_hash]
    assert vector.tolist() == encoder.encode([EmbeddingText.of(stored.article)])[0].tolist()


def test_equal_texts_are_encoded_once_and_a_second_run_encodes_nothing(catalog: Catalog) -> None:
    encoder = WatchedEncoder()
    catalog.upsert([article(str(at), title="same") for at in range(5)])
    catalog.upsert([article("elsewhere", title="same", site="other")])

    assert Embedder(catalog, encoder).catch_up() == 6
    assert Embedder(catalog, encoder).catch_up() == 0
    assert encoder.encoded == ["same"]


def test_short_texts_come_in_slices_together(catalog: Catalog) -> None:
    encoder = WatchedEncoder()
    _fill(catalog, *(f"t{at}" for at in range(40)))
    assert Embedder(catalog, encoder).step() == 40
    assert encoder.calls == [[f"t{at}" for at in range(first, min(40, first + 16))] for first in (0, 16, 32)]


def test_progress_hears_of_every_article(catalog: Catalog) -> None:
    heard: list[int] = []
    _fill(catalog, *(f"t{at}" for at in range(300)))
    Embedder(catalog, WatchedEncoder()).catch_up(progress=heard.append)
    assert heard == [256, 44]


def test_no_work_is_no_step(catalog: Catalog) -> None:
    assert Embedder(catalog, WatchedEncoder()).step() == 0


@pytest.mark.parametrize(
    "error", [EncoderError("no"), RuntimeError("no"), IndexError("no"), UnicodeError("no"), MemoryError()]
)
def test_a_text_that_cannot_be_encoded_is_passed_over_and_logged(
    catalog: Catalog, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = WatchedEncoder(failing_on("bad", error))
    _fill(catalog, "a", "bad", "b", *(f"t{at}" for at in range(20)))
    embedder = Embedder(catalog, encoder)

    with caplog.at_level(logging.ERROR):
        assert embedder.catch_up() == 22

    assert _without(catalog, encoder) == ["bad"]
    assert embedder.failed == 1
    stored = catalog.get(ArticleKey(SITE, "bad"))
    assert stored is not None
    (logged,) = [record.getMessage() for record in caplog.records]
    assert logged.startswith(f"article.not_encoded content_hash={stored.content_hash} error={error}: ")


def test_a_vector_without_numbers_fails_alone_too(catalog: Catalog) -> None:
    encoder = NanEncoder()
    _fill(catalog, "a", "bad", "b")
    assert Embedder(catalog, encoder).catch_up() == 2
    assert _without(catalog, encoder) == ["bad"]


def test_what_failed_is_not_tried_again_until_its_text_changes(catalog: Catalog) -> None:
    encoder = WatchedEncoder(failing_on("bad", EncoderError("no")))
    _fill(catalog, "bad")
    embedder = Embedder(catalog, encoder)
    embedder.catch_up()
    encoder.calls.clear()

    _fill(catalog, "bad", "new")
    assert embedder.catch_up() == 1
    assert encoder.encoded == ["new"]

    catalog.upsert([article("bad", title="good")])
    assert embedder.catch_up() == 1
    assert _without(catalog, encoder) == []


def test_a_queue_full_of_failures_does_not_hide_what_waits_behind(catalog: Catalog) -> None:
    encoder = WatchedEncoder()
    encoder.before = _refuse_all_bad
    catalog.upsert([article(f"bad{at:03}", title=f"bad {at}") for at in range(300)])
    embedder = Embedder(catalog, encoder)
    embedder.catch_up()
    catalog.upsert([article("good", title="good")])

    assert embedder.step() == 1
    assert embedder.failed == 300
    assert catalog.pending_count(encoder.encoder_id) == 300


def _refuse_all_bad(texts: Sequence[EmbeddingText]) -> None:
    if any(text.title.startswith("bad") for text in texts):
        raise EncoderError("no")


def test_a_new_embedder_tries_what_failed_again(catalog: Catalog) -> None:
    encoder = WatchedEncoder(failing_on("bad", EncoderError("no")))
    _fill(catalog, "bad")
    Embedder(catalog, encoder).catch_up()

    encoder.before = None
    assert Embedder(catalog, encoder).catch_up() == 1
    assert _without(catalog, encoder) == []


def test_a_broken_encoder_blames_no_article(catalog: Catalog) -> None:
    def broken(_texts: Sequence[EmbeddingText]) -> None:
        raise EncoderError("the model is broken")

    encoder = WatchedEncoder(broken)
    _fill(catalog, "a", "b")
    embedder = Embedder(catalog, encoder)

    with pytest.raises(EncoderError, match="the model is broken"):
        embedder.step()
    assert embedder.failed == 0

    encoder.before = None
    assert embedder.catch_up() == 2


@pytest.mark.parametrize("error", [EncoderUnavailableError("away"), CatalogError("locked")])
def test_an_absent_encoder_or_catalog_blames_no_article(catalog: Catalog, error: Exception) -> None:
    encoder = WatchedEncoder(failing_on("a", error))
    _fill(catalog, "a")
    embedder = Embedder(catalog, encoder)
    with pytest.raises(type(error)):
        embedder.step()
    assert embedder.failed == 0


def test_what_was_encoded_before_a_breakdown_is_kept(catalog: Catalog) -> None:
    encoder = WatchedEncoder(failing_on("t20", EncoderUnavailableError("away")))
    _fill(catalog, *(f"t{at}" for at in range(40)))
    with pytest.raises(EncoderUnavailableError):
        Embedder(catalog, encoder).step()
    assert sorted(_without(catalog, encoder)) == sorted(f"t{at}" for at in range(16, 40))
