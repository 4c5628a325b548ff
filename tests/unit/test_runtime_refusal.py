"""A published snapshot that cannot be used is told to the operator, and takes nothing away from readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service_world import SITE, article

from index.live import build_snapshot
from index.snapshot import publish
from recommender.article import ArticleKey
from recommender.encoder.hashing import HashingEncoder
from recommender.indexing import Embedder
from recommender.rows import join_rows
from recommender.runtime.core import Core
from recommender.service import Ask
from recommender.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_readiness_names_the_snapshot_that_was_refused(tmp_path: Path) -> None:
    encoder = HashingEncoder()
    core = Core.open(Settings(data_dir=tmp_path, model="hashing"), encoder=encoder)
    core.catalog.upsert([article("q"), article("a")])
    Embedder(core.catalog, encoder).catch_up()
    core.tailer.catch_up()
    assert core.readiness()["degraded"] == []
    root = core.settings.snapshot_dir
    publish(root, build_snapshot(root, join_rows([], dim=8), encoder_id="another", revision=0))

    core.tailer.step()

    (degraded,) = core.readiness()["degraded"]
    assert degraded.startswith("snapshot: the one before goes on answering; ")
    assert "got encoder 'another'" in degraded
    found = core.recommender.related(ArticleKey(SITE, "q"), Ask())
    assert [item.article.id for item in found.items] == ["a"]
    core.close()
