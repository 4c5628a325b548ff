"""Who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from api_fixtures import SITE, Api, article_path, open_api, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

RELATED = article_path("b0", "/related")
# method, address, body, the least scope that opens it
ROUTES: list[tuple[str, str, Any, str]] = [
    ("GET", RELATED, None, "read"),
    ("GET", article_path("b0", "/shown-on"), None, "read"),
    ("POST", f"/v1/sites/{SITE}/related", {"title": "x"}, "read"),
    ("POST", f"/v1/sites/{SITE}/related/batch", {"ids": ["b0"]}, "read"),
    ("GET", "/v1/index", None, "read"),
    ("GET", article_path("b0"), None, "write"),
    ("PUT", article_path("b1"), {"title": "x"}, "write"),
    ("DELETE", article_path("b1"), None, "write"),
    ("POST", f"/v1/sites/{SITE}/articles/bulk", {"id": "b1", "title": "x"}, "write"),
    ("POST", "/v1/index/rebuild", None, "admin"),
    ("POST", "/v1/index/rollback", None, "admin"),
]
SCOPES = ("read", "write", "admin")


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Serve on a public address, where reads need a key too; a rebuild or rollback only pretends."""
    with open_api(tmp_path, host="0.0.0.0") as opened:
        monkeypatch.setattr(opened.core, "start_rebuild", lambda: 4_711)
        monkeypatch.setattr(opened.core, "rollback", lambda: "s-1")
        opened.put("b0", **told("b0"))
        yield opened


def _send(api: Api, method: str, path: str, body: Any, headers: dict[str, str]) -> Response:
    return api.client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES)
def test_each_route_opens_to_its_scope_and_the_higher_ones(
    api: Api, method: str, path: str, body: Any, scope: str
) -> None:
    for held in SCOPES:
        answer = _send(api, method, path, body, api.key_for(held))
        allowed = SCOPES.index(held) >= SCOPES.index(scope)
        assert answer.status_code in ({200, 201, 202} if allowed else {403}), (held, answer.text)
        if not allowed:
            assert answer.json()["code"] == "forbidden"
            assert f"has scope {held}, this needs {scope}" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES)
def test_on_a_public_address_nothing_opens_without_a_key(
    api: Api, method: str, path: str, body: Any, scope: str
) -> None:
    before = api.core.catalog.revision()
    for headers in ({}, {"Authorization": "Basic dXNlcjpwYXNz"}, {"Authorization": "Bearer"}):
        answer = _send(api, method, path, body, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert f"scope '{scope}'" in answer.json()["detail"]
        assert answer.headers["www-authenticate"] == "Bearer"
    assert api.core.catalog.revision() == before


@pytest.mark.parametrize(("method", "path", "body", "scope"), ROUTES)
def test_a_key_for_one_site_opens_that_site_only(
    api: Api, method: str, path: str, body: Any, scope: str
) -> None:
    own, foreign = api.key_for(scope, site=SITE), api.key_for(scope, site="bergpost")
    about_site = path.startswith("/v1/sites/")

    assert (_send(api, method, path, body, own).status_code < 300) is about_site
    refused = _send(api, method, path, body, foreign)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "is for site 'bergpost'" in refused.json()["detail"]


def test_an_unknown_or_revoked_key_opens_nothing_even_where_reads_are_open(tmp_path: Path) -> None:
    with open_api(tmp_path) as api:
        api.put("b0", **told("b0"))
        new = api.core.catalog.create_key("old", ["admin"])
        revoked = {"Authorization": f"Bearer {new.secret}"}
        assert api.client.get(RELATED, headers=revoked).status_code == 200
        api.core.catalog.revoke_key(new.record.key_id)

        for secret in (new.secret.encode(), b"guess", b"\xfc\xff"):
            answer = api.client.get(RELATED, headers={b"Authorization": b"Bearer " + secret})
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
            assert "not known or was revoked" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("settings", "is_open"),
    [
        ({"host": "127.0.0.1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "127.0.0.1", "open_read": "no"}, False),
        ({"host": "0.0.0.0"}, False),
        ({"host": "192.0.2.7"}, False),
        ({"host": "0.0.0.0", "open_read": "yes"}, True),
    ],
)
def test_reads_are_open_where_the_settings_say_so_and_writes_never(
    tmp_path: Path, settings: dict[str, Any], *, is_open: bool
) -> None:
    with open_api(tmp_path, **settings) as api:
        api.put("b0", **told("b0"))
        assert api.client.get(RELATED).status_code == (200 if is_open else 401)
        assert api.client.put(article_path("b1"), json={"title": "x"}).status_code == 401
        assert api.client.get(article_path("b0")).status_code == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
def test_whoever_runs_the_service_needs_no_key(api: Api, path: str) -> None:
    assert api.client.get(path).status_code == 200


def test_the_scheme_s_case_does_not_matter(api: Api) -> None:
    assert api.client.get(RELATED, headers={"Authorization": f"bearer {api.key}"}).status_code == 200


@pytest.mark.parametrize("body", [b"{broken", b"", b'{"title": ' + b"x" * 2_000_000])
def test_who_has_no_key_learns_nothing_about_the_body(tmp_path: Path, body: bytes) -> None:
    with open_api(tmp_path, host="0.0.0.0", max_body_mb=1) as api:
        for method, path, _, _ in ROUTES:
            if method in {"PUT", "POST"}:
                assert api.client.request(method, path, content=body).status_code == 401
