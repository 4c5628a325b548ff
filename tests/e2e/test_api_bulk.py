"""NDJSON in, one result line per input line out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from api_fixtures import SITE, Api, article_path, ndjson, open_api, told

from recommender.errors import CatalogError
from recommender.ingest import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BULK = f"/v1/sites/{SITE}/articles/bulk"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path, max_body_mb=1) as opened:
        yield opened


def _title(api: Api, article_id: str) -> str:
    answer = api.client.get(article_path(article_id), headers=api.as_admin)
    return str(answer.json().get("title"))


def test_each_line_gets_its_result_in_order_and_a_bad_one_fails_alone(api: Api) -> None:
    body = b"\n".join(
        [
            b'{"id": "1", "title": "Eins"}',
            b"{broken",
            b"",
            b"   ",
            b'{"id": "2"}',
            b'["3"]',
            b'{"id": "4", "title": "Br\xfccke"}',
            b'{"id": "5\\u0000", "title": "NUL"}',
            b'{"title": "ohne id"}',
            b'{"id": "6", "title": "Sechs", "site": "bergpost"}',
            '{"id": "7", "title": "Größe"}'.encode(),
        ]
    )

    results = api.bulk(body)

    assert [result["line"] for result in results] == [1, 2, 5, 6, 7, 8, 9, 10, 11]
    assert [result.get("outcome") or result["error"]["code"] for result in results] == [
        "created",
        "invalid_request",
        "invalid_article",
        "invalid_request",
        "invalid_request",
        "invalid_article",
        "invalid_article",
        "invalid_article",
        "created",
    ]
    details = [result["error"]["detail"] for result in results if "error" in result]
    for detail, part in zip(
        details,
        [
            "not JSON",
            "all empty",
            "JSON array",
            "not UTF-8 (byte 24)",
            "NUL",
            "id: Field required",
            "'bergpost'",
        ],
        strict=True,
    ):
        assert part in detail
    assert (_title(api, "1"), _title(api, "7")) == ("Eins", "Größe")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_ending_will_do_and_the_last_may_be_missing(api: Api, ending: bytes, *, last: bool) -> None:
    lines = [b'{"id": "1", "title": "Eins"}', b'{"id": "2", "title": "Zwei"}']
    results = api.bulk(ending.join(lines) + (ending if last else b""))
    assert [(result["line"], result["id"]) for result in results] == [(1, "1"), (2, "2")]


def test_a_line_above_the_limit_fails_alone(api: Api) -> None:
    huge = orjson.dumps({"id": "2", "title": "x", "body": "a" * 1_100_000})
    results = api.bulk(b'{"id": "1", "title": "Eins"}\n' + huge + b'\n{"id": "3", "title": "Drei"}\n' + huge)

    assert [result.get("outcome") or result["error"]["code"] for result in results] == [
        "created",
        "body_too_large",
        "created",
        "body_too_large",
    ]
    assert "longer than 1 MiB" in results[1]["error"]["detail"]


def test_the_whole_may_be_larger_than_the_limit_of_one_line(api: Api) -> None:
    body = ndjson({"id": str(n), "title": "x", "body": "wort " * 60_000} for n in range(5))
    assert len(body) > 1_048_576
    assert [result["outcome"] for result in api.bulk(body)] == ["created"] * 5


def test_of_one_id_sent_twice_the_later_wins(api: Api) -> None:
    results = api.bulk(ndjson([{"id": "1", "title": title} for title in ("Alt", "Neu", "Neu")]))
    assert [result["outcome"] for result in results] == ["created", "updated", "unchanged"]
    assert [result["revision"] for result in results] == [1, 2, 2]
    assert _title(api, "1") == "Neu"


def test_five_thousand_lines_are_taken_and_taking_them_again_changes_nothing(api: Api) -> None:
    articles = [{"id": f"a{n}", "title": f"Meldung {n}", "language": "de"} for n in range(5_000)]
    body = ndjson(articles)

    first, again = api.bulk(body), api.bulk(body)

    assert [result["id"] for result in first] == [article["id"] for article in articles]
    assert {result["outcome"] for result in first} == {"created"}
    assert {result["outcome"] for result in again} == {"unchanged"}
    assert api.core.catalog.counts(SITE) == {"published": 5_000}


def test_a_bad_line_in_a_later_batch_spoils_no_batch(api: Api) -> None:
    """Lines are stored in batches, all or none of one."""
    lines: list[dict[str, Any]] = [{"id": f"a{n}", "title": str(n)} for n in range(BATCH + 3)]
    lines[BATCH + 1]["id"] = "nul\0"
    lines[1]["id"] = "\0nul"

    results = api.bulk(ndjson(lines))

    assert [result["line"] for result in results if "error" in result] == [2, BATCH + 2]
    assert api.core.catalog.counts(SITE) == {"published": BATCH + 1}


def test_what_was_sent_in_bulk_becomes_searchable(api: Api) -> None:
    api.bulk(ndjson({"id": f"b{n}", **told(f"b{n}", topic="bruecke")} for n in range(3)))
    api.settle()
    assert set(api.related_ids("b0")) == {"b1", "b2"}


def test_status_takes_an_article_away_in_bulk_too(api: Api) -> None:
    api.bulk(ndjson({"id": f"b{n}", **told(f"b{n}", topic="bruecke")} for n in range(3)))
    api.settle()
    api.bulk(ndjson([{"id": "b1", **told("b1", topic="bruecke", status="trashed")}]))
    assert api.related_ids("b0") == ["b2"]


@pytest.mark.parametrize("body", [b"", b"\n\n", b"  \r\n"])
def test_nothing_in_nothing_out(api: Api, body: bytes) -> None:
    assert api.bulk(body) == []


def test_results_come_as_ndjson_and_are_not_cached(api: Api) -> None:
    answer = api.client.post(BULK, content=b'{"id": "1", "title": "x"}', headers=api.as_admin)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.endswith(b"\n")


def test_a_catalog_that_fails_fails_the_call_and_not_its_lines(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the sender sends all of it again."""

    def full(_articles: object) -> None:
        raise CatalogError("catalog is out of space: free some")

    monkeypatch.setattr(api.core.catalog, "upsert", full)
    answer = api.client.post(BULK, content=b'{"id": "1", "title": "x"}', headers=api.as_admin)
    assert (answer.status_code, answer.json()["code"]) == (503, "catalog_failed")
