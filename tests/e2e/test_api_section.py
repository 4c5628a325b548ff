"""The finished section, as `Accept: text/html` asks for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from api_fixtures import SITE, Api, article_path, open_api, told
from lxml import html

from recommender.article import Article, ArticleKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.html import HtmlElement

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        opened.put("b0", **told("b0", topic="bruecke"))
        yield opened


def _section(api: Api, article_id: str = "b0") -> HtmlElement:
    answer = api.get(article_path(article_id, "/related"), accept="text/html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.fragment_fromstring(answer.text)


def test_the_section_has_a_heading_a_list_and_an_image_with_its_size(api: Api) -> None:
    image = {"url": "https://talblatt.example/b1.jpg", "alt": "Die Brücke", "width": 640, "height": 360}
    api.put("b1", **told("b1", topic="bruecke", image=image, teaser="Ein Anlauf.", published_at="2026-08-02"))

    section = _section(api)

    assert section.tag == "section"
    (heading,) = section.xpath(".//h2")
    assert heading.text_content() == "Ähnliche Artikel"
    assert section.get("aria-labelledby") == heading.get("id")
    (link,) = section.xpath(".//ul/li//a")
    assert (link.get("href"), link.text_content()) == ("https://talblatt.example/b1", "b1")
    (picture,) = section.xpath(".//img")
    assert {name: picture.get(name) for name in ("src", "alt", "width", "height")} == {
        "src": image["url"],
        "alt": "Die Brücke",
        "width": "640",
        "height": "360",
    }
    assert section.xpath(".//time/@datetime") == ["2026-08-02"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/html", "application/json"),
        ("image/png", "application/json"),
        ("TEXT/HTML", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_accept_chooses_between_json_and_html(api: Api, accept: str, media_type: str) -> None:
    answer = api.get(article_path("b0", "/related"), accept=accept)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"] == "Accept"


def test_html_and_script_in_texts_come_out_as_text(api: Api) -> None:
    evil = "5 < 6 & <script>alert('x')</script> \"quoted\" <img src=x onerror=alert(1)>"
    api.core.catalog.upsert([_stored(api, title=evil, teaser=evil, section="<b>lokales</b>")])
    api.settle()

    section = _section(api)

    assert section.xpath(".//script") == section.xpath(".//img") == section.xpath(".//b") == []
    assert section.xpath("string(.//h3)") == evil
    assert "<script" not in html.tostring(section).decode()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_an_address_that_would_run_is_not_linked(api: Api, url: str) -> None:
    api.put("b1", **told("b1", topic="bruecke") | {"url": url})
    api.put("b2", **told("b2", topic="bruecke"))

    assert _section(api).xpath(".//a/@href") == ["https://talblatt.example/b2"]


def test_the_next_best_takes_the_place_of_what_cannot_be_linked(api: Api) -> None:
    api.put("b1", **told("b1", topic="bruecke") | {"url": "javascript:alert(1)"})
    api.put("b2", **told("b2", topic="bruecke") | {"url": ""})
    for other in ("b3", "k1"):
        api.put(other, **told(other, topic="bruecke" if other == "b3" else ""))

    section = api.get(article_path("b0", "/related?limit=2"), accept="text/html").text

    assert sorted(re.findall(r'href="https://talblatt.example/(\w+)"', section)) == ["b3", "k1"]


def test_nothing_to_show_is_nothing_at_all(api: Api) -> None:
    """An include then leaves no empty heading on the page."""
    answer = api.get(article_path("b0", "/related"), accept="text/html")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_section_speaks_the_language_of_its_page(api: Api) -> None:
    api.put("en", **told("en", topic="bruecke") | {"language": "en"})
    api.put("en2", **told("en2", topic="bruecke") | {"language": "en"})

    section = _section(api, "en")

    assert section.get("lang") == "en"
    assert section.xpath("string(.//h2)") == "Related articles"


def _stored(api: Api, **fields: str) -> Article:
    stored = api.core.catalog.get(ArticleKey(SITE, "b0"))
    assert stored is not None
    return stored.article.model_copy(
        update={"id": "b1", "body": told("b1", topic="bruecke")["body"], **fields}
    )
