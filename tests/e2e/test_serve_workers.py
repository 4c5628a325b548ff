"""One service with two workers: whoever answers, the answer is the same, and it is current."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from command_line import NEWS, SITE, eventually, invoke
from service_process import Service, halted, make_key, service

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON = {"language": "de", "section": "lokales", "published_at": "2026-09-20T08:00:00Z"}
BRIDGE = {
    **COMMON,
    "title": "Neue Brücke über die Elster: Altenweiler sperrt die Uferstraße",
    "body": "Wegen der neuen Brücke über die Elster ist die Uferstraße in Altenweiler gesperrt. Der Pegel der "
    "Elster und das Hochwasseramt bestimmen, wann die Arbeiten an den Deichen weitergehen.",
}
FERRY = {
    **COMMON,
    "title": "Fähre auf der Elster liegt nach dem Hochwasser fest",
    "body": "Die Fähre über die Elster fährt nicht, denn nach dem Hochwasser liegt Schlamm an der Uferstraße. "
    "Der Stadtrat von Altenweiler will die höheren Deiche abwarten.",
}
LEVEE = {
    **COMMON,
    "title": "Schafe sollen die Deiche der Elster pflegen",
    "body": "Auf den neuen Deichen der Elster weiden bald Schafe. Das Hochwasseramt lobt die Tiere, der Stadtrat "
    "von Altenweiler zahlt den Zaun an der Uferstraße.",
}


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with TemporaryDirectory(prefix="r-") as name:
        data_dir = Path(name)
        assert invoke("ingest", NEWS, "--site", SITE, data_dir=data_dir).code == 0
        with service(data_dir, "--workers", 2, key=make_key(data_dir)) as started:
            eventually(lambda: started.log.count("index.ready ") == 2, what="two workers that are ready")
            yield started


def _each_worker(running: Service) -> Iterator[int]:
    """Let one worker after the other be the only one that can answer."""
    first, second = running.pids("worker")
    for answering, other in ((first, second), (second, first)):
        with halted(other):
            yield answering


def test_it_says_where_it_listens_and_nothing_else(running: Service) -> None:
    assert running.out == f"listening on {running.url} (documentation: {running.url}/docs)\n"
    assert not running.url.endswith(":0")


def test_one_process_holds_the_model(running: Service) -> None:
    assert (len(running.pids("indexing")), len(running.pids("worker"))) == (1, 2)
    assert running.log.count("encoder.ready ") == 1


def test_ready_names_snapshot_and_encoder(running: Service) -> None:
    found = running.ready()

    assert (found["ready"], found["encoder_id"], found["detail"]) == (True, "hashing-v1-256", None)
    assert found["snapshot"] in running.get("/v1/index").text


def test_both_workers_answer_the_same(running: Service) -> None:
    answers = [running.related("h2").content for _ in _each_worker(running)]

    assert answers[0] == answers[1]
    assert answers[0].count(b'"reason":"related"') == 3


def test_a_new_article_is_found_through_both_workers(running: Service) -> None:
    stored = running.put("b1", BRIDGE)

    assert (stored.status_code, stored.json()["searchable"]) == (201, True)
    for _ in _each_worker(running):
        # the other worker follows within its interval
        eventually(lambda: "b1" in running.related_ids("h3"), within_s=5)
        assert set(running.related_ids("b1")) >= {"h2", "h3", "h4"}


def test_an_article_that_is_taken_away_is_gone_from_both_at_once(running: Service) -> None:
    assert running.put("b2", FERRY).status_code == 201
    for _ in _each_worker(running):
        eventually(lambda: "b2" in running.related_ids("h4"), within_s=5)

    path = f"{running.url}/v1/sites/{SITE}/articles/b2"
    with halted(running.pids("worker")[1]):
        assert running.client.delete(path).json()["outcome"] == "deleted"

    for _ in _each_worker(running):
        assert "b2" not in running.related_ids("h4")
        assert running.related("b2").status_code == 404


def test_a_draft_is_encoded_by_the_process_that_holds_the_model(running: Service) -> None:
    before = running.get("/v1/index").json()["catalog_revision"]

    for _ in _each_worker(running):
        draft = {**BRIDGE, "title": "Noch ein Entwurf über Deiche und Pegel"}
        answer = running.client.post(f"{running.url}/v1/sites/{SITE}/related", json=draft)
        assert answer.status_code == 200
        assert {"h3", "h4"} <= {item["id"] for item in answer.json()["items"] if item["reason"] == "related"}

    assert running.get("/v1/index").json()["catalog_revision"] == before


def test_metrics_are_those_of_both_workers(running: Service) -> None:
    def asked() -> float:
        lines = running.get("/metrics").text.splitlines()
        name = 'recommender_requests_total{method="GET",route="/healthz",status="200"}'
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    before = asked()
    for _ in _each_worker(running):
        assert running.get("/healthz").json() == {"status": "ok"}

    assert asked() == before + 2


@contextmanager
def _readers(url: str, count: int = 2) -> Iterator[list[tuple[int, tuple[str, ...]]]]:
    """Ask for sections without a pause; yields the answers so far, status 0 for a failed connection."""
    answers: list[tuple[int, tuple[str, ...]]] = []
    stop = threading.Event()

    def read() -> None:
        with httpx.Client(headers={"Connection": "close"}, timeout=30) as client:
            while not stop.is_set():
                article_id = ("h1", "f2", "t3")[len(answers) % 3]
                answers.append(_ask(client, f"{url}/v1/sites/{SITE}/articles/{article_id}/related"))

    threads = [threading.Thread(target=read) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _ask(client: httpx.Client, url: str) -> tuple[int, tuple[str, ...]]:
    try:
        answer = client.get(url)
    except httpx.TransportError as error:
        return 0, (repr(error),)
    return answer.status_code, tuple(item["id"] for item in answer.json().get("items", ()))


def _swaps_to(running: Service, snapshot: str) -> int:
    return running.log.count(f"snapshot.swapped id={snapshot} ")


def _rebuilt(running: Service) -> str:
    """Start a rebuild and wait until both workers answer from its snapshot."""
    assert running.client.post(f"{running.url}/v1/index/rebuild").status_code == 202

    def finished() -> Any:
        state = running.get("/v1/index").json()["rebuild"]
        assert state["state"] in {"running", "done"}, state
        return state if state["state"] == "done" else None

    snapshot: str = eventually(finished, what="the rebuild")["report"]["snapshot_id"]
    eventually(lambda: _swaps_to(running, snapshot) == 2, what="both workers on the new snapshot")
    return snapshot


def test_a_rebuild_under_load_fails_no_request(running: Service) -> None:
    before = running.ready()["snapshot"]
    with _readers(running.url) as answers:
        eventually(lambda: len(answers) > 20)
        snapshot = _rebuilt(running)
        after = len(answers)
        eventually(lambda: len(answers) > after + 20)

    assert snapshot != before
    assert {status for status, _ in answers} == {200}
    # whatever the snapshot, no list was ever empty
    assert all(ids for _, ids in answers)


def test_a_second_rebuild_at_the_same_time_is_refused(running: Service) -> None:
    first = running.client.post(f"{running.url}/v1/index/rebuild")
    second = running.client.post(f"{running.url}/v1/index/rebuild")

    assert (first.status_code, second.status_code) == (202, 409)
    assert second.json()["code"] == "rebuild_running"
    eventually(lambda: running.get("/v1/index").json()["rebuild"]["state"] == "done")


def test_rollback_goes_back_and_loses_no_article(running: Service) -> None:
    old = _rebuilt(running)
    assert running.put("b3", LEVEE).status_code == 201
    new = _rebuilt(running)

    answer = running.client.post(f"{running.url}/v1/index/rollback")

    assert (answer.status_code, answer.json()) == (200, {"snapshot": old})
    assert new != old
    eventually(lambda: _swaps_to(running, old) == 4, what="both workers back")
    for _ in _each_worker(running):
        assert running.ready()["snapshot"] == old
        eventually(lambda: "b3" in running.related_ids("h4"), within_s=5)


def test_workers_that_are_killed_are_replaced_and_callers_wait_for_them(running: Service) -> None:
    before = running.pids("worker")
    for pid in before:
        os.kill(pid, signal.SIGKILL)

    # with every worker gone a caller is not refused: the address stays open
    assert {"h2", "h3"} <= set(running.related_ids("h1"))
    eventually(lambda: len(running.pids("worker")) == len(before) + 2, what="two new workers")
