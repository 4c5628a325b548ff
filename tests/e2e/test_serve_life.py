"""How a service lives and dies: drained, killed, without its model, beside another one."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import pytest
from command_line import NEWS, SITE, eventually, invoke
from service_process import Service, halted, is_running, make_key, service

from index.snapshot import read_pointer, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FERRY = {
    "title": "Fähre auf der Elster liegt nach dem Hochwasser fest",
    "body": "Die Fähre über die Elster fährt nicht, denn nach dem Hochwasser liegt Schlamm an der Uferstraße.",
    "language": "de",
    "published_at": "2026-09-20T08:00:00Z",
}
FERRY_AGAIN = {**FERRY, "title": "Elster: Fähre fährt wieder"}
DRAFT = {"title": "Neue Deiche an der Elster", "language": "de"}


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # short: the path of a socket may not be long
    with TemporaryDirectory(prefix="r-") as name:
        folder = Path(name)
        assert invoke("ingest", NEWS, "--site", SITE, data_dir=folder).code == 0
        yield folder


def _gone(running: Service) -> bool:
    return not any(is_running(pid) for pid in running.children())


def _refused(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=5)
    except httpx.ConnectError:
        return True
    return False


def _send_sigterm(running: Service) -> None:
    running.process.terminate()


def _press_ctrl_c(running: Service) -> None:
    # a terminal sends it to the whole group
    os.killpg(running.process.pid, signal.SIGINT)


@pytest.mark.parametrize("ask", [_send_sigterm, _press_ctrl_c])
def test_what_is_under_way_is_answered_before_the_end_and_nothing_is_left(
    data_dir: Path, ask: Callable[[Service], None]
) -> None:
    with service(data_dir, "--workers", 2, key=make_key(data_dir)) as running:
        answers: list[httpx.Response] = []
        with halted(running.pids("indexing")[0]):
            # its answer waits for a vector, which nobody makes now
            slow = threading.Thread(target=lambda: answers.append(running.put("b1", FERRY)))
            slow.start()
            path = f"/v1/sites/{SITE}/articles/b1"
            eventually(lambda: running.get(path).status_code == 200, what="the article in the catalog")
            # one that hangs is as good as none
            assert running.get("/readyz").json()["degraded"]
            assert "h2" in running.related_ids("h1")
            ask(running)
            eventually(lambda: _refused(running.url), what="refusing new callers")
            assert running.process.poll() is None
        slow.join(60)

        assert [(answer.status_code, answer.json()["searchable"]) for answer in answers] == [(201, True)]
        assert running.process.wait(60) == 0
        eventually(lambda: _gone(running), what="the end of every process")
        assert not (data_dir / "encoder.sock").exists()
        assert "Traceback" not in running.log
        assert "ERROR" not in running.log


def test_when_the_parent_is_killed_everything_ends(data_dir: Path) -> None:
    with service(data_dir, "--workers", 2) as running:
        assert len(running.children()) == 3

        assert running.stop(signal.SIGKILL) == -signal.SIGKILL

        eventually(lambda: _gone(running), what="the end of every process")
        assert _refused(running.url)


def test_without_the_indexing_process_lists_are_answered_until_it_is_back(data_dir: Path) -> None:
    with service(data_dir, key=make_key(data_dir)) as running:
        first = running.pids("indexing")[0]
        os.kill(first, signal.SIGKILL)

        def degraded() -> list[str]:
            answer = running.get("/readyz")
            # it goes on serving, so a load balancer must not take it out
            assert answer.status_code == 200
            found: list[str] = answer.json()["degraded"]
            return found

        said = eventually(degraded, what="a degraded state")
        assert said[0].startswith("encoder: ")
        assert {"h2", "h3"} <= set(running.related_ids("h1"))
        draft = running.client.post(f"{running.url}/v1/sites/{SITE}/related", json=DRAFT)
        assert (draft.status_code, draft.json()["code"]) == (503, "encoder_unavailable")
        assert int(draft.headers["retry-after"]) > 0

        running.ready()
        assert running.pids("indexing")[-1] != first
        assert f"process.died name=indexing pid={first} status=-9" in running.log
        assert running.put("b1", FERRY).json()["searchable"]


def test_two_services_on_one_folder_share_one_model(data_dir: Path) -> None:
    key = make_key(data_dir)
    with service(data_dir, key=key) as first, service(data_dir, key=key) as second:
        assert first.url != second.url
        assert (first.log.count("encoder.ready "), second.log.count("encoder.ready ")) == (1, 0)

        assert second.put("b1", FERRY).json()["searchable"]
        eventually(lambda: "b1" in first.related_ids("h3"), within_s=5)

        assert first.stop() == 0
        # the second one's own process takes over
        assert second.put("b2", FERRY_AGAIN).json()["searchable"]
        second.ready()
        assert second.log.count("encoder.ready ") == 1

    root = data_dir / "snapshots"
    assert verify(root, read_pointer(root).current).count == 11
    assert invoke("doctor", data_dir=data_dir).code == 0
    listed = invoke("related", "b1", "--site", SITE, "--json", data_dir=data_dir).document
    assert listed["complete"]


def test_a_waiting_indexing_process_ends_with_its_parent_too(data_dir: Path) -> None:
    with service(data_dir) as first, service(data_dir) as second:
        second.stop(signal.SIGKILL)

        eventually(lambda: _gone(second), what="the end of every process of the second service")
        assert first.related("h1").status_code == 200
        assert not _gone(first)


def test_an_empty_folder_is_served_and_filled(data_dir: Path) -> None:
    empty = data_dir / "empty"
    with service(empty, key=(key := make_key(empty))) as running:
        assert key.startswith("rk_")
        assert running.ready()["snapshot"] is None
        assert running.put("b1", FERRY).json()["searchable"]
        assert running.put("b2", FERRY_AGAIN).status_code == 201
        assert running.related("b1").status_code == 200
        running.stop()

    # nothing that was accepted needs the process that accepted it
    with service(empty, key=key) as again:
        assert again.get(f"/v1/sites/{SITE}/articles/b1").json()["searchable"]


def test_what_ingest_stores_beside_a_service_is_found_there(data_dir: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text(
        '{"id": "b1", "title": "Die Fähre auf der Elster liegt nach dem Hochwasser fest", "language": "de"}\n',
        encoding="utf-8",
    )
    with service(data_dir) as running:
        taken = invoke("ingest", more, "--site", SITE, "--json", data_dir=data_dir)

        assert (taken.code, taken.document["indexed_by"]) == (0, "service")
        eventually(lambda: running.related("b1").json().get("complete"), within_s=10)
        assert "h3" in running.related_ids("b1")
