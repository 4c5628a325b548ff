"""The pages of the demo paper, as HTML: front page, section, article, not found."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from recommender.demo import paper as press
from recommender.demo.front import arrange
from recommender.demo.templating import environment
from recommender.errors import RecommenderError
from recommender.web.fragment import render_section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recommender.article import Article, ArticleKey
    from recommender.web.cards import Card

    RelatedCards = Callable[[ArticleKey, int], Sequence[Card]]

log = logging.getLogger(__name__)

RELATED_LIMIT = 5
_NEWEST = 4


class Pages:
    """Renders the paper; `related` gives the cards of the section »Ähnliche Artikel«, best first."""

    def __init__(self, paper: press.Paper, related: RelatedCards) -> None:
        self._paper = paper
        self._related = related

    def front(self) -> str:
        """Return the front page, lead story first."""
        return self._render("front.html", front=arrange(self._paper))

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
        newest = self._paper.in_language(press.PAPER_LANGUAGE)[:_NEWEST]
        return self._render("not_found.html", latest=newest)

    def _render(self, template: str, **values: Any) -> str:
        newest = next(iter(self._paper.articles), None)
        edition = press.published_at(newest) if newest else None
        page = environment().get_template(template)
        return page.render(sections=self._paper.sections, edition=edition, **values)

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


def _local(card: Card) -> Card:
    image = card.image and card.image.model_copy(update={"url": press.site_path(card.image.url)})
    return replace(
        card, url=press.site_path(card.url), image=image, section=press.section_label(card.section)
    )
