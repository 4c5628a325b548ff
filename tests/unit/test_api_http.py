"""Reading bodies and writing answers."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from recommender.api.http import cached_answer, parse_object, wants_html
from recommender.errors import InvalidRequestError


def _request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


def test_an_object_is_read_with_or_without_a_byte_order_mark() -> None:
    assert parse_object('{"title": "Größe"}'.encode()) == {"title": "Größe"}
    assert parse_object(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"\xef\xbb\xbf", "the body is empty: send one JSON object"),
        (b"[]", 'got a JSON array, wanted one object: {"title": …}'),
        (b"1.5", "got a JSON number"),
        (b'{"a": "\xe4"}', r"not UTF-8 \(byte 7\): send JSON as UTF-8"),
        (b'{"a"}', "the body is not JSON: .*line 1 column 5"),
    ],
)
def test_what_is_no_object_is_refused_with_the_reason(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        parse_object(body)


def test_equal_content_has_an_equal_tag_and_other_content_another() -> None:
    one, same, other = (cached_answer(_request(), body) for body in (b"a", b"a", b"b"))
    assert one.headers["etag"] == same.headers["etag"] != other.headers["etag"]


def test_a_304_has_the_headers_of_its_200_and_no_body() -> None:
    full = cached_answer(_request(), b"{}", max_age_s=30, public=True, revision=5)
    short = cached_answer(
        _request(if_none_match=full.headers["etag"]), b"{}", max_age_s=30, public=True, revision=5
    )

    assert (full.status_code, short.status_code, short.body) == (200, 304, b"")
    for name in ("etag", "cache-control", "vary", "x-index-revision"):
        assert short.headers[name] == full.headers[name]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html", True),
        ("Text/HTML;q=0.9, */*", True),
        ("application/json", False),
        ("text/html, application/json", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_html_is_for_those_who_ask_for_it(accept: str, expected: object) -> None:
    assert wants_html(_request(accept=accept)) is expected
