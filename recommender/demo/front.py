"""What stands where on the front page of the demo paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.demo.paper import PAPER_LANGUAGE, section_label

if TYPE_CHECKING:
    from recommender.article import Article
    from recommender.demo.paper import Paper

_TOP, _LATEST, _PER_SECTION, _PER_LANGUAGE = 3, 8, 4, 4
_OTHER_LANGUAGES = {"en": "In English", "fr": "En français"}


@dataclass(frozen=True, slots=True)
class Block:
    """A headed list of articles on the front page; `path` is empty where it has no page of its own."""

    title: str
    path: str
    language: str
    articles: list[Article]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The lead story, a row of others below it, the newest, then a block per section and per language."""

    lead: Article | None
    top: list[Article]
    latest: list[Article]
    blocks: list[Block]
    foreign: list[Block]


def arrange(paper: Paper) -> FrontPage:
    """Return the front page: newest first, and a section's block may repeat what is among the newest.

    A picture is shown once wherever a section has another one to open with.
    """
    own = paper.in_language(PAPER_LANGUAGE)
    pictures = Pictures()
    opening = [lead] if (lead := paper.lead()) else []
    for article in opening:
        pictures.take(article)
    top = _top(own, opening, pictures)
    shown = {article.id for article in (*opening, *top)}
    rest = [article for article in own if article.id not in shown]
    return FrontPage(
        lead, top, rest[:_LATEST], _section_blocks(paper, rest, pictures), _foreign_blocks(paper)
    )


class Pictures:
    """Which pictures a page has shown already."""

    def __init__(self) -> None:
        self._shown: set[str] = set()

    def take(self, article: Article) -> bool:
        """Note the article's picture as shown; false when it has none or it has been shown before."""
        if article.image is None or article.image.url in self._shown:
            return False
        self._shown.add(article.image.url)
        return True

    def best_first(self, articles: list[Article]) -> list[Article]:
        """Return the articles with the first one that has a fresh picture in front; else as they are."""
        chosen = next((article for article in articles if self.take(article)), articles[0])
        return [chosen, *(article for article in articles if article is not chosen)]


def _top(articles: list[Article], above: list[Article], pictures: Pictures) -> list[Article]:
    sections = {article.section for article in above}
    top: list[Article] = []
    for article in articles:
        if len(top) < _TOP and article.section not in sections and pictures.take(article):
            sections.add(article.section)
            top.append(article)
    return top


def _section_blocks(paper: Paper, articles: list[Article], pictures: Pictures) -> list[Block]:
    blocks = []
    for section in paper.sections:
        found = [article for article in articles if article.section == section][:_PER_SECTION]
        if found:
            title, path = section_label(section), f"/{section}"
            blocks.append(Block(title, path, PAPER_LANGUAGE, pictures.best_first(found)))
    return blocks


def _foreign_blocks(paper: Paper) -> list[Block]:
    blocks = (
        Block(title, "", language, paper.in_language(language)[:_PER_LANGUAGE])
        for language, title in _OTHER_LANGUAGES.items()
    )
    return [block for block in blocks if block.articles]
