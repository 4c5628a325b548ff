"""A small newspaper for the tests of the recommending core: real catalog, index and encoder, invented words."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from index.live import LiveIndex
from recommender.article import Article, ArticleKey
from recommender.calibration import calibration_for
from recommender.catalog import Catalog, open_catalog
from recommender.encoder.hashing import HashingEncoder
from recommender.indexing import Embedder, Tailer
from recommender.ranking import RankingOptions
from recommender.rebuild import RebuildReport, rebuild
from recommender.service import Ask, Recommender, RelatedList

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recommender.encoder.base import Encoder

SITE = "talblatt"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
# No relevance is too low: what a test wants ranked, it gets ranked.
EVERYTHING = RankingOptions(min_relevance=0.0)

_SYLLABLES = ("ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "si", "tu", "va", "wo", "zi")
_STORY_WORDS, _TOPIC_WORDS = 45, 30


def words(seed: str, count: int) -> list[str]:
    """Return invented words, the same for the same seed."""
    drawn = random.Random(seed)  # a seeded generator is the point
    return ["".join(drawn.choices(_SYLLABLES, k=4)) for _ in range(count)]


def text(story: str, *, topic: str = "", version: int = 0) -> str:
    """Return a story's text. Versions differ in two words, stories of one topic share a third of theirs."""
    told = words(f"story {story}", _STORY_WORDS + (0 if topic else _TOPIC_WORDS))
    shared = words(f"topic {topic}", _TOPIC_WORDS) if topic else []
    fresh = words(f"version {version} of {story}", 2) if version else []
    return " ".join([*fresh, *told, *shared])


def article(article_id: str, story: str | None = None, **fields: Any) -> Article:
    """Make a German article that tells `story` (its own when none is named), dated `NOW`."""
    told = text(story or article_id, topic=fields.pop("topic", ""), version=fields.pop("version", 0))
    given = {
        "site": SITE,
        "id": article_id,
        "title": told.split()[-1],
        "body": told,
        "language": "de",
        "published_at": NOW,
    }
    return Article.model_validate(given | fields)


def days_ago(days: float) -> datetime:
    """Return the moment that many days before `NOW`."""
    return NOW - timedelta(days=days)


@dataclass
class World:
    """One process's view of a catalog, and the hands to change both."""

    root: Path
    catalog: Catalog
    encoder: Encoder
    live: LiveIndex
    tailer: Tailer
    recommender: Recommender

    @classmethod
    def open(cls, folder: Path, *, encoder: Encoder | None = None, **options: Any) -> Self:
        """Open the newspaper in `folder`; `options` go to the `Recommender`."""
        used = encoder or HashingEncoder()
        root = folder / "snapshots"
        catalog = open_catalog(f"sqlite:///{folder / 'catalog.db'}", clock=lambda: NOW)
        live = LiveIndex.open(root, encoder_id=used.encoder_id, dim=used.dim)
        given: dict[str, Any] = {"ranking": EVERYTHING, "clock": lambda: NOW}
        recommender = Recommender(
            live, catalog, calibration=calibration_for(used.encoder_id), **(given | options)
        )
        return cls(root, catalog, used, live, Tailer(catalog, live, encoder_id=used.encoder_id), recommender)

    def another(self) -> World:
        """Open the same newspaper once more, as a process that starts now does."""
        return World.open(self.root.parent, encoder=self.encoder)

    def close(self) -> None:
        """Let go of files and connections."""
        self.live.close()
        self.catalog.close()

    def put(self, *articles: Article) -> None:
        """Store, encode and index articles."""
        self.catalog.upsert(articles)
        Embedder(self.catalog, self.encoder).catch_up()
        self.tailer.catch_up()

    def rebuild(self, *, keep: int = 3, progress: Callable[[int], None] | None = None) -> RebuildReport:
        """Build and publish a snapshot; this process does not follow by itself."""
        return rebuild(self.catalog, self.encoder, self.root, keep=keep, progress=progress)

    def row(self, article_id: str, site: str = SITE) -> int:
        """Return an article's row id."""
        key = ArticleKey(site, article_id)
        return self.catalog.row_ids([key])[key]

    def related(self, article_id: str, *, site: str = SITE, **ask: Any) -> RelatedList:
        """Ask for the related list of an article; `ask` are fields of `Ask`."""
        return self.recommender.related(ArticleKey(site, article_id), Ask(**ask))

    def ids(self, article_id: str, **ask: Any) -> list[str]:
        """Return the ids of an article's related list."""
        return ids(self.related(article_id, **ask))


def ids(related: RelatedList) -> list[str]:
    """Return the ids of a related list, in order."""
    return [item.article.id for item in related.items]


def whys(related: RelatedList) -> dict[str, str]:
    """Return why each dropped candidate was dropped."""
    return {dropped.article.id: dropped.why for dropped in related.dropped}
