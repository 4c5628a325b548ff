from __future__ import annotations

from datetime import date

import pytest

from recommender.web.wording import wording


@pytest.mark.parametrize(
    ("language", "heading", "day", "first"),
    [
        ("de", "Ähnliche Artikel", "24. September 2026", "1. März 2026"),
        ("en", "Related articles", "24 September 2026", "1 March 2026"),
        ("fr", "À lire aussi", "24 septembre 2026", "1er mars 2026"),
        ("it", "Articoli correlati", "24 settembre 2026", "1º marzo 2026"),
        ("es", "Artículos relacionados", "24 de septiembre de 2026", "1 de marzo de 2026"),
    ],
)
def test_each_language_has_its_heading_and_dates(language: str, heading: str, day: str, first: str) -> None:
    words = wording(language)

    assert words.heading == heading
    assert words.format_date(date(2026, 9, 24)) == day
    assert words.format_date(date(2026, 3, 1)) == first


@pytest.mark.parametrize("language", ["de-AT", "de_CH", "DE"])
def test_a_region_does_not_matter(language: str) -> None:
    assert wording(language) is wording("de")


@pytest.mark.parametrize("language", ["", "nl", "zh-Hant"])
def test_an_unknown_language_gets_english_words(language: str) -> None:
    assert wording(language) is wording("en")


@pytest.mark.parametrize("language", ["de", "en", "fr", "it", "es"])
def test_every_language_has_twelve_months_and_all_labels(language: str) -> None:
    words, german = wording(language), wording("de")

    assert len(set(words.months)) == 12
    assert words.kinds.keys() == german.kinds.keys()
    assert words.written_in.keys() == german.written_in.keys()
