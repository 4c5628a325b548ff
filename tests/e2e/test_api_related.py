"""Related lists by id, on one small newspaper that nobody changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from api_fixtures import SITE, Api, HeldEncoder, article_path, ndjson, open_api, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BRIDGE = ["b0", "b1", "b2", "b3", "b4"]
SPORT = ["s0", "s1", "s2"]
FRONT = ["k0", "k1"]


def _paper() -> list[dict[str, Any]]:
    days = iter(range(1, 29))

    def dated(**fields: Any) -> dict[str, Any]:
        return {**fields, "published_at": f"2026-08-{next(days):02}T08:00:00Z"}

    bridge = [dated(id=name, **told(name, topic="bruecke", section="lokales")) for name in BRIDGE]
    sport = [dated(id=name, **told(name, topic="sport", section="sport")) for name in SPORT]
    culture = [dated(id=name, **told(name, section="kultur")) for name in FRONT]
    return [
        *bridge,
        *sport,
        *culture,
        dated(id="again", **told("b0", topic="bruecke", version=1, section="lokales")),
        dated(id="en", **told("en", topic="bruecke", section="lokales") | {"language": "en-GB"}),
        dated(id="fr", **told("fr", topic="bruecke", section="lokales") | {"language": "fr"}),
        *(
            dated(id=status, status=status, **told(status, topic="bruecke", section="lokales"))
            for status in ("draft", "scheduled", "private", "trashed", "retracted")
        ),
    ]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with open_api(tmp_path_factory.mktemp("api")) as opened:
        results = opened.bulk(ndjson(_paper()))
        assert [result["outcome"] for result in results] == ["created"] * len(results)
        other = opened.bulk(ndjson([{"id": "b9", **told("b9", topic="bruecke")}]), site="bergpost")
        assert other[0]["outcome"] == "created"
        opened.settle()
        yield opened


def test_the_stories_of_a_topic_come_first_and_the_newest_of_the_site_fill_up(api: Api) -> None:
    items = api.related("b1", limit=10)["items"]

    assert {item["id"] for item in items if item["reason"] == "related"} == {"again", "b2", "b3", "b4"}
    # its section has nothing else in German, so the site's newest follow, newest first
    assert [(item["id"], item["reason"]) for item in items[4:]] == [
        (name, "newest") for name in ("k1", "k0", "s2", "s1", "s0")
    ]
    assert all(item["relevance"] >= 0.25 for item in items[:4])
    assert all(item["relevance"] == 0 for item in items[4:])


def test_fallbacks_of_the_section_come_before_those_of_the_site(api: Api) -> None:
    items = api.related("k0", limit=3)["items"]
    assert [(item["id"], item["reason"]) for item in items] == [
        ("k1", "section"),
        ("again", "newest"),
        ("s2", "newest"),
    ]


def test_an_article_never_lists_itself_or_a_near_duplicate_of_itself(api: Api) -> None:
    for article_id in (*BRIDGE, *SPORT, *FRONT, "again", "en"):
        assert article_id not in api.related_ids(article_id, limit=50, languages="any")
    assert "again" not in api.related_ids("b0", limit=50)


def test_only_what_is_published_on_the_site_is_listed(api: Api) -> None:
    listed = set(api.related_ids("b1", limit=50, languages="any"))
    assert listed == {*BRIDGE[2:], *SPORT, *FRONT, "again", "en", "fr"}


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ("", {"de"}),
        ("any", {"de", "en-gb", "fr"}),
        ("fr", {"fr"}),
        ("fr,en", {"fr", "en-gb"}),
        ("EN_US", {"en-gb"}),
        ("de-AT, fr", {"de", "fr"}),
        ("it", set()),
    ],
)
def test_languages_choose_what_is_offered(api: Api, languages: str, expected: set[str]) -> None:
    items = api.related("b1", limit=50, languages=languages)["items"]
    assert {item["language"] for item in items} == expected


def test_an_english_article_gets_english_ones(api: Api) -> None:
    assert api.related_ids("en", limit=50) == []
    assert "en" in api.related_ids("fr", languages="en")


@pytest.mark.parametrize("limit", [1, 2, 5, 9])
def test_limit_cuts_the_same_list(api: Api, limit: int) -> None:
    longest = api.related_ids("b1", limit=9)
    assert len(longest) == 9
    assert api.related_ids("b1", limit=limit) == longest[:limit]


def test_without_a_limit_the_server_s_setting_counts(api: Api) -> None:
    assert len(api.related_ids("b1")) == api.core.settings.limit == 5


def test_excluded_ids_do_not_appear(api: Api) -> None:
    first, second, *_ = whole = api.related_ids("b1", limit=9)
    path = article_path("b1", "/related")

    one = api.get(f"{path}?limit=9&exclude={first}")
    commas = api.get(f"{path}?limit=9&exclude={first},%20{second},,unheard-of")
    repeated = api.get(f"{path}?limit=9&exclude={first}&exclude={second}")

    assert {item["id"] for item in one.json()["items"]} == set(whole) - {first}
    assert {item["id"] for item in commas.json()["items"]} == set(whole) - {first, second}
    assert repeated.json() == commas.json()


def test_min_relevance_parts_the_related_from_the_fallbacks(api: Api) -> None:
    def related(least: float) -> set[str]:
        items = api.related("b1", limit=50, min_relevance=least)["items"]
        assert all(item["relevance"] >= least for item in items if item["reason"] == "related")
        return {item["id"] for item in items if item["reason"] == "related"}

    assert related(0) >= {"again", "b2", "b3", "b4", "s0"}
    assert related(0.25) == {"again", "b2", "b3", "b4"}
    assert related(1) == set()


def test_an_item_carries_what_a_page_shows(api: Api) -> None:
    item = next(item for item in api.related("b1", limit=9)["items"] if item["id"] == "b4")
    assert {name: value for name, value in item.items() if name != "relevance"} == {
        "id": "b4",
        "url": "https://talblatt.example/b4",
        "title": "b4",
        "teaser": "",
        "image": None,
        "published_at": "2026-08-05T08:00:00Z",
        "section": "lokales",
        "language": "de",
        "kind": "article",
        "reason": "related",
        "explain": None,
    }


def test_explained_parts_add_up_and_sort_the_list(api: Api) -> None:
    items = api.related("b1", limit=9, explain="true")["items"]
    related = [item for item in items if item["reason"] == "related"]

    for item in related:
        parts = item["explain"]
        assert parts["score"] == pytest.approx(
            parts["relevance"] * parts["recency"] - parts["redundancy"], abs=3e-4
        )
        assert parts["relevance"] == item["relevance"]
    scores = [item["explain"]["score"] for item in related]
    assert scores == sorted(scores, reverse=True)
    assert related[0]["explain"]["redundancy"] == 0 < related[1]["explain"]["redundancy"]


def test_explain_says_why_a_candidate_was_left_out(api: Api) -> None:
    of_b0 = {item["id"]: item["why"] for item in api.related("b0", explain="true")["dropped"]}
    of_b1 = {item["id"]: item["why"] for item in api.related("b1", explain="true", limit=1)["dropped"]}

    assert of_b0["again"] == "near_duplicate_of_query"
    assert {of_b1[name] for name in ("b2", "b3", "b4") if name in of_b1} == {"outranked"}
    # b0 and its newer version are one story: the newer stands for both
    assert of_b1["b0"] == "near_duplicate"


def test_explain_is_said_only_when_asked_for(api: Api) -> None:
    answer = api.related("b1")
    assert answer["dropped"] is None
    assert {item["explain"] is None for item in answer["items"]} == {True}


@pytest.mark.parametrize("article_id", ["draft", "scheduled", "private", "trashed", "retracted", "nobody"])
def test_what_is_not_published_has_no_list(api: Api, article_id: str) -> None:
    answer = api.get(article_path(article_id, "/related"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_article")


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_shown_on_names_the_pages_whose_lists_show_the_article(api: Api, limit: int) -> None:
    """The oracle computes every list of the site."""
    pages = [*BRIDGE, *SPORT, *FRONT, "again", "en", "fr"]
    lists = {page: api.related_ids(page, limit=limit) for page in pages}
    for article_id in pages:
        answer = api.get(article_path(article_id, "/shown-on"), limit=limit).json()
        assert {page["id"] for page in answer["pages"]} == {
            page for page, listed in lists.items() if article_id in listed
        }, article_id
        assert (answer["site"], answer["id"]) == (SITE, article_id)


def test_shown_on_gives_the_addresses_to_purge(api: Api) -> None:
    pages = api.get(article_path("b4", "/shown-on")).json()["pages"]
    assert {"id": "b1", "url": "https://talblatt.example/b1", "title": "b1"} in pages


def test_while_an_article_is_encoded_its_list_is_a_fallback_that_is_hardly_cached(tmp_path: Path) -> None:
    encoder = HeldEncoder()
    with open_api(tmp_path, encoder=encoder) as api:
        api.put("b0", **told("b0", topic="bruecke", section="lokales"))
        api.put("k0", **told("k0", section="kultur"))
        encoder.gate.clear()
        api.put("b1", wait=False, **told("b1", topic="bruecke", section="kultur"))

        waiting = api.get(article_path("b1", "/related"))
        encoder.gate.set()
        api.settle()
        done = api.get(article_path("b1", "/related"))

    assert waiting.json()["complete"] is False
    assert [(item["id"], item["reason"]) for item in waiting.json()["items"]] == [
        ("k0", "section"),
        ("b0", "newest"),
    ]
    assert waiting.headers["cache-control"] == "public, max-age=2, stale-while-revalidate=2"
    assert done.json()["complete"] is True
    assert [(item["id"], item["reason"]) for item in done.json()["items"]] == [
        ("b0", "related"),
        ("k0", "section"),
    ]
    assert done.headers["cache-control"] == "public, max-age=60, stale-while-revalidate=60"
