"""`related`: the section of one article, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from recommender.api.schemas import RelatedAnswer
from recommender.article import ArticleKey
from recommender.cli.common import command_settings, print_json
from recommender.cli.options import DataDir, Json, Site
from recommender.cli.section import print_section
from recommender.errors import SettingsError
from recommender.runtime.core import Core
from recommender.service import Ask

if TYPE_CHECKING:
    from recommender.settings import Settings


def related(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The article's id in its CMS.")],
    *,
    site: Site,
    limit: Annotated[
        int | None, typer.Option(min=1, max=50, help="How many articles, at most; RECOMMENDER_LIMIT, or 5.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every part of the score, and what was left out.")
    ] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Print what a reader of an article is offered next."""
    settings = command_settings(data_dir=data_dir)
    _check_there(settings)
    core = Core.open(settings)
    try:
        core.tailer.catch_up()
        key = ArticleKey(site, article_id)
        found = core.recommender.related(key, Ask(limit=limit or settings.limit, explain=explain))
        stored = core.catalog.get(key)
    finally:
        core.close()
    if json:
        print_json(RelatedAnswer.of(site, article_id, found, explain=explain).model_dump(mode="json"))
        return
    assert stored is not None
    print_section(stored.article, found, explain=explain)


def _check_there(settings: Settings) -> None:
    # asking must not leave an empty catalog behind where somebody mistyped a folder
    if not settings.database_url and not (settings.data_dir / "catalog.db").exists():
        raise SettingsError(
            f"there is no catalog in {settings.data_dir}: name the right folder with --data-dir or "
            "RECOMMENDER_DATA_DIR, or take articles in with 'recommender ingest'"
        )
