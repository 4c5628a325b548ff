"""Pages to articles: text without chrome, metadata, fact box; bad pages never raise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.text.factbox import FactBox
from recommender.text.html import extract_page
from recommender.text.metadata import parse_time
from recommender.text.page import PageImage

PAGES = Path(__file__).parents[1] / "fixtures" / "pages"


def test_an_aggregator_page_comes_out_clean() -> None:
    page = extract_page((PAGES / "aggregator.html").read_bytes())

    assert [paragraph[:24] for paragraph in page.paragraphs] == [
        "Die Autofähre Möwe ist a", "Drei Schlepper versuchte", "Ermittlungen zur Ursache", "Fachleute der Bundesstel",
    ]  # fmt: skip
    assert page.metadata.title == "Fähre läuft vor Sandhagen auf Grund"
    assert page.metadata.tags == ("Fähre", "Nebel", "Sandhagen")
    assert page.metadata.url == "https://kuestenmelder.example/2025/03/faehre-sandhagen/"
    assert page.metadata.image == PageImage(
        "https://kuestenmelder.example/bilder/faehre.jpg", "Die Fähre Möwe im Nebel", 1200, 675
    )
    assert page.facts == FactBox(
        event="Schiffsunfall",
        regions=("Nordfriesland", "Dithmarschen"),
        place="Sandhagen, Hafen",
        best_reference="hafenfunk.example",
        sources=("inselbote.example", "wattblatt.example"),
    )


def test_a_news_page_gives_its_json_ld() -> None:
    stated = extract_page((PAGES / "report.html").read_bytes(), url="https://bergbote.example/x").metadata

    assert stated.title == "Neue Seilbahn für Oberlind"
    assert stated.teaser == "Der Gemeinderat stimmt für den Bau. Die Kosten steigen auf 41 Millionen Euro."
    assert stated.language == "de"
    assert stated.published_at == datetime(2025, 2, 3, 16, 15, tzinfo=UTC)
    assert stated.updated_at == datetime(2025, 2, 3, 18, 0, tzinfo=UTC)
    assert stated.authors == ("Jana Hofer", "Paul Eder")
    assert (stated.section, stated.place, stated.kind) == ("Tirol", "Oberlind", "article")
    assert stated.tags == ("Seilbahn", "Oberlind", "Verkehr")
    assert stated.url == "https://bergbote.example/oberlind/seilbahn-2025"
    assert stated.image == PageImage(
        "https://bergbote.example/img/seilbahn-gross.jpg", "Die Talstation im Modell", 1600, 900
    )
    assert (stated.noindex, stated.paywalled) == (True, True)


def test_a_news_page_gives_its_paragraphs_and_no_chrome() -> None:
    page = extract_page((PAGES / "report.html").read_bytes())

    assert [paragraph[:20] for paragraph in page.paragraphs] == [
        "Der Gemeinderat von ", "Nach Angaben der Bür", "Kritik der Anrainer", "Eine Gruppe von Anra",
    ]  # fmt: skip
    assert page.paragraphs[3].endswith(
        "Im Newsletter der Gemeinde hatte die Bürgermeisterin das im Jänner noch zugesagt."
    )
    assert page.body == "\n\n".join(page.paragraphs)


def test_a_page_in_windows_1252_reads_the_same() -> None:
    source = (PAGES / "report.html").read_text(encoding="utf-8")
    legacy = source.replace('charset="utf-8"', 'charset="iso-8859-1"').encode("cp1252")

    assert extract_page(legacy) == extract_page(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00\x01\x02",
        b"just words",
        b"<",
        b"<html>",
        b"<html><body></body></html>",
        b"{}",
        b"<?xml version='1.0'?><rss/>",
    ],
)
def test_what_is_no_article_gives_no_paragraphs(source: bytes) -> None:
    assert extract_page(source).paragraphs == ()


def test_deep_and_unclosed_markup_does_not_raise() -> None:
    sentence = "Der Gemeinderat von Oberlind hat am Montag den Bau der Seilbahn beschlossen. "
    page = extract_page("<html><body><article>" + "<div>" * 3000 + f"<p>{sentence * 8}")

    assert all(sentence.strip() in paragraph for paragraph in page.paragraphs)


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Rat baut Brücke | Bergbote", "Rat baut Brücke"),
        ("Rat baut Brücke - bergbote.at", "Rat baut Brücke"),
        ("Rat baut Brücke – Bergbote", "Rat baut Brücke"),
        ("Rat baut Brücke – Kritik wächst", "Rat baut Brücke – Kritik wächst"),
        ("Br&amp;uuml;cke gesperrt", "Brücke gesperrt"),
    ],
)
def test_the_site_is_cut_off_the_title(title: str, wanted: str) -> None:
    page = extract_page(
        f'<html><head><meta property="og:title" content="{title}"><meta property="og:site_name" content="Bergbote"></head>'
        "<body><p>Text</p></body></html>"
    )

    assert page.metadata.title == wanted


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ('{"@type": "LiveBlogPosting", "headline": "x"}', "liveblog"),
        (
            '[{"@type": "WebPage"}, {"@type": ["OpinionNewsArticle", "NewsArticle"], "headline": "x"}]',
            "article",
        ),
        ('<!-- {"@type": "VideoObject", "name": "x"} -->', "video"),
        ('{"@type": "Organization"}', "article"),
        ("not json", "article"),
    ],
)
def test_the_kind_comes_from_json_ld(node: str, kind: str) -> None:
    page = extract_page(
        f'<html><head><script type="application/ld+json">{node}</script></head><body><p>x</p></body></html>'
    )

    assert page.metadata.kind == kind


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-02-03", datetime(2025, 2, 3, tzinfo=UTC)),
        ("2025-02-03T10:00:00+0100", datetime(2025, 2, 3, 9, tzinfo=UTC)),
        ("2025-02-03T10:00:00Z", datetime(2025, 2, 3, 10, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("gestern", None),
        ("", None),
    ],
)
def test_times_are_utc_or_none(value: str, moment: datetime | None) -> None:
    assert parse_time(value) == moment
