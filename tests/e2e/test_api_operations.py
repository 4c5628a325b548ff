"""What whoever runs the service looks at: health, readiness, metrics, request ids, the index's state."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import pytest
from api_fixtures import Api, HeldEncoder, article_path, open_api, told

from recommender.catalog import open_catalog
from recommender.encoder.hashing import HashingEncoder
from recommender.errors import RebuildRunningError
from recommender.observability import request_id
from recommender.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recommender.article import ArticleKey
    from recommender.service import Ask, RelatedList

LIST = article_path("b0", "/related")


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path) as opened:
        for name in ("b0", "b1"):
            opened.put(name, **told(name, topic="bruecke"))
        yield opened


def _metric(api: Api, name: str, **labels: str) -> float:
    wanted = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    found = re.search(rf"(?m)^{name}{{{re.escape(wanted)}}} (\S+)$", api.get("/metrics").text)
    return float(found[1]) if found else 0.0


def _rebuild(api: Api) -> str:
    settings = api.core.settings
    with open_catalog(settings.catalog_url) as catalog:
        return rebuild(catalog, HashingEncoder(), settings.snapshot_dir, keep=3).snapshot_id


def test_a_caller_s_request_id_comes_back_and_is_the_log_s(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    related = api.core.recommender.related

    def noted(key: ArticleKey, ask: Ask) -> RelatedList:
        seen.append(request_id.get())
        return related(key, ask)

    monkeypatch.setattr(api.core.recommender, "related", noted)
    answer = api.client.get(LIST, headers={"X-Request-ID": "edge-4711.a_B"})
    assert answer.headers.get_list("x-request-id") == seen == ["edge-4711.a_B"]


@pytest.mark.parametrize("given", [b"", b"a b", b"x" * 65, b"a\tb", b"<script>", "ä".encode()])
def test_a_request_id_that_could_do_harm_is_replaced(api: Api, given: bytes) -> None:
    answers = [api.client.get(LIST, headers={b"X-Request-ID": given}) for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    assert ids[0] != ids[1]


def test_requests_are_counted_by_route_method_and_status(api: Api) -> None:
    route = "/v1/sites/{site}/articles/{article_id:path}/related"

    def counts() -> list[float]:
        wanted = [("GET", "200"), ("HEAD", "200"), ("GET", "404"), ("GET", "422")]
        return [
            _metric(api, "recommender_requests_total", route=route, method=method, status=status)
            for method, status in wanted
        ]

    before = counts()
    api.client.get(LIST)
    api.client.head(LIST)
    api.client.get(article_path("nobody", "/related"))
    api.client.get(f"{LIST}?limit=0")
    api.client.request("SPAM", LIST)

    assert [after - b for after, b in zip(counts(), before, strict=True)] == [1, 1, 1, 1]
    assert _metric(api, "recommender_requests_total", route=route, method="other", status="405") >= 1
    assert "SPAM" not in api.get("/metrics").text
    assert "b0" not in api.get("/metrics").text


def test_metrics_describe_the_index_and_the_lists(api: Api) -> None:
    before = _metric(api, "recommender_related_items_total", reason="related")
    api.related("b0")
    text = api.get("/metrics").text

    assert _metric(api, "recommender_related_items_total", reason="related") == before + 1
    assert re.search(r"(?m)^recommender_index_articles 2.0$", text)
    assert re.search(r"(?m)^recommender_index_lag_revisions 0.0$", text)
    assert re.search(r"(?m)^recommender_pending_articles 0.0$", text)


def test_the_process_is_healthy_and_ready(api: Api) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    ready = api.get("/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["degraded"]) == (200, True, [])
    assert ready.json()["encoder_id"] == "hashing-v1-256"


def test_not_ready_is_503_with_the_reason(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    readiness = api.core.readiness()
    monkeypatch.setattr(api.core, "readiness", lambda: {**readiness, "ready": False, "detail": "starting"})
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json()["detail"]) == (503, "starting")


def test_the_index_tells_what_waits(tmp_path: Path) -> None:
    encoder = HeldEncoder()
    with open_api(tmp_path, encoder=encoder) as api:
        encoder.gate.clear()
        api.put("b0", wait=False, **told("b0"))
        waiting = api.get("/v1/index").json()
        encoder.gate.set()
        api.settle()
        done = api.get("/v1/index").json()

    assert (waiting["articles"], waiting["pending"], waiting["catalog_revision"]) == (0, 1, 1)
    assert (done["articles"], done["pending"], done["lag"]) == (1, 0, 0)
    assert done["rebuild"] == {"state": "never"}


def test_a_rollback_goes_back_to_the_snapshot_before_and_loses_no_change(api: Api) -> None:
    first = _rebuild(api)
    api.put("b2", **told("b2", topic="bruecke"))
    second = _rebuild(api)
    api.put("b3", **told("b3", topic="bruecke"))
    shown = api.related_ids("b0")

    answer = api.client.post("/v1/index/rollback", headers=api.as_admin)

    assert (answer.status_code, answer.json()) == (200, {"snapshot": first})
    assert api.get("/v1/index").json()["snapshot"] == first
    assert set(api.related_ids("b0")) == set(shown) == {"b1", "b2", "b3"}
    live = {each["id"]: each["live"] for each in api.get("/v1/index").json()["snapshots"]}
    assert live == {first: True, second: False}


def test_a_rebuild_is_started_and_a_second_one_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.core, "start_rebuild", lambda: 4_711)
    started = api.client.post("/v1/index/rebuild", headers=api.as_admin)

    def running() -> int:
        raise RebuildRunningError("a rebuild is running already: see GET /v1/index")

    monkeypatch.setattr(api.core, "start_rebuild", running)
    refused = api.client.post("/v1/index/rebuild", headers=api.as_admin)

    assert (started.status_code, started.json()) == (202, {"state": "running", "pid": 4_711})
    assert (refused.status_code, refused.json()["code"]) == (409, "rebuild_running")


def test_failures_of_the_server_are_logged_and_those_of_callers_are_not(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> str:
        raise OSError("disk")

    with caplog.at_level(logging.WARNING):
        api.client.get(f"{LIST}?limit=0")
        api.client.get(article_path("nobody", "/related"))
        assert caplog.records == []
        monkeypatch.setattr(api.core, "rollback", fail)
        api.client.post("/v1/index/rollback", headers=api.as_admin)
    assert [record.getMessage() for record in caplog.records] == ["request.crashed"]
