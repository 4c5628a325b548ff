"""Every way to fail has one shape, one code and a message that helps; nothing a caller sends is a 500."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from api_fixtures import SITE, Api, article_path, open_api, told

from index.errors import DimensionMismatchError
from recommender.api.errors import HTTP_STATUS
from recommender.api.problem import Problem
from recommender.errors import UnknownArticleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

LIST = article_path("b0", "/related")
ARTICLE = article_path("b0")
DRAFTS = f"/v1/sites/{SITE}/related"
BATCH = f"{DRAFTS}/batch"
BULK = f"/v1/sites/{SITE}/articles/bulk"
BODY_ROUTES = [("PUT", ARTICLE), ("POST", DRAFTS), ("POST", BATCH)]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with open_api(tmp_path_factory.mktemp("api"), max_body_mb=1) as opened:
        for name in ("b0", "b1"):
            opened.put(name, **told(name, topic="bruecke"))
        yield opened


def assert_problem(answer: Response, status: int, code: str) -> str:
    """Check the shape that every error has, and return its detail."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    problem = Problem.model_validate(document)
    assert (problem.status, problem.code) == (status, code)
    assert problem.type == f"urn:aehnliche-artikel:error:{code}"
    assert problem.request_id == answer.headers["x-request-id"]
    assert problem.title
    assert problem.detail
    assert set(document) - {"errors"} == {"type", "title", "status", "code", "detail", "request_id"}
    return problem.detail


