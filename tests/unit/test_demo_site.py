from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from lxml import html as lxml_html
from page_rules import html_problems

from recommender.article import Article, ArticleKey, Image, Status
from recommender.demo.corpus import LEAD_ID, load_corpus
from recommender.demo.paper import local_date, local_time, section_label, weekday
from recommender.demo.site import create_demo_site
from recommender.errors import NotReadyError
from recommender.web.cards import Card

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BASE = "http://127.0.0.1:8080"
CORPUS = load_corpus(BASE)
BY_ID = {article.id: article for article in CORPUS}


def none_related(_key: ArticleKey, _limit: int) -> list[Card]:
    return []


def client_of(
    articles: Sequence[Article] = CORPUS,
    related: Callable[[ArticleKey, int], Sequence[Card]] = none_related,
) -> TestClient:
    app = FastAPI()
    app.include_router(create_demo_site(articles, related))
    return TestClient(app, follow_redirects=False)


def made(article_id: str, **fields: object) -> Article:
    given = {
        "site": "demo", "id": article_id, "url": f"{BASE}/lokales/meldung-{article_id}", "title": "Meldung",
        "body": "Text.", "language": "de", "section": "lokales",
        "published_at": datetime(2026, 8, 1, 6, 5, tzinfo=UTC),
    }  # fmt: skip
    return Article.model_validate({**given, **fields})


def read(client: TestClient, path: str, *, status: int = 200) -> lxml_html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == status
    assert html_problems(answer.text) == []
    return lxml_html.document_fromstring(answer.text)


def path_of(article: Article) -> str:
    return article.url.removeprefix(BASE)


def test_the_front_page_opens_with_the_lead_story() -> None:
    page = read(client_of(), "/")

    assert page.xpath("//main//a/@href")[0] == path_of(BY_ID[LEAD_ID])
    assert page.xpath("//html/@lang") == ["de"]
    assert len(page.xpath("//h1")) == 1


def test_without_its_lead_story_the_newest_german_article_leads() -> None:
    old, new = made("1"), made("2", published_at=datetime(2026, 8, 2, tzinfo=UTC))
    foreign = made("3", language="en", published_at=datetime(2026, 8, 3, tzinfo=UTC))

    page = read(client_of([old, foreign, new]), "/")

    assert page.xpath("//main//a/@href")[0] == "/lokales/meldung-2"


def test_the_front_page_leads_to_every_section_and_all_addresses_answer() -> None:
    client = client_of()
    links = set(read(client, "/").xpath("//main//a/@href | //nav//a/@href"))

    assert {f"/{article.section}" for article in CORPUS if article.status is Status.PUBLISHED} <= links
    assert {client.get(link).status_code for link in links} == {200}


@pytest.mark.parametrize("article_id", [a.id for a in CORPUS if a.status is Status.PUBLISHED][::9])
def test_an_article_page_shows_all_its_text(article_id: str) -> None:
    article = BY_ID[article_id]

    page = read(client_of(), path_of(article))

    assert page.xpath("//h1")[0].text_content() == article.title
    paragraphs = [p.text_content() for p in page.xpath("//div[@class='article-body']/p")]
    assert paragraphs == [part for part in article.body.split("\n\n") if part.strip()]


@pytest.mark.parametrize("article_id", [a.id for a in CORPUS if a.status is not Status.PUBLISHED])
def test_what_is_not_published_cannot_be_reached(article_id: str) -> None:
    article, client = BY_ID[article_id], client_of()

    read(client, path_of(article), status=404)
    read(client, f"/{article.section}/irgendwas-{article_id}", status=404)
    for page in ("/", f"/{article.section}"):
        assert article.title not in client.get(page).text


def test_an_outdated_slug_leads_to_the_article() -> None:
    answer = client_of([made("7")]).get("/lokales/alter-titel-7")

    assert (answer.status_code, answer.headers["location"]) == (301, "/lokales/meldung-7")


def test_an_unknown_address_below_a_section_answers_404_with_a_way_back() -> None:
    page = read(client_of(), "/sport/gibt-es-nicht", status=404)

    assert page.xpath("//h1")[0].text_content() == "Diese Seite gibt es nicht"
    assert page.xpath("//main//p//a/@href") == ["/"]


def test_the_router_leaves_other_addresses_to_the_app_it_is_part_of() -> None:
    app = FastAPI()
    app.include_router(create_demo_site(CORPUS, none_related))
    app.add_api_route("/healthz", lambda: {"ok": True})

    answer = TestClient(app).get("/healthz")

    assert answer.json() == {"ok": True}
    assert app.openapi()["paths"].keys() == {"/healthz"}


