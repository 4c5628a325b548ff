"""The words around a card, per language: heading, kinds, languages, dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

FALLBACK_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one language; `date_pattern` has the fields day, month and year."""

    language: str
    heading: str
    kinds: Mapping[str, str]
    written_in: Mapping[str, str]
    months: tuple[str, ...]
    date_pattern: str = "{day} {month} {year}"
    first_of_month: str = "1"

    def format_date(self, day: date) -> str:
        """Return a full date as the language writes it: `24. September 2026`, `1er août 2026`."""
        number = self.first_of_month if day.day == 1 else str(day.day)
        return self.date_pattern.format(day=number, month=self.months[day.month - 1], year=day.year)


def wording(language: str) -> Wording:
    """Return the words of `language` (`de`, `de-AT`, …); of English where there are none."""
    base = language.replace("_", "-").partition("-")[0].lower()
    return _WORDINGS.get(base, _WORDINGS[FALLBACK_LANGUAGE])


def _months(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_KINDS = ("liveblog", "video", "gallery", "audio", "commentary", "interview", "guide")
_LANGUAGES = ("de", "en", "fr", "it", "es")


def _kinds(*labels: str) -> dict[str, str]:
    return dict(zip(_KINDS, labels, strict=True))


def _written_in(*labels: str) -> dict[str, str]:
    return dict(zip(_LANGUAGES, labels, strict=True))


_WORDINGS = {
    "de": Wording(
        language="de",
        heading="Ähnliche Artikel",
        kinds=_kinds("Liveblog", "Video", "Bildergalerie", "Podcast", "Kommentar", "Interview", "Ratgeber"),
        written_in=_written_in(
            "auf Deutsch", "auf Englisch", "auf Französisch", "auf Italienisch", "auf Spanisch"
        ),
        months=_months("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        date_pattern="{day}. {month} {year}",
    ),
    "en": Wording(
        language="en",
        heading="Related articles",
        kinds=_kinds("Live blog", "Video", "Gallery", "Podcast", "Opinion", "Interview", "Guide"),
        written_in=_written_in("in German", "in English", "in French", "in Italian", "in Spanish"),
        months=_months(
            "January February March April May June July August September October November December"
        ),
    ),
    "fr": Wording(
        language="fr",
        heading="À lire aussi",
        kinds=_kinds("En direct", "Vidéo", "Diaporama", "Podcast", "Opinion", "Entretien", "Guide"),
        written_in=_written_in("en allemand", "en anglais", "en français", "en italien", "en espagnol"),
        months=_months(
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
        ),
        first_of_month="1er",
    ),
    "it": Wording(
        language="it",
        heading="Articoli correlati",
        kinds=_kinds("Diretta", "Video", "Galleria", "Podcast", "Commento", "Intervista", "Guida"),
        written_in=_written_in("in tedesco", "in inglese", "in francese", "in italiano", "in spagnolo"),
        months=_months(
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
        ),
        first_of_month="1º",
    ),
    "es": Wording(
        language="es",
        heading="Artículos relacionados",
        kinds=_kinds("En directo", "Vídeo", "Galería", "Pódcast", "Opinión", "Entrevista", "Guía"),
        written_in=_written_in("en alemán", "en inglés", "en francés", "en italiano", "en español"),
        months=_months(
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
        ),
        date_pattern="{day} de {month} de {year}",
    ),
}
