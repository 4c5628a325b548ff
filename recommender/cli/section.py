"""One »Ähnliche Artikel« section on a terminal: each article on two lines, the reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from recommender.cli.common import say, show

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.service import Dropped, Related, RelatedList

_WIDTH = 100
_SHOWN_DROPPED = 20
_FALLBACKS = {
    "section": "nothing closer: the newest of the section",
    "newest": "nothing closer: the newest of the site",
}
_DROPPED = {
    "near_duplicate_of_query": "tells the same as the article itself",
    "near_duplicate": "tells the same as another one",
    "below_min_relevance": "not related enough",
    "outranked": "others rank higher",
}
# Steps, highest first, of the relevance and of the term cosine.
_CLOSENESS = ((0.7, "closely related"), (0.4, "related"), (0.0, "loosely related"))
_WORDS = ((0.2, "many of the same words"), (0.1, "some of the same words"), (0.0, "few of the same words"))
_OLD = 0.9


def print_section(article: Article, found: RelatedList, *, explain: bool) -> None:
    """Print the section of `article`, best first; `explain` adds the numbers and what was left out."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True, min_width=4)
    grid.add_column()
    for rank, item in enumerate(found.items, start=1):
        relevance = f"{item.relevance:.2f}" if item.reason == "related" else " –"
        grid.add_row(str(rank), Text(relevance, "bold"), _described(item, found.language, explain=explain))
    show(Text(f"Ähnliche Artikel · {article.title}", "bold"), width=_WIDTH)
    show(grid, width=_WIDTH)
    if not found.items:
        say("none: no other published article of this site in this language")
    if not found.complete:
        say("The article is not encoded yet, so nothing closer can be found.")
    for dropped in found.dropped[:_SHOWN_DROPPED] if explain else ():
        say(_left_out(dropped))


def why(item: Related, *, language: str) -> str:
    """Return in words why an article is in a list; `language` is that of the article the list is for."""
    if item.reason != "related":
        return _FALLBACKS[item.reason]
    parts = item.parts
    words = [_step(parts.relevance, _CLOSENESS)]
    if item.article.base_language == language:
        words.append(_step(parts.lexical, _WORDS))
    else:
        # no words are compared across languages
        words.append(f"by content, in another language ({item.article.base_language})")
    if parts.recency < _OLD:
        words.append("placed lower for its age")
    return ", ".join(words)


def _described(item: Related, language: str, *, explain: bool) -> Text:
    article = item.article
    date = article.published_at.strftime("%d.%m.%Y") if article.published_at else ""
    facts = " · ".join(
        part for part in (article.id, article.section, date, why(item, language=language)) if part
    )
    text = Text(article.title).append(f"\n{facts}", "dim")
    if explain and item.reason == "related":
        parts = item.parts
        text.append(
            f"\nscore {parts.final:.3f} = relevance {parts.relevance:.3f} × recency {parts.recency:.3f} "
            f"- redundancy {parts.redundancy:.3f}; dense {parts.dense:.3f}, lexical {parts.lexical:.3f}",
            "dim",
        )
    return text


def _left_out(dropped: Dropped) -> str:
    relevance = f"relevance {dropped.parts.relevance:.2f}"
    return f"  left out {dropped.article.id} {dropped.article.title}: {_DROPPED[dropped.why]} ({relevance})"


def _step(value: float, steps: tuple[tuple[float, str], ...]) -> str:
    return next((words for least, words in steps if value >= least), steps[-1][1])