def test_the_fact_box_shows_what_is_known_and_nothing_else() -> None:
    full = made(
        "1", event="Brand", regions=["Senne", "Ufer"], place="Altenried", sources=["a.example", "b.example"]
    )

    box = read(client_of([full]), "/lokales/meldung-1").xpath("//aside")[0]

    assert [dt.text for dt in box.xpath(".//dt")] == [
        "Was ist passiert?", "In welchen Regionen?", "Genauer Ort bekannt?", "Weitere Quellen",
    ]  # fmt: skip
    assert [dd.text for dd in box.xpath(".//dd")] == [
        "Brand",
        "Senne, Ufer",
        "Altenried",
        "a.example",
        "b.example",
    ]
    assert read(client_of([made("2")]), "/lokales/meldung-2").xpath("//aside") == []


def test_related_cards_fill_the_section_with_paths_and_labels() -> None:
    asked: list[tuple[ArticleKey, int]] = []

    def related(key: ArticleKey, limit: int) -> list[Card]:
        asked.append((key, limit))
        picture = Image(url=f"{BASE}/images/hafen.svg", alt="Boote", width=1200, height=675)
        return [Card(url=f"{BASE}/sport/b-2", title="Zweiter", section="sport", image=picture)]

    section = read(client_of([made("1")], related), "/lokales/meldung-1").xpath(
        "//section[@class='aehnliche-artikel']"
    )[0]

    assert asked == [(ArticleKey("demo", "1"), 5)]
    assert section.xpath(".//h2")[0].text == "Ähnliche Artikel"
    assert section.xpath(".//a/@href") == ["/sport/b-2"]
    assert section.xpath(".//img/@src") == ["/images/hafen.svg"]
    assert section.xpath(".//*[@class='aa-kicker']")[0].text == "Sport"


def test_a_page_stands_without_its_related_list() -> None:
    def unavailable(_key: ArticleKey, _limit: int) -> list[Card]:
        raise NotReadyError("no snapshot")

    page = read(client_of([made("1")], unavailable), "/lokales/meldung-1")

    assert page.xpath("//h1")[0].text == "Meldung"
    assert page.xpath("//section[@class='aehnliche-artikel']") == []


def test_an_english_article_is_marked_and_speaks_english_below() -> None:
    english = made("1", title="New jetty", language="en")

    def related(_key: ArticleKey, _limit: int) -> list[Card]:
        return [Card.of(made("2"))]

    page = read(client_of([english], related), "/lokales/meldung-1")

    assert page.xpath("//h1/@lang") == ["en"]
    assert page.xpath("//div[@class='article-body']/@lang") == ["en"]
    assert page.xpath("//section[@class='aehnliche-artikel']/h2")[0].text == "Related articles"


def test_hostile_text_stays_text_on_every_page() -> None:
    nasty = '"><script>alert(1)</script>'
    article = made("1", title=nasty, teaser=nasty, body=nasty, tags=[nasty], event=nasty, authors=[nasty])
    client = client_of([article])

    for path in ("/", "/lokales", "/lokales/meldung-1", "/lokales/x"):
        assert html_problems(client.get(path).text) == []


def test_pages_forbid_script_and_foreign_content() -> None:
    policy = client_of().get("/").headers["content-security-policy"]

    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'")


def test_everything_a_page_loads_is_there() -> None:
    client = client_of()
    page = read(client, path_of(BY_ID[LEAD_ID]))
    loaded = page.xpath("//link/@href | //img/@src")

    types = {url: client.get(url).headers["content-type"] for url in loaded}

    assert types["/static/section.css"] == "text/css; charset=utf-8"
    assert types["/images/rakete.svg"] == "image/svg+xml"
    assert all(client.get(url).status_code == 200 for url in loaded)


@pytest.mark.parametrize("name", ["nichts.svg", "..%2Fstatic%2Fzeichen.svg", "HAFEN.svg"])
def test_other_files_are_not_served_as_pictures(name: str) -> None:
    assert client_of().get(f"/images/{name}").status_code == 404


def test_dates_and_times_are_german() -> None:
    moment = datetime(2026, 8, 31, 22, 5, tzinfo=UTC)

    assert local_date(moment) == "1. September 2026"
    assert local_time(moment) == "0.05 Uhr"
    assert weekday(moment) == "Dienstag"


def test_every_section_of_the_archive_has_a_written_label() -> None:
    assert {section_label(article.section) for article in CORPUS} >= {"Blaulicht", "Gesundheit", "Umwelt"}
    assert section_label("köchelei") == "Köchelei"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_colours_keep_a_contrast_of_at_least_4_5(scheme: str) -> None:
    css = client_of().get("/static/kurier.css").text
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#\w+);", blocks[0 if scheme == "light" else 1]))

    for ground in ("paper", "shade"):
        for ink in ("ink", "quiet", "lake", "sun"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2 (1 to 21)."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
