"""Related lists for a draft's text, and for many ids in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from api_fixtures import SITE, Api, ndjson, open_api, told
from lxml import html

from recommender.errors import CatalogError, EncoderUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

DRAFTS = f"/v1/sites/{SITE}/related"
BATCH = f"{DRAFTS}/batch"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        stories = [{"id": f"b{n}", **told(f"b{n}", topic="bruecke")} for n in range(4)]
        opened.bulk(ndjson([*stories, {"id": "draft", **told("b9", topic="bruecke")}]))
        opened.settle()
        yield opened


def _ids(answer: dict[str, Any]) -> set[str]:
    return {item["id"] for item in answer["items"]}


def test_a_draft_gets_the_list_that_it_would_get_as_an_article(api: Api) -> None:
    text = told("b5", topic="bruecke")

    as_draft = api.client.post(DRAFTS, json=text).json()
    api.put("b5", **text)
    as_article = api.related("b5")

    assert as_draft["items"] == as_article["items"]
    assert _ids(as_draft) == {"b0", "b1", "b2", "b3", "draft"}
    assert (as_draft["site"], as_draft["id"], as_draft["complete"]) == (SITE, None, True)


def test_a_draft_leaves_no_trace(api: Api) -> None:
    before = api.get("/v1/index").json()
    api.client.post(DRAFTS, json={"id": "new", **told("b5", topic="bruecke")})
    assert api.get("/v1/index").json() == before
    assert api.client.get(f"/v1/sites/{SITE}/articles/new", headers=api.as_admin).status_code == 404


def test_a_draft_with_the_id_of_an_article_is_not_offered_that_one(api: Api) -> None:
    """It is the next version of it."""
    answer = api.client.post(DRAFTS, json={"id": "b1", **told("b5", topic="bruecke")}).json()
    assert answer["id"] == "b1"
    assert _ids(answer) == {"b0", "b2", "b3", "draft"}


@pytest.mark.parametrize("no_id", [{}, {"id": None}, {"id": ""}])
def test_a_draft_without_an_id_is_taken_for_no_article(api: Api, no_id: dict[str, Any]) -> None:
    """Not even for one that is called »draft«."""
    answer = api.client.post(DRAFTS, json={**told("b5", topic="bruecke"), **no_id}).json()
    assert answer["id"] is None
    assert "draft" in _ids(answer)


def test_a_draft_takes_the_parameters_of_a_list(api: Api) -> None:
    answer = api.client.post(
        f"{DRAFTS}?limit=2&exclude=b0,b1&explain=true", json=told("b5", topic="bruecke")
    ).json()
    assert len(answer["items"]) == 2
    assert _ids(answer) <= {"b2", "b3", "draft"}
    assert [item["why"] for item in answer["dropped"]] == ["outranked"]


def test_a_draft_s_language_is_detected(api: Api) -> None:
    closed = "The bridge across the river was closed on Monday because of the storm, the council said."
    api.put("en", title="Bridge closed", body=closed)

    english = "Nobody knows when the bridge will be open again after the storm, and the town has to wait."
    german = "Niemand weiß, wann die Brücke nach dem Sturm wieder offen ist, und die Stadt muss warten."
    answers = [
        api.client.post(DRAFTS, json={"title": "?", "body": body}).json() for body in (english, german)
    ]

    assert _ids(answers[0]) == {"en"}
    assert _ids(answers[1]) == {"b0", "b1", "b2", "b3", "draft"}


def test_a_draft_as_html_is_the_section(api: Api) -> None:
    answer = api.client.post(DRAFTS, json=told("b5", topic="bruecke"), headers={"Accept": "text/html"})
    section = html.fragment_fromstring(answer.text)
    assert set(section.xpath(".//a/text()")) == {"b0", "b1", "b2", "b3", "b9"}


def test_a_draft_s_answer_is_not_cached(api: Api) -> None:
    answer = api.client.post(DRAFTS, json=told("b5"), headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in answer.headers


def test_without_an_encoder_a_draft_waits_and_lists_by_id_go_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_texts: Sequence[object]) -> None:
        raise EncoderUnavailableError("the indexing process does not answer: see its log")

    monkeypatch.setattr(api.core.encoder, "encode", away)

    answer = api.client.post(DRAFTS, json=told("b5", topic="bruecke"))

    assert (answer.status_code, answer.json()["code"]) == (503, "encoder_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert len(api.related("b1")["items"]) == 4


def test_a_batch_answers_in_the_order_asked(api: Api) -> None:
    wanted = ["b2", "b0", "b2"]
    results = api.client.post(f"{BATCH}?limit=3", json={"ids": wanted}).json()["results"]
    assert results == [api.related(article_id, limit=3) for article_id in wanted]


def test_an_unknown_id_does_not_spoil_a_batch(api: Api) -> None:
    results = api.client.post(BATCH, json={"ids": ["nobody", "b0"]}).json()["results"]

    assert {name: results[0][name] for name in ("site", "id", "code")} == {
        "site": SITE,
        "id": "nobody",
        "code": "unknown_article",
    }
    assert "nobody" in results[0]["detail"]
    assert results[1] == api.related("b0")


def test_a_batch_fails_when_all_of_it_must(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog that is away is no fault of the ids."""

    def away(_key: object) -> None:
        raise CatalogError("catalog is locked: end the process that locks it")

    monkeypatch.setattr(api.core.catalog, "get", away)
    answer = api.client.post(BATCH, json={"ids": ["b0"]})
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog_failed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.ids"),
        ({"ids": []}, "body.ids"),
        ({"ids": [""]}, "body.ids.0"),
        ({"ids": ["b0", 7]}, "body.ids.1"),
        ({"ids": "b0"}, "body.ids"),
        ({"ids": ["x" * 1_001]}, "body.ids.0"),
        ({"ids": ["b0"] * 101}, "body.ids"),
        ({"ids": ["b0"], "limit": 3}, "body.limit"),
    ],
)
def test_a_batch_says_which_field_is_wrong(api: Api, body: dict[str, Any], field: str) -> None:
    answer = api.client.post(BATCH, json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_batch_takes_a_hundred_ids_whatever_the_content_type(api: Api) -> None:
    body = b'{"ids": [' + b",".join([b'"b0"'] * 100) + b"]}"
    for content_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        answer = api.client.post(f"{BATCH}?limit=1", content=body, headers={"Content-Type": content_type})
        assert len(answer.json()["results"]) == 100
