"""A page dumped as plain text gives title, paragraphs, tags and facts, and no chrome."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.text.charset import decode_bytes
from recommender.text.factbox import FactBox
from recommender.text.plain import clean_text

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "fixtures" / "pages"
SEED = ROOT.parent / "shared" / "seed"
CHROME = (
    "Kurze Werbeeinblendung",
    "Ort des Geschehens",
    "Details zur Meldung",
    "Ähnliche Artikel",
    "Zurück zum Anfang",
)


def test_a_dumped_aggregator_page_comes_out_clean() -> None:
    text = clean_text((PAGES / "aggregator.txt").read_text(encoding="utf-8"))

    assert text.title == "Fähre läuft vor Sandhagen auf Grund"
    assert text.tags == ("Fähre", "Nebel", "Sandhagen")
    assert text.facts == FactBox(
        "Schiffsunfall", ("Nordfriesland",), "Sandhagen, Hafen", "hafenfunk.example", ("inselbote.example",)
    )
    assert [paragraph[:24] for paragraph in text.paragraphs] == [
        "Die Autofähre Möwe ist a", "Drei Schlepper versuchte", "Ermittlungen zur Ursache", "Fachleute der Bundesstel",
    ]  # fmt: skip
    assert [chrome for chrome in CHROME if chrome in text.body] == []


@pytest.mark.skipif(not SEED.exists(), reason="the page that started the project is not part of it")
def test_the_seed_page_has_four_paragraphs_and_its_metadata() -> None:
    text = clean_text(decode_bytes(next(SEED.glob("000_*.txt")).read_bytes()))

    assert text.tags == ("Russland", "Technologie", "Ukraine")
    assert len(text.paragraphs) == 4  # three long ones and the subheading before the last
    assert [len(paragraph) > 300 for paragraph in text.paragraphs] == [True, True, False, True]
    assert text.paragraphs[3].startswith("Analysten ")
    assert text.title.startswith("Kims Unterstützung")
    assert text.facts.event == "Sonstiges"
    assert text.facts.place.startswith(text.facts.regions[0])
    assert (text.facts.best_reference, text.facts.sources) == ("vienna.at", ("tagesschau.de",))
    assert [chrome for chrome in CHROME if chrome in text.body] == []


def test_hard_wrapped_lines_are_joined_and_short_lines_are_not() -> None:
    text = clean_text(
        "Titel\n\nDer Gemeinderat hat am Mittwoch den Neubau der\nalten Brücke beschlossen.\n\nkleines wort"
    )

    assert text.paragraphs == (
        "Der Gemeinderat hat am Mittwoch den Neubau der alten Brücke beschlossen.",
        "kleines wort",
    )


def test_a_text_without_a_title_line_keeps_all_of_it() -> None:
    sentence = "Der Gemeinderat hat beschlossen. " * 10

    assert clean_text(sentence).title == ""
    assert clean_text(sentence).paragraphs == (sentence.strip(),)
    assert clean_text("Nur eine Zeile").paragraphs == ("Nur eine Zeile",)
    assert clean_text("  \n ").paragraphs == ()
