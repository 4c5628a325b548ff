"""The pages of the demo paper, as HTML: front page, section, article, not found."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from recommender.demo import paper as press
from recommender.errors import RecommenderError
from recommender.web.fragment import render_section
from recommender.web.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recommender.article import Article, ArticleKey
    from recommender.web.cards import Card

    RelatedCards = Callable[[ArticleKey, int], Sequence[Card]]

log = logging.getLogger(__name__)

RELATED_LIMIT = 5
_TOP, _LATEST, _PER_SECTION, _PER_LANGUAGE = 3, 8, 4, 4
_OTHER_LANGUAGES = {"en": "In English", "fr": "En français"}


@dataclass(frozen=True, slots=True)
class Block:
    """A headed list of articles on the front page; `path` is empty where it has no page of its own."""

    title: str
    path: str
    language: str
    articles: list[Article]


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


class Pages:
    """Renders the paper; `related` gives the cards of the section »Ähnliche Artikel«, best first."""

    def __init__(self, paper: press.Paper, related: RelatedCards) -> None:
        self._paper = paper
        self._related = related

    def front(self) -> str:
        """Return the front page, lead story first; a picture is shown once where others are to be had."""
        german = self._paper.in_language(press.PAPER_LANGUAGE)
        lead = self._paper.lead()
        pictures = Pictures()
        opening = [lead] if lead else []
        for article in opening:
            pictures.take(article)
        top = _top(german, opening, pictures)
        shown = {article.id for article in (*opening, *top)}
        rest = [article for article in german if article.id not in shown]
        return self._render(
            "front.html",
            lead=lead,
            top=top,
            latest=rest[:_LATEST],
            blocks=self._section_blocks(rest, pictures),
            foreign=self._foreign_blocks(),
        )

    def section(self, section: str) -> str:
        """Return the page that lists a section."""
        return self._render("section_page.html", section=section, articles=self._paper.in_section(section))

    def article(self, article: Article) -> str:
        """Return an article's page; without the section at its end when no related list can be had."""
        listed = f"/v1/sites/{quote(article.site, safe='')}/articles/{quote(article.id, safe='')}/related"
        return self._render(
            "article.html",
            article=article,
            related=Markup(self._related_section(article)),  # noqa: S704 -- rendered with autoescape
            listed_at=f"{listed}?limit={RELATED_LIMIT}&explain=true",
        )

    def not_found(self) -> str:
        """Return the page for an address that leads nowhere, with the newest articles."""
        newest = self._paper.in_language(press.PAPER_LANGUAGE)[:_PER_LANGUAGE]
        return self._render("not_found.html", latest=newest)

    def _render(self, template: str, **values: Any) -> str:
        newest = next(iter(self._paper.articles), None)
        return (
            _environment()
            .get_template(template)
            .render(
                sections=self._paper.sections,
                edition=press.published_at(newest) if newest else None,
                **values,
            )
        )

    def _related_section(self, article: Article) -> str:
        try:
            cards = self._related(article.key, RELATED_LIMIT)
        except RecommenderError as error:
            # a reader's page never breaks because the list cannot be had
            log.warning("related.unavailable article=%s code=%s", article.id, error.code)
            return ""
        return render_section(
            [_local(card) for card in cards],
            language=article.language or press.PAPER_LANGUAGE,
            time_zone=press.LOCAL_TIME,
        )

    def _section_blocks(self, articles: list[Article], pictures: Pictures) -> list[Block]:
        blocks = []
        for section in self._paper.sections:
            found = [article for article in articles if article.section == section][:_PER_SECTION]
            if found:
                path, title = f"/{section}", press.section_label(section)
                blocks.append(Block(title, path, press.PAPER_LANGUAGE, pictures.best_first(found)))
        return blocks

    def _foreign_blocks(self) -> list[Block]:
        blocks = (
            Block(title, "", language, self._paper.in_language(language)[:_PER_LANGUAGE])
            for language, title in _OTHER_LANGUAGES.items()
        )
        return [block for block in blocks if block.articles]


def _top(articles: list[Article], above: list[Article], pictures: Pictures) -> list[Article]:
    sections = {article.section for article in above}
    top: list[Article] = []
    for article in articles:
        if len(top) < _TOP and article.section not in sections and pictures.take(article):
            sections.add(article.section)
            top.append(article)
    return top


def _local(card: Card) -> Card:
    image = card.image and card.image.model_copy(update={"url": press.site_path(card.image.url)})
    return replace(
        card, url=press.site_path(card.url), image=image, section=press.section_label(card.section)
    )


def _join(names: Sequence[str]) -> str:
    return " und ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _is_own(article: Article) -> bool:
    return article.base_language in {"", press.PAPER_LANGUAGE}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("recommender.demo", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = wording(press.PAPER_LANGUAGE)
    environment.filters.update(
        path=press.site_path,
        label=press.section_label,
        date=press.local_date,
        time=press.local_time,
        weekday=press.weekday,
        names=_join,
        kind=lambda kind: words.kinds.get(kind, ""),
        written_in=lambda article: (
            "" if _is_own(article) else words.written_in.get(article.base_language, "")
        ),
        paragraphs=lambda body: [part for part in body.split("\n\n") if part.strip()],
        lang=lambda article: "" if _is_own(article) else article.language,
    )
    return environment
