from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone

import pytest
from lxml import html as lxml_html
from page_rules import html_problems

from recommender.article import Image
from recommender.web.cards import Card
from recommender.web.fragment import render_section, stylesheet

HARBOUR = Image(url="/images/hafen.svg", alt="Boote am Steg", width=1200, height=675)
CARD = Card(
    url="/lokales/steg-7",
    title="Neuer Steg am Hafen",
    teaser="Nach zwei Jahren ist er fertig.",
    image=HARBOUR,
    published_at=datetime(2026, 9, 24, 11, 42, tzinfo=UTC),
    section="lokales",
    language="de",
)
HOSTILE = "\"><script>alert(1)</script><b onmouseover='x'>&amp;"


def parse(html: str) -> lxml_html.HtmlElement:
    assert html_problems(html) == []
    return lxml_html.fragment_fromstring(html)


def text(element: lxml_html.HtmlElement, path: str) -> list[str]:
    return [found.text_content().strip() for found in element.xpath(path)]


def test_the_section_is_labelled_by_its_heading() -> None:
    section = parse(render_section([CARD]))

    assert section.tag == "section"
    assert section.get("class") == "aehnliche-artikel"
    assert section.get("aria-labelledby") == section.xpath(".//h2/@id")[0] == "aehnliche-artikel"
    assert text(section, ".//h2") == ["Ähnliche Artikel"]


def test_a_card_shows_title_teaser_section_and_date() -> None:
    section = parse(render_section([CARD]))

    assert section.xpath(".//li//a/@href") == ["/lokales/steg-7"]
    assert text(section, ".//li//a") == ["Neuer Steg am Hafen"]
    assert text(section, ".//*[@class='aa-kicker']") == ["Lokales"]
    assert text(section, ".//*[@class='aa-teaser']") == ["Nach zwei Jahren ist er fertig."]
    assert section.xpath(".//time/@datetime") == ["2026-09-24"]
    assert text(section, ".//time") == ["24. September 2026"]


def test_a_picture_reserves_its_place_and_waits() -> None:
    picture = parse(render_section([CARD])).xpath(".//img")[0]

    assert dict(picture.attrib) == {
        "class": "aa-image", "src": "/images/hafen.svg", "alt": "Boote am Steg", "width": "1200",
        "height": "675", "loading": "lazy", "decoding": "async",
    }  # fmt: skip


def test_a_picture_of_unknown_size_states_none() -> None:
    section = parse(render_section([Card(url="/a", title="A", image=Image(url="/a.jpg", width=100))]))

    assert section.xpath(".//img/@width | .//img/@height") == []
    assert section.xpath(".//img/@alt") == [""]


def test_hostile_text_stays_text() -> None:
    card = Card(
        url='/a"onclick="x', title=HOSTILE, teaser=HOSTILE, section=HOSTILE, kind=HOSTILE, language=HOSTILE,
        image=Image(url='/b.svg"onerror="x', alt=HOSTILE),
    )  # fmt: skip

    section = parse(render_section([card], heading=HOSTILE, language=HOSTILE, heading_id='x"onclick="y'))

    assert section.xpath("//script | //b | //@onclick | //@onerror | //@onmouseover") == []
    assert text(section, ".//h2") == [HOSTILE]
    assert text(section, ".//li//a") == [HOSTILE]
    assert text(section, ".//*[@class='aa-teaser']") == [HOSTILE]
    assert section.xpath(".//img/@alt") == [HOSTILE]


def test_a_card_with_a_dangerous_address_is_dropped_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    bad = Card(url="java\tscript:alert(1)", title="Falle")

    with caplog.at_level(logging.WARNING, logger="recommender.web.fragment"):
        section = parse(render_section([bad, CARD]))

    assert section.xpath(".//li//a/@href") == ["/lokales/steg-7"]
    assert [record.getMessage() for record in caplog.records] == ["card.dropped reason=unsafe_url chars=20"]


