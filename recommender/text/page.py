"""What is got out of a page: plain values, not yet an article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.text.factbox import NO_FACTS, FactBox

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class PageImage:
    """The page's main image; width and height in pixels, None where the page doesn't say."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page states about itself; empty where it states nothing. Times are aware and in UTC."""

    title: str = ""
    teaser: str = ""
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    section: str = ""
    tags: tuple[str, ...] = ()
    place: str = ""
    image: PageImage | None = None
    url: str = ""
    kind: str = "article"
    noindex: bool = False
    paywalled: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A page's article: paragraphs in reading order, metadata, and the fact box when it has one."""

    paragraphs: tuple[str, ...]
    metadata: PageMetadata
    facts: FactBox = NO_FACTS

    @property
    def body(self) -> str:
        """The paragraphs, an empty line between each two."""
        return "\n\n".join(self.paragraphs)
