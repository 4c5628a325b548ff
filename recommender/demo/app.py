"""The demo as one application: the API, and in front of it the news site whose sections it fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.api.app import create_app
from recommender.demo.corpus import load_corpus
from recommender.demo.site import create_demo_site
from recommender.runtime.listening import url_of
from recommender.service import Ask
from recommender.settings import Settings
from recommender.web.cards import Card

if TYPE_CHECKING:
    from fastapi import FastAPI

    from recommender.article import ArticleKey


def create_demo_app() -> FastAPI:
    """Build the application from the environment's settings, as `serve` does."""
    settings = Settings()
    app = create_app(settings)

    def related(key: ArticleKey, limit: int) -> list[Card]:
        found = app.state.core.recommender.related(key, Ask(limit=limit))
        return [Card.of(item.article) for item in found.items]

    app.include_router(create_demo_site(load_corpus(url_of(settings)), related))
    return app
