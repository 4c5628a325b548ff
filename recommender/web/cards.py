"""A card: what a reader sees of an article that is offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from datetime import datetime

    from recommender.article import Article, Image

_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F


@dataclass(frozen=True, slots=True)
class Card:
    """One article in a list: plain text and addresses, nothing escaped yet.

    `published_at` is aware; `section` and `kind` are the CMS's own words; `language` may be empty.
    """

    url: str
    title: str
    teaser: str = ""
    image: Image | None = None
    published_at: datetime | None = None
    section: str = ""
    language: str = ""
    kind: str = "article"

    @classmethod
    def of(cls, article: Article) -> Self:
        """Take from an article what a card shows."""
        return cls(
            url=article.url,
            title=article.title,
            teaser=article.teaser,
            image=article.image,
            published_at=article.published_at,
            section=article.section,
            language=article.language,
            kind=article.kind,
        )


def is_safe_url(url: str) -> bool:
    """Say whether `url` may stand in `href` or `src`: http, https or relative, without control characters.

    A browser skips tabs, line ends and leading control characters before it reads the scheme, so an
    address that holds any of them is refused rather than understood differently here and there.
    """
    if not url.strip() or any(ord(char) < _FIRST_PRINTABLE or ord(char) == _DELETE for char in url):
        return False
    try:
        # the browser strips surrounding blanks, urlsplit only in newer versions of Python
        parts = urlsplit(url.strip(" "))
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in {"http", "https"} and bool(parts.netloc)
    return True
