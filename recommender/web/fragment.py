"""The »Ähnliche Artikel« section as a piece of HTML: accessible, escaped, without script or inline style."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from recommender.web.cards import is_safe_url
from recommender.web.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from recommender.article import Image
    from recommender.web.cards import Card
    from recommender.web.wording import Wording

log = logging.getLogger(__name__)

DEFAULT_HEADING_ID = "aehnliche-artikel"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A card with every word decided; the template only places it."""

    card: Card
    image: Image | None
    kicker: str
    day: str
    day_iso: str
    language: str


def render_section(
    cards: Iterable[Card],
    *,
    language: str = "de",
    heading: str | None = None,
    heading_id: str = DEFAULT_HEADING_ID,
    time_zone: tzinfo = UTC,
) -> str:
    """Return the section as HTML, cards in the order given; an empty string when there is none to show.

    `language` is the page's: it chooses heading, dates and labels (English where it is not known), and
    titles in another language are marked with `lang` and `hreflang`. `heading_id` has to be unique in the
    page and without blanks. Days are those of `time_zone`. A card whose address is neither http(s) nor
    relative is dropped; an image with such an address is left out. Raises `ValueError` for a bad id.
    """
    if not heading_id or any(char.isspace() for char in heading_id):
        raise ValueError(f"heading_id: got {heading_id!r}, wanted an HTML id: not empty and without blanks")
    words = wording(language)
    page_language = language or words.language
    entries = [_entry(card, words, page_language, time_zone) for card in cards if _can_link(card)]
    if not entries:
        return ""
    template = _environment().get_template("section.html")
    return template.render(
        entries=entries,
        language=page_language,
        heading=heading or words.heading,
        heading_id=heading_id,
        # a heading in the fallback language must not be read aloud in the page's
        heading_language="" if heading or _same(words.language, page_language) else words.language,
    )


def stylesheet() -> str:
    """Return the section's stylesheet, to be served as `text/css`."""
    return files("recommender.web").joinpath("static", "section.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("recommender.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _can_link(card: Card) -> bool:
    if is_safe_url(card.url):
        return True
    log.warning("card.dropped reason=unsafe_url chars=%d", len(card.url))
    return False


def _entry(card: Card, words: Wording, page_language: str, time_zone: tzinfo) -> _Entry:
    day = card.published_at.astimezone(time_zone).date() if card.published_at else None
    foreign = card.language if card.language and not _same(card.language, page_language) else ""
    return _Entry(
        card=card,
        image=card.image if card.image and is_safe_url(card.image.url) else None,
        kicker=_kicker(card, words, foreign),
        day=words.format_date(day) if day else "",
        day_iso=day.isoformat() if day else "",
        language=foreign,
    )


def _kicker(card: Card, words: Wording, foreign: str) -> str:
    parts = (card.section, words.kinds.get(card.kind, ""), words.written_in.get(_base(foreign), ""))
    text = " · ".join(part for part in parts if part)
    # a CMS often sends the section's slug
    return text[:1].upper() + text[1:]


def _same(one: str, other: str) -> bool:
    return _base(one) == _base(other)


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