FAILURES: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "unknown address": ("GET", "/v1/nothing", {}, 404, "not_found"),
    "a slash too much": ("GET", "/v1/index/", {}, 404, "not_found"),
    "no site": ("GET", "/v1/sites//articles/1/related", {}, 404, "not_found"),
    "wrong method": ("PATCH", ARTICLE, {}, 405, "method_not_allowed"),
    "wrong method for bulk": ("DELETE", "/v1/index", {}, 405, "method_not_allowed"),
    "unknown article": ("GET", article_path("nobody"), {}, 404, "unknown_article"),
    "list of an unknown article": ("GET", article_path("nobody", "/related"), {}, 404, "unknown_article"),
    "pages of an unknown article": ("GET", article_path("nobody", "/shown-on"), {}, 404, "unknown_article"),
    "unknown site": ("GET", article_path("b0", "/related", site="nowhere"), {}, 404, "unknown_article"),
    "bad parameter": ("GET", f"{LIST}?limit=abc", {}, 422, "invalid_request"),
    "unknown parameter": ("GET", f"{LIST}?limits=3", {}, 422, "invalid_request"),
    "unknown profile": ("GET", f"{LIST}?profile=deep", {}, 422, "invalid_request"),
    "bad wait": ("PUT", f"{ARTICLE}?wait=yes", {"json": {"title": "x"}}, 422, "invalid_request"),
    "bad limit of pages": ("GET", f"{article_path('b0', '/shown-on')}?limit=0", {}, 422, "invalid_request"),
    "no JSON": ("PUT", ARTICLE, {"content": b"title=x"}, 422, "invalid_request"),
    "no article": ("PUT", ARTICLE, {"json": {}}, 422, "invalid_article"),
    "bad field": ("PUT", ARTICLE, {"json": {"title": "x", "status": "live"}}, 422, "invalid_article"),
    "no draft": ("POST", DRAFTS, {"json": {"body": ""}}, 422, "invalid_article"),
    "no ids": ("POST", BATCH, {"json": {"ids": []}}, 422, "invalid_request"),
    "too large": ("PUT", ARTICLE, {"content": b"x" * 1_048_577}, 413, "body_too_large"),
    "too large without a length": (
        "PUT",
        ARTICLE,
        {"content": iter([b"x" * 700_000] * 2)},
        413,
        "body_too_large",
    ),
    "compressed": (
        "PUT",
        ARTICLE,
        {"content": b"\x1f\x8b", "headers": {"Content-Encoding": "gzip"}},
        415,
        "unsupported_media_type",
    ),
    "compressed bulk": (
        "POST",
        BULK,
        {"content": b"\x1f\x8b", "headers": {"Content-Encoding": "br"}},
        415,
        "unsupported_media_type",
    ),
    "no way back": ("POST", "/v1/index/rollback", {}, 409, "unknown_snapshot"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_every_failure_has_the_one_shape(api: Api, case: str) -> None:
    method, path, sent, status, code = FAILURES[case]
    headers = {**api.as_admin, **sent.get("headers", {})}
    answer = api.client.request(method, path, **{**sent, "headers": headers})
    assert_problem(answer, status, code)


@pytest.mark.parametrize("error", HTTP_STATUS, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_every_error_class_answers_by_the_table(
    api: Api, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    special: dict[type[Exception], Exception] = {
        UnknownArticleError: UnknownArticleError(SITE, "b0"),
        DimensionMismatchError: DimensionMismatchError(got=3, want=4),
    }
    raised = special.get(error) or error("got this, wanted that: do something")

    def fail(*_args: object) -> None:
        raise raised

    monkeypatch.setattr(api.core.recommender, "related", fail)
    answer = api.get(LIST)

    detail = assert_problem(answer, HTTP_STATUS[error], getattr(error, "code", ""))
    assert detail == str(raised)
    assert ("retry-after" in answer.headers) is (answer.status_code == 503)
    assert ("www-authenticate" in answer.headers) is (answer.status_code == 401)


def test_what_nobody_foresaw_is_an_answer_too_and_the_log_has_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_args: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(api.core.recommender, "related", crash)
    with caplog.at_level(logging.INFO):
        answer = api.client.get(LIST, headers={"X-Request-ID": "crash-1"})

    detail = assert_problem(answer, 500, "internal_error")
    assert answer.json()["request_id"] == "crash-1"
    assert "secret" not in detail
    crashed = [record for record in caplog.records if record.getMessage() == "request.crashed"]
    assert len(crashed) == 1
    assert crashed[0].exc_info is not None
    assert crashed[0].exc_info[0] is ZeroDivisionError


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=51", "limit"),
        ("limit=abc", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("min_relevance=1.01", "min_relevance"),
        ("min_relevance=-0.1", "min_relevance"),
        ("min_relevance=nan", "min_relevance"),
        ("min_relevance=inf", "min_relevance"),
        ("explain=maybe", "explain"),
        ("limt=3", "limt"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", LIST), ("POST", DRAFTS), ("POST", BATCH)])
def test_a_bad_parameter_is_named_with_what_was_got(
    api: Api, method: str, path: str, query: str, field: str
) -> None:
    answer = api.client.request(method, f"{path}?{query}", json={"title": "x"} if method == "POST" else None)
    detail = assert_problem(answer, 422, "invalid_request")
    (wrong,) = answer.json()["errors"]
    assert wrong["field"] == f"query.{field}"
    assert detail == f"{wrong['field']}: {wrong['problem']} (got {wrong['got']})"
    assert len(wrong["got"]) <= 80


def test_ten_thousand_excluded_ids_are_taken(api: Api) -> None:
    ids = ",".join(str(n) for n in range(10_000))
    without = [api.get(f"{LIST}?exclude={each}").json()["items"] for each in (ids, f"{ids},b1")]
    assert [[item["id"] for item in items] for items in without] == [["b1"], []]


@pytest.mark.parametrize(
    "query", ["exclude=%00", "exclude=%ED%A0%80", "exclude=%FF,b9", "languages=%00,xx%27--"]
)
def test_strange_characters_in_parameters_do_no_harm(api: Api, query: str) -> None:
    answer = api.client.get(f"{LIST}?{query}")
    expected = [] if query.startswith("languages") else ["b1"]
    assert [item["id"] for item in answer.json()["items"]] == expected


HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the body is empty"),
    "blank": (b" \n\t ", "the body is empty"),
    "array": (b'["title"]', "got a JSON array, wanted one object"),
    "string": (b'"title"', "got a JSON string"),
    "number": (b"12", "got a JSON number"),
    "true": (b"true", "got a JSON boolean"),
    "null": (b"null", "got a JSON null"),
    "broken": (b'{"title": "x"', "not JSON"),
    "two objects": (b'{"title": "x"}{"title": "y"}', "not JSON"),
    "trailing comma": (b'{"title": "x",}', "not JSON"),
    "single quotes": (b"{'title': 'x'}", "not JSON"),
    "latin-1": ('{"title": "Brücke"}'.encode("latin-1"), "not UTF-8 (byte 13)"),
    "utf-16": ('{"title": "x"}'.encode("utf-16"), "not UTF-8 (byte 0)"),
    "not a number": (b'{"title": "x", "extra": {"n": NaN}}', "not JSON"),
    "infinity": (b'{"title": "x", "extra": {"n": 1e400}}', "infinity"),
    "lone surrogate": (b'{"title": "a\\ud800b"}', "surrogate"),
    "raw control character": (b'{"title": "a\x01b"}', "not JSON"),
    "10,000 arrays deep": (b'{"title": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "depth limit"),
    "10,000 objects deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "depth limit"),
}


@pytest.mark.parametrize(("method", "path"), BODY_ROUTES)
@pytest.mark.parametrize("case", HOSTILE)
def test_a_body_that_is_no_json_object_is_refused_with_the_reason(
    api: Api, method: str, path: str, case: str
) -> None:
    body, reason = HOSTILE[case]
    answer = api.client.request(method, path, content=body, headers=api.as_admin)
    assert reason in assert_problem(answer, 422, "invalid_request")


REFUSED: dict[str, tuple[bytes, str]] = {
    "a number for a title": (b'{"title": 7}', "title: Input should be a valid string (got 7)"),
    "1,000 arrays for a title": (
        b'{"title": ' + b"[" * 1_000 + b"]" * 1_000 + b"}",
        "title: Input should be",
    ),
    "1,000 arrays in extra": (b'{"title": "x", "n": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", "as JSON"),
    "a bad date": (b'{"title": "x", "published_at": "gestern"}', "published_at: "),
    "a date beyond all dates": (b'{"title": "x", "published_at": 1e300}', "published_at: "),
    "a long title": (b'{"title": "' + b"x" * 2_001 + b'"}', "title: String should have at most 2000"),
    "a bad image": (b'{"title": "x", "image": {"url": "u", "width": -1}}', "image.width: "),
    "an object for tags": (b'{"title": "x", "tags": {"a": 1}}', "tags: "),
    "NUL in the kind": (b'{"title": "x", "kind": "a\\u0000b"}', "NUL"),
    "100,000 bad tags": (b'{"title": "x", "tags": [' + b",".join([b"1"] * 100_000) + b"]}", "99,980 more"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_article_that_cannot_be_taken_is_refused_with_its_fields(api: Api, case: str) -> None:
    body, reason = REFUSED[case]
    answer = api.client.put(article_path("refused"), content=body, headers=api.as_admin)
    detail = assert_problem(answer, 422, "invalid_article")
    assert reason in detail
    assert len(detail) < 4_000
    assert api.core.catalog.counts(SITE) == {"published": 2}


TAKEN: dict[str, bytes] = {
    "a huge whole number": b'{"title": "x", "n": 123456789012345678901234567890}',
    "a tiny number": b'{"title": "x", "n": 1e-400}',
    "NUL in the text": b'{"title": "x", "body": "a\\u0000b"}',
    "every control character": b'{"title": "x", "body": "'
    + b"".join(b"\\u%04x" % code for code in range(32))
    + b'"}',
    "100 arrays in extra": b'{"title": "x", "n": ' + b"[" * 100 + b"]" * 100 + b"}",
    "100,000 unclosed tags": b'{"title": "x", "body": "' + b"<div>" * 100_000 + b'"}',
    "a title of markup only": b'{"title": "<b></b>", "body": "Text."}',
    "one word of 500,000 letters": b'{"title": "x", "body": "' + b"a" * 500_000 + b'"}',
    "right-to-left and joiners": '{"title": "\u202eabc\u200d\ufeff", "body": "\u0301"}'.encode(),
    "a key twice": b'{"title": "x", "title": "y"}',
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_strange_but_sound_is_stored_searchable_and_readable(api: Api, case: str) -> None:
    path = article_path(case, site="strange")
    stored = api.client.put(f"{path}?wait=searchable", content=TAKEN[case], headers=api.as_admin)
    assert (stored.status_code, stored.json()["searchable"]) == (201, True), stored.text
    assert api.client.get(path, headers=api.as_admin).json()["id"] == case
    for accept in ("application/json", "text/html"):
        answer = api.get(article_path(case, "/related", site="strange"), accept=accept)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (ARTICLE, {"GET", "PUT", "DELETE", "HEAD", "OPTIONS"}),
        # an id may hold slashes, so these addresses are articles' too
        (LIST, {"GET", "PUT", "DELETE", "HEAD", "OPTIONS"}),
        (BULK, {"GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS"}),
        (DRAFTS, {"POST", "OPTIONS"}),
        ("/v1/index", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_an_address_names_all_methods_that_it_takes(api: Api, path: str, allowed: set[str]) -> None:
    refused, options = api.client.patch(path), api.client.options(path)

    detail = assert_problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["allow"].split(", ")) == allowed
    assert detail == f"got PATCH, this address takes {refused.headers['allow']}"
    assert (options.status_code, options.content) == (204, b"")
    assert options.headers["allow"] == refused.headers["allow"]
