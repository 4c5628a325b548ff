"""`demo`: the main job on our own corpus, offline, from nothing to a news site with filled sections."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.article import ArticleKey
from recommender.cli.bring_up import index_everything
from recommender.cli.common import catalog_of, command_settings, indexing_lock, say
from recommender.cli.section import print_section
from recommender.cli.serve import Host, Port
from recommender.demo.corpus import LEAD_ID, SITE, load_corpus
from recommender.errors import SettingsError
from recommender.ingest import accept_all
from recommender.runtime.checks import check_startable
from recommender.runtime.core import Core
from recommender.runtime.listening import listen, url_of
from recommender.runtime.server import serve
from recommender.service import Ask

if TYPE_CHECKING:
    from recommender.settings import Settings

# The page that started it all, a flood in the region, a guide.
SHOWN = (LEAD_ID, "20002", "30045")
DEMO_APP = "recommender.demo.app:create_demo_app"
DemoDir = Annotated[Path, typer.Option(help="Folder of the demo's data; nothing else is touched.")]


def demo(
    *,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Print three sections and exit.")] = False,
    host: Host = None,
    port: Port = None,
    data_dir: DemoDir = Path("var/demo"),
) -> None:
    """Print three filled sections, then serve a small news site.

    Works offline, on invented articles that come with it. Everything is kept in the data folder, so
    that a second run is quick.
    """
    started = time.monotonic()
    # no catalog but the demo's own: its articles do not belong beside those of a real site
    settings = command_settings(host=host, port=port, data_dir=data_dir, database_url="")
    if no_serve:
        _load_and_show(settings)
        say(f"{time.monotonic() - started:.1f} s to here.")
        return
    check_startable(settings)
    listener, settings = listen(settings)
    with listener:
        _load_and_show(settings)
        say(f"{time.monotonic() - started:.1f} s to here.")
        url = url_of(settings)
        line = f"\nThe demo site: {url}/   The API: {url}/docs   Stop with Ctrl-C."
        serve(settings, listener, app=DEMO_APP, started=lambda: say(line))


def _load_and_show(settings: Settings) -> None:
    with indexing_lock(settings) as held:
        if not held:
            raise SettingsError(
                f"another demo is running on {settings.data_dir}: stop it, or give --data-dir"
            )
        _load(settings)
    core = Core.open(settings)
    try:
        core.tailer.catch_up()
        for article_id in SHOWN:
            key = ArticleKey(SITE, article_id)
            stored = core.catalog.get(key)
            assert stored is not None
            print_section(stored.article, core.recommender.related(key, Ask()), explain=False)
            say("")
    finally:
        core.close()


def _load(settings: Settings) -> None:
    with catalog_of(settings) as catalog:
        articles = load_corpus(url_of(settings))
        for _ in accept_all(catalog, articles, default_language="de"):
            pass
        indexed = index_everything(catalog, settings)
    if indexed.rebuilt:
        where = f"{indexed.articles} articles in snapshot {indexed.snapshot}"
        say(f"{indexed.encoded} texts encoded, {where}\n")
    else:
        say(f"{indexed.articles} articles, all indexed before\n")