def test_a_picture_with_a_dangerous_address_is_left_out() -> None:
    card = Card(url="/a", title="A", image=Image(url="data:image/svg+xml,<svg onload=x>"))

    section = parse(render_section([card]))

    assert section.xpath(".//img") == []
    assert section.xpath(".//li/@class") == ["aa-card aa-card-text"]


def test_nothing_to_show_is_an_empty_string() -> None:
    assert render_section([]) == ""
    assert render_section([Card(url="", title="Ohne Adresse")]) == ""


def test_cards_keep_their_order() -> None:
    cards = [Card(url=f"/{name}", title=name) for name in ("c", "a", "b")]

    assert text(parse(render_section(cards)), ".//li//a") == ["c", "a", "b"]


def test_a_foreign_title_is_marked_for_browsers_and_readers() -> None:
    foreign = Card(url="/en", title="New jetty", teaser="It is done.", language="en-GB", section="Lokales")

    section = parse(render_section([CARD, foreign], language="de"))

    assert section.xpath(".//a[@href='/en']/@lang") == ["en-GB"]
    assert section.xpath(".//a[@href='/en']/@hreflang") == ["en-GB"]
    assert section.xpath(".//p[@lang='en-GB']/@class") == ["aa-teaser"]
    assert section.xpath(".//a[@href='/lokales/steg-7']/@lang") == []
    assert text(section, ".//*[@class='aa-kicker']") == ["Lokales", "Lokales · auf Englisch"]


def test_a_regional_variant_is_the_same_language() -> None:
    section = parse(render_section([CARD], language="de-AT"))

    assert section.get("lang") == "de-AT"
    assert section.xpath(".//a/@lang | .//h2/@lang") == []


def test_kinds_are_named_in_the_language_of_the_page() -> None:
    cards = [Card(url=f"/{kind}", title=kind, kind=kind) for kind in ("article", "gallery", "unheard-of")]

    assert text(parse(render_section(cards)), ".//*[@class='aa-kicker']") == ["Bildergalerie"]
    assert text(parse(render_section(cards, language="fr")), ".//*[@class='aa-kicker']") == ["Diaporama"]


def test_words_follow_the_language_of_the_page() -> None:
    section = parse(render_section([CARD], language="fr"))

    assert section.get("lang") == "fr"
    assert text(section, ".//h2") == ["À lire aussi"]
    assert text(section, ".//time") == ["24 septembre 2026"]
    assert text(section, ".//*[@class='aa-kicker']") == ["Lokales · en allemand"]


def test_an_english_heading_on_a_page_in_another_language_says_so() -> None:
    section = parse(render_section([CARD], language="nl"))

    assert section.get("lang") == "nl"
    assert section.xpath(".//h2/@lang") == ["en"]
    assert text(section, ".//h2") == ["Related articles"]


def test_heading_and_its_id_can_be_chosen() -> None:
    section = parse(render_section([CARD], heading="Mehr zum Thema", heading_id="mehr-2"))

    assert text(section, ".//h2") == ["Mehr zum Thema"]
    assert section.get("aria-labelledby") == "mehr-2"


@pytest.mark.parametrize("heading_id", ["", "zwei Teile", "a\tb"])
def test_an_id_that_html_does_not_allow_is_refused(heading_id: str) -> None:
    with pytest.raises(ValueError, match="heading_id"):
        render_section([CARD], heading_id=heading_id)


def test_the_day_is_that_of_the_readers_clock() -> None:
    late = Card(url="/a", title="A", published_at=datetime(2026, 9, 30, 23, 30, tzinfo=UTC))

    section = parse(render_section([late], time_zone=timezone(timedelta(hours=2))))

    assert section.xpath(".//time/@datetime") == ["2026-10-01"]
    assert text(section, ".//time") == ["1. Oktober 2026"]


def test_the_same_cards_give_the_same_bytes() -> None:
    assert render_section([CARD, CARD]) == render_section(iter([CARD, CARD]))


def test_the_stylesheet_loads_nothing_and_speaks_only_of_the_section() -> None:
    css = stylesheet()

    assert "url(" not in css
    assert "@import" not in css
    assert ".aehnliche-artikel" in css
    assert "aspect-ratio" in css
    assert ":focus-visible" in css
