"""`demo`: the main job on our own corpus, offline, from nothing to a news site with filled sections."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.article import ArticleKey
from recommender.catalog import open_catalog
from recommender.cli.common import encoder_of, indexing_lock, load_settings, out, progress, quiet
from recommender.cli.related import print_section
from recommender.demo.corpus import LEAD_ID, SITE, load_corpus
from recommender.errors import SettingsError
from recommender.indexing import Embedder
from recommender.ingest import accept_all
from recommender.rebuild import rebuild
from recommender.runtime.core import Core
from recommender.runtime.server import serve
from recommender.service import Ask

if TYPE_CHECKING:
    from recommender.settings import Settings

# The page that started it all, a flood in the region, a guide.
SHOWN = (LEAD_ID, "20002", "30045")
_DATA_DIR = Path("var/demo")


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Print three sections and exit.")] = False,
    host: Annotated[str | None, typer.Option(help="Address of the demo site.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the demo site.")] = None,
    data_dir: Annotated[Path, typer.Option(help="Folder of the demo's data.")] = _DATA_DIR,
) -> None:
    """Load the demo corpus, print the section of three articles, then serve a small news site."""
    started = time.monotonic()
    settings = quiet(load_settings(host=host, port=port, data_dir=data_dir))
    base_url = f"http://{settings.host}:{settings.port}"
    _load(settings, base_url)
    core = Core.open(settings)
    try:
        core.tailer.catch_up()
        for article_id in SHOWN:
            key = ArticleKey(SITE, article_id)
            stored = core.catalog.get(key)
            assert stored is not None
            print_section(stored.article, core.recommender.related(key, Ask(explain=True)), explain=False)
    finally:
        core.close()
    out.print(f"{time.monotonic() - started:.1f} s to here.")
    if no_serve:
        return
    out.print(f"\nThe demo site: {base_url}/   The API: {base_url}/docs   Stop with Ctrl-C.\n", markup=False)
    serve(settings, app="recommender.demo.app:create_demo_app")


def _load(settings: Settings, base_url: str) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    catalog = open_catalog(settings.catalog_url)
    try:
        articles = load_corpus(base_url)
        outcomes = [result.outcome for batch in accept_all(catalog, articles, default_language="de") for result in batch]
        if "created" not in outcomes and "updated" not in outcomes:
            out.print(f"{len(articles)} demo articles, all indexed before")
            return
        with indexing_lock(settings.data_dir) as held:
            if not held:
                raise SettingsError(f"another demo is running on {settings.data_dir}: stop it, or give --data-dir")
            _index(settings)
    finally:
        catalog.close()


def _index(settings: Settings) -> None:
    catalog = open_catalog(settings.catalog_url)
    try:
        encoder = encoder_of(settings)
        with progress("encoding", catalog.pending_count(encoder.encoder_id)) as advance:
            count = Embedder(catalog, encoder).catch_up(progress=advance)
        report = rebuild(catalog, encoder, settings.snapshot_dir, keep=settings.keep_snapshots)
        out.print(f"{count} texts encoded, {report.articles} articles in snapshot {report.snapshot_id}")
    finally:
        catalog.close()
