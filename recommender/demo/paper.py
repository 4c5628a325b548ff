"""The published part of the archive, arranged as a newspaper: by address, by section, by time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from recommender.article import Article, Status
from recommender.demo.corpus import LEAD_ID
from recommender.web.wording import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Every article is dated between July and September: the paper's clock then shows summer time, and no
# time zone database is needed for it.
LOCAL_TIME = timezone(timedelta(hours=2), "MESZ")
PAPER_LANGUAGE = "de"

SECTION_LABELS = {
    "politik": "Politik",
    "ausland": "Ausland",
    "wirtschaft": "Wirtschaft",
    "lokales": "Lokales",
    "blaulicht": "Blaulicht",
    "verkehr": "Verkehr",
    "umwelt": "Umwelt",
    "sport": "Sport",
    "kultur": "Kultur",
    "wissen": "Wissen",
    "gesundheit": "Gesundheit",
    "digital": "Digital",
    "panorama": "Panorama",
    "medien": "Medien",
    "ratgeber": "Ratgeber",
}
_WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


@dataclass(frozen=True, slots=True)
class Paper:
    """Published articles only, newest first; what is not in here cannot be reached."""

    articles: tuple[Article, ...]
    by_path: Mapping[str, Article]
    by_id: Mapping[str, Article]
    sections: tuple[str, ...]

    @classmethod
    def of(cls, articles: Iterable[Article]) -> Self:
        """Keep the published articles that have a section and a date; ties in time go by id."""
        kept = [a for a in articles if a.status is Status.PUBLISHED and a.section and a.published_at]
        kept.sort(key=lambda article: (-published_at(article).timestamp(), article.id))
        used = {article.section for article in kept}
        known = [section for section in SECTION_LABELS if section in used]
        return cls(
            articles=tuple(kept),
            by_path={site_path(article.url): article for article in kept},
            by_id={article.id: article for article in kept},
            sections=(*known, *sorted(used.difference(known))),
        )

    def lead(self) -> Article | None:
        """Return the lead story: the one chosen for the demo, else the newest in the paper's language."""
        return self.by_id.get(LEAD_ID) or next(iter(self.in_language(PAPER_LANGUAGE)), None)

    def in_language(self, language: str) -> list[Article]:
        """Return the articles in `language`, newest first."""
        return [article for article in self.articles if article.base_language == language]

    def in_section(self, section: str) -> list[Article]:
        """Return a section's articles in every language, newest first."""
        return [article for article in self.articles if article.section == section]


def published_at(article: Article) -> datetime:
    """Return when an article appeared; the beginning of time where that is unknown."""
    return article.published_at or datetime.min.replace(tzinfo=UTC)


def section_label(section: str) -> str:
    """Return a section's name as readers see it."""
    return SECTION_LABELS.get(section, section[:1].upper() + section[1:])


def site_path(url: str) -> str:
    """Return the path of an address: pages link without a host, whatever name the server is called by."""
    return urlsplit(url).path


def local_date(moment: datetime) -> str:
    """Return a date in German: `24. September 2026`."""
    return wording(PAPER_LANGUAGE).format_date(moment.astimezone(LOCAL_TIME).date())


def local_time(moment: datetime) -> str:
    """Return a time of day in German: `7.05 Uhr`."""
    local = moment.astimezone(LOCAL_TIME)
    return f"{local.hour}.{local.minute:02d} Uhr"


def weekday(moment: datetime) -> str:
    """Return the German name of the day."""
    return _WEEKDAYS[moment.astimezone(LOCAL_TIME).weekday()]
