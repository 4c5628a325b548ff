"""ETag, 304 and Cache-Control: what may be kept, for how long, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from api_fixtures import SITE, Api, article_path, open_api, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIST = article_path("b0", "/related")
SHOWN_ON = article_path("b0", "/shown-on")
ARTICLE = article_path("b0")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        for name in ("b0", "b1", "b2"):
            opened.put(name, **told(name, topic="bruecke"))
        yield opened


def _asked_again(api: Api, path: str, tag: str) -> int:
    headers = {**api.as_admin, "If-None-Match": tag}
    answer = api.client.get(path, headers=headers)
    if answer.status_code == 304:
        assert answer.content == b""
        assert answer.headers["etag"] == api.client.get(path, headers=api.as_admin).headers["etag"]
        assert "cache-control" in answer.headers
    return answer.status_code


@pytest.mark.parametrize("path", [LIST, SHOWN_ON, ARTICLE])
def test_who_has_it_already_gets_304(api: Api, path: str) -> None:
    tag = api.client.get(path, headers=api.as_admin).headers["etag"]

    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", f'"other", {tag}', f'W/"other",W/{tag}', "*"):
        assert _asked_again(api, path, known) == 304, known
    for unknown in ('"other"', 'W/"other"', tag.strip('"'), ""):
        assert _asked_again(api, path, unknown) == 200, unknown


def test_the_tag_changes_with_the_list_and_only_with_it(api: Api) -> None:
    tag = api.get(LIST).headers["etag"]

    api.put("elsewhere", site="bergpost", **told("b9", topic="bruecke"))
    same = api.get(LIST)
    api.delete("b2")
    other = api.get(LIST)

    assert (same.headers["etag"], int(same.headers["x-index-revision"])) == (tag, 8)
    assert other.headers["etag"] != tag
    assert _asked_again(api, LIST, tag) == 200


def test_json_and_html_have_tags_of_their_own(api: Api) -> None:
    as_json, as_html = api.get(LIST), api.get(LIST, accept="text/html")
    assert as_json.headers["etag"] != as_html.headers["etag"]
    assert as_json.headers["vary"] == as_html.headers["vary"] == "Accept"


def test_open_reads_may_be_kept_by_everybody(api: Api) -> None:
    assert api.get(LIST).headers["cache-control"] == "public, max-age=60, stale-while-revalidate=60"


def test_reads_with_a_key_are_kept_by_their_reader_only(tmp_path: Path) -> None:
    with open_api(tmp_path, open_read="no", cache_max_age_s=7) as api:
        api.put("b0", **told("b0"))
        answer = api.client.get(LIST, headers=api.as_admin)
    assert answer.headers["cache-control"] == "private, max-age=7, stale-while-revalidate=7"
    assert answer.headers["vary"] == "Accept, Authorization"


def test_an_age_of_nothing_means_asking_each_time(tmp_path: Path) -> None:
    with open_api(tmp_path, cache_max_age_s=0) as api:
        api.put("b0", **told("b0"))
        assert api.get(LIST).headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("path", [SHOWN_ON, ARTICLE])
def test_what_has_to_be_right_is_asked_for_each_time(api: Api, path: str) -> None:
    answer = api.client.get(path, headers=api.as_admin)
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/index"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", article_path("nobody", "/related")),
        ("PUT", ARTICLE),
        ("DELETE", ARTICLE),
        ("POST", f"/v1/sites/{SITE}/related"),
        ("POST", f"/v1/sites/{SITE}/related/batch"),
    ],
)
def test_everything_else_is_never_kept(api: Api, method: str, path: str) -> None:
    body = {"title": "x"} if not path.endswith("batch") else {"ids": ["b0"]}
    answer = api.client.request(
        method, path, json=body if method in {"PUT", "POST"} else None, headers=api.as_admin
    )
    assert answer.status_code in {200, 404}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", [LIST, SHOWN_ON, ARTICLE, "/v1/index", "/healthz", "/readyz", "/metrics", "/docs"]
)
def test_head_is_get_without_a_body(api: Api, path: str) -> None:
    changing = {"x-request-id", "content-length"} if path == "/metrics" else {"x-request-id"}
    head = api.client.head(path, headers=api.as_admin)
    get = api.client.get(path, headers=api.as_admin)

    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    for name, value in get.headers.items():
        assert name in changing or head.headers[name] == value, name


def test_head_knows_304_and_404(api: Api) -> None:
    tag = api.get(LIST).headers["etag"]
    assert api.client.head(LIST, headers={"If-None-Match": tag}).status_code == 304
    assert api.client.head(article_path("nobody", "/related")).status_code == 404
