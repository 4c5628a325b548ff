"""`related`: the section of one article, on the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from recommender.api.schemas import RelatedAnswer
from recommender.article import ArticleKey
from recommender.cli.common import load_settings, out, print_json, quiet
from recommender.runtime.core import Core
from recommender.service import Ask

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.service import RelatedList

_REASONS = {"related": "related", "section": "newest of the section", "newest": "newest of the site"}


def related(
    article_id: Annotated[str, typer.Argument(metavar="ID", help="The article's id in its CMS.")],
    site: Annotated[str, typer.Option(help="Site of the article.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many articles, at most.")] = 5,
    explain: Annotated[bool, typer.Option("--explain", help="Show score parts and what was dropped.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Print what a reader of an article is offered next."""
    core = Core.open(quiet(load_settings(data_dir=data_dir)))
    try:
        core.tailer.catch_up()
        key = ArticleKey(site, article_id)
        found = core.recommender.related(key, Ask(limit=limit, explain=explain))
        stored = core.catalog.get(key)
    finally:
        core.close()
    if json:
        print_json(RelatedAnswer.of(site, article_id, found, explain=explain).model_dump(mode="json"))
        return
    assert stored is not None
    print_section(stored.article, found, explain=explain)


def print_section(article: Article, found: RelatedList, *, explain: bool) -> None:
    """Print one section as a table, best first."""
    table = Table(title=f"Ähnliche Artikel · {article.title}", title_justify="left", expand=False)
    for heading in ("id", "title", "section", "date", "relevance", "why"):
        table.add_column(heading, overflow="fold")
    for item in found.items:
        date = item.article.published_at.strftime("%d.%m.%Y") if item.article.published_at else ""
        why = _REASONS[item.reason]
        if item.reason == "related":
            why = f"text {item.parts.dense:.2f} · words {item.parts.lexical:.2f} · age ×{item.parts.recency:.2f}"
        relevance = f"{item.relevance:.2f}" if item.reason == "related" else "–"
        table.add_row(item.article.id, item.article.title, item.article.section, date, relevance, why)
    out.print(table)
    if explain:
        for dropped in found.dropped[:20]:
            line = f"  left out {dropped.article.id} {dropped.article.title}: {dropped.why} ({dropped.parts.relevance:.2f})"
            out.print(line, markup=False)


