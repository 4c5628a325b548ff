"""Ids and sites as content systems have them, in addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from api_fixtures import SITE, Api, article_path, ndjson, open_api, told

if TYPE_CHECKING:
    from collections.abc import Iterator

IDS = [
    "1234",
    "politik/2026/08/bruecke",
    "/politik/bruecke/",
    "https://talblatt.example/a?b=c&d=e#f",
    "Größe-ẞ-naïve",
    "50%",
    "%2F",
    "a%2Fb",
    "a+b c",
    "a;b=c,d",
    "🌉🇦🇹",
    "ä" * 1_000,
    "🌉" * 1_000,
    "urn:uuid:6f9619ff-8b86-d011-b42d-00c04fc964ff",
    "bulk",
    "related",
    "a/related",
    "a/shown-on",
    "...",
    "\"'<>\\^`{|}",
    "\ufffd",
]
SITES = ["talblatt", "tal blatt", "Tälblatt", "a.b-c_d~e", "50%", "a+b", "🌉", "x" * 200]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with open_api(tmp_path_factory.mktemp("api")) as opened:
        yield opened


def _round_trip(api: Api, site: str, article_id: str) -> None:
    """Put, get related, exclude, see where it is shown, delete: each finds the same article."""
    path = article_path(article_id, site=site)
    api.put("neighbour", site=site, **told("b0", topic="bruecke"))

    stored = api.put(article_id, site=site, **told("b1", topic="bruecke"))

    assert (stored.status_code, stored.json()["id"], stored.json()["site"]) == (201, article_id, site)
    assert api.related_ids(article_id, site=site) == ["neighbour"]
    assert api.related_ids("neighbour", site=site) == [article_id]
    assert api.related_ids("neighbour", site=site, exclude=article_id) == []
    shown = api.get(article_path(article_id, "/shown-on", site=site)).json()["pages"]
    assert [page["id"] for page in shown] == ["neighbour"]
    batch = f"/v1/sites/{quote(site, safe='')}/related/batch"
    assert (
        api.client.post(batch, json={"ids": [article_id]}).json()["results"][0]["items"][0]["id"]
        == "neighbour"
    )

    gone = api.client.delete(path, headers=api.as_admin).json()

    assert (gone["outcome"], gone["id"]) == ("deleted", article_id)
    assert api.related_ids("neighbour", site=site) == []


@pytest.mark.parametrize(("number", "article_id"), list(enumerate(IDS)))
def test_any_id_makes_the_round(api: Api, number: int, article_id: str) -> None:
    _round_trip(api, f"site-{number}", article_id)


@pytest.mark.parametrize("site", SITES[1:])
def test_any_site_without_a_slash_makes_the_round(api: Api, site: str) -> None:
    _round_trip(api, site, "Größe/1")


@pytest.mark.parametrize("article_id", [each for each in IDS if not each.endswith(("/related", "/shown-on"))])
def test_an_article_is_read_back_by_its_id(api: Api, article_id: str) -> None:
    api.put(article_id, site="read-back", wait=False, title="Titel")
    answer = api.client.get(article_path(article_id, site="read-back"), headers=api.as_admin)
    assert (answer.status_code, answer.json()["id"]) == (200, article_id)


def test_slashes_need_no_encoding(api: Api) -> None:
    api.put("2026/08/fest", **told("b0", topic="bruecke"))
    plain = f"/v1/sites/{SITE}/articles/2026/08/bruecke"
    put = api.client.put(f"{plain}?wait=searchable", json=told("b1", topic="bruecke"), headers=api.as_admin)

    assert put.json()["id"] == "2026/08/bruecke"
    assert [item["id"] for item in api.get(f"{plain}/related").json()["items"]] == ["2026/08/fest"]
    assert (
        api.client.delete(article_path("2026/08/bruecke"), headers=api.as_admin).json()["outcome"]
        == "deleted"
    )


def test_blanks_around_an_id_belong_to_it_nowhere(api: Api) -> None:
    """Bodies lose them, so addresses do too: what was sent with them can be taken away with them."""
    results = api.bulk(ndjson([{"id": " blank ", "title": "x"}]), site=f" {SITE} ")
    assert results[0]["id"] == "blank"

    assert api.put(" blank ", wait=False, title="x").json()["outcome"] == "unchanged"
    assert api.client.get(article_path(" blank"), headers=api.as_admin).json()["site"] == SITE
    assert api.delete("blank ").json()["outcome"] == "deleted"


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        ("%FF", "not UTF-8"),
        ("Br%FCcke", "not UTF-8"),
        ("%ED%A0%80", "not UTF-8"),
        ("a%00b", "NUL"),
    ],
)
def test_an_id_that_is_no_text_is_refused_by_every_route(api: Api, encoded: str, message: str) -> None:
    path = f"/v1/sites/{SITE}/articles/{encoded}"
    answers = [
        api.client.put(path, json={"title": "x"}, headers=api.as_admin),
        api.client.get(path, headers=api.as_admin),
        api.client.delete(path, headers=api.as_admin),
        api.client.get(f"{path}/related"),
        api.client.get(f"{path}/shown-on"),
        api.client.get(f"/v1/sites/{encoded}/articles/1/related"),
        api.client.post(f"/v1/sites/{encoded}/related", json={"title": "x"}),
        api.client.post(f"/v1/sites/{encoded}/articles/bulk", content=b"{}", headers=api.as_admin),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.request.url
        assert message in answer.json()["detail"]


@pytest.mark.parametrize("article_id", ["", " ", "x" * 1_001])
def test_an_id_must_have_a_length_from_1_to_1000(api: Api, article_id: str) -> None:
    answer = api.put(article_id, title="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_article")
    assert "id: String should have at" in answer.json()["detail"]


def test_a_site_must_not_be_longer_than_200(api: Api) -> None:
    answer = api.put("1", site="x" * 201, title="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_article")
