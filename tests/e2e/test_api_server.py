"""The application on a real server: connections, many callers at once, its end."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest
from api_fixtures import SITE, HeldEncoder, Running, article_path, ndjson, open_core, running, told

from recommender.api.app import create_app
from recommender.api.slow import AT_ONCE
from recommender.encoder.hashing import HashingEncoder
from recommender.runtime.core import Core
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READERS = 16
BULK = f"/v1/sites/{SITE}/articles/bulk"


class Served:
    """A core behind a real server, and clients of it with a key."""

    def __init__(self, core: Core, server: Running, encoder: HeldEncoder) -> None:
        self.core, self.server, self.encoder = core, server, encoder
        secret = core.catalog.create_key("test", ["admin"]).secret
        self.headers = {"Authorization": f"Bearer {secret}"}

    def client(self) -> httpx.Client:
        """Return a new client; close it."""
        return httpx.Client(base_url=self.server.url, headers=self.headers, timeout=30)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    encoder = HeldEncoder()
    with (
        open_core(tmp_path, encoder=encoder, max_body_mb=1) as core,
        running(create_app(core=core)) as server,
    ):
        yield Served(core, server, encoder)


def _until(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(2_000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("the condition did not come true in 20 seconds")


def test_readers_see_no_error_and_nothing_deleted_while_articles_come_and_go(served: Served) -> None:
    names = [f"b{n}" for n in range(40)]
    deleted: set[str] = set()
    ended = threading.Event()

    def read(reader: int) -> Counter[int]:
        statuses: Counter[int] = Counter()
        page = article_path(names[reader], "/related?limit=50")
        with served.client() as client:
            while not ended.is_set():
                before = frozenset(deleted)
                answer = client.get(page)
                statuses[answer.status_code] += 1
                listed = {item["id"] for item in answer.json()["items"]}
                assert not listed & before
                assert names[reader] not in listed
        return statuses

    def write() -> None:
        with served.client() as client:
            for n in range(READERS, len(names)):
                client.put(
                    article_path(f"new-{n}"), json=told(f"new-{n}", topic="bruecke")
                ).raise_for_status()
                answer = client.delete(article_path(names[n]))
                assert answer.json()["outcome"] == "deleted"
                deleted.add(names[n])

    with served.client() as client:
        body = ndjson({"id": name, **told(name, topic="bruecke")} for name in names)
        client.post(BULK, content=body).raise_for_status()
        client.put(article_path("last") + "?wait=searchable", json=told("last")).raise_for_status()
    with ThreadPoolExecutor(READERS + 1) as pool:
        readers = [pool.submit(read, reader) for reader in range(READERS)]
        try:
            pool.submit(write).result(timeout=60)
        finally:
            ended.set()
        seen = [reader.result() for reader in readers]

    assert all(set(statuses) == {200} for statuses in seen)
    assert len(deleted) == len(names) - READERS


def test_of_many_who_send_the_same_article_one_creates_it(served: Served) -> None:
    def put(_: int) -> str:
        with served.client() as client:
            return str(client.put(article_path("1"), json={"title": "Brücke"}).json()["outcome"])

    with ThreadPoolExecutor(READERS) as pool:
        outcomes = Counter(pool.map(put, range(READERS)))
    assert outcomes == {"created": 1, "unchanged": READERS - 1}


def test_callers_who_wait_for_the_encoder_do_not_hold_up_lists(served: Served) -> None:
    """More of them than the server has threads."""
    waiting = 40 + AT_ONCE

    def put(n: int) -> int:
        with served.client() as client:
            answer = client.put(article_path(f"w{n}") + "?wait=searchable", json=told(f"w{n}"))
            return answer.status_code

    with served.client() as client:
        for name in ("b0", "b1"):
            client.put(article_path(name) + "?wait=searchable", json=told(name, topic="bruecke"))
        served.encoder.gate.clear()
        with ThreadPoolExecutor(waiting) as pool:
            puts = [pool.submit(put, n) for n in range(waiting)]
            try:
                _until(lambda: served.core.catalog.counts(SITE) == {"published": 2 + waiting})
                answers = [client.get(article_path("b0", "/related"), timeout=5) for _ in range(20)]
            finally:
                served.encoder.gate.set()
            assert {each.result(timeout=60) for each in puts} == {201}

    assert {answer.json()["items"][0]["id"] for answer in answers} == {"b1"}


def test_drafts_that_wait_for_the_encoder_do_not_hold_up_lists(served: Served) -> None:
    def draft(n: int) -> int:
        with served.client() as client:
            return client.post(f"/v1/sites/{SITE}/related", json=told(f"d{n}")).status_code

    with served.client() as client:
        client.put(article_path("b0") + "?wait=searchable", json=told("b0"))
        served.encoder.gate.clear()
        served.encoder.asked.clear()
        with ThreadPoolExecutor(48) as pool:
            drafts = [pool.submit(draft, n) for n in range(48)]
            try:
                assert served.encoder.asked.wait(20)
                for _ in range(50):
                    assert client.get(article_path("b0", "/related"), timeout=5).status_code == 200
            finally:
                served.encoder.gate.set()
            assert {each.result(timeout=60) for each in drafts} == {200}


def test_one_connection_serves_many_requests(served: Served) -> None:
    """Also after HEAD, 304, 404 and 413: each answer ends where it says it does."""
    with served.client() as client:
        client.put(article_path("b0") + "?wait=searchable", json=told("b0")).raise_for_status()
    path = article_path("b0", "/related")
    host, port = served.server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.connect()
    opened = connection.sock

    def ask(method: str, address: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
        connection.request(method, address, body, {**served.headers, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers

    status, body, headers = ask("GET", path)
    assert (status, orjson.loads(body)["id"]) == (200, "b0")
    etag, length = headers["etag"], headers["content-length"]
    status, nothing, headers = ask("HEAD", path)
    assert (status, nothing, headers["content-length"], headers["etag"]) == (200, b"", length, etag)
    assert ask("GET", path, **{"If-None-Match": etag})[:2] == (304, b"")
    assert ask("GET", article_path("nobody", "/related"))[0] == 404
    assert ask("PUT", article_path("huge"), b"x" * 3_000_000)[0] == 413
    assert ask("OPTIONS", path)[:2] == (204, b"")
    assert ask("GET", path)[1] == body
    assert connection.sock is opened
    connection.close()


@pytest.mark.parametrize("article_id", ["a/b", "a%2Fb", "50%", "Größe 🌉", "🌉" * 1_000, "?#&"])
def test_ids_come_through_the_server_as_they_are(served: Served, article_id: str) -> None:
    with served.client() as client:
        put = client.put(article_path(article_id), json={"title": "x"})
        assert (put.status_code, put.json()["id"]) == (201, article_id)
        assert client.get(article_path(article_id)).json()["id"] == article_id
        assert client.get(article_path(article_id, "/related")).status_code == 200
        assert client.delete(article_path(article_id)).json()["outcome"] == "deleted"


def test_bulk_takes_a_stream_of_unknown_length(served: Served) -> None:
    def pieces() -> Iterator[bytes]:
        body = ndjson({"id": str(n), "title": f"Größe {n}"} for n in range(1_200))
        # cut anywhere, also inside a character
        yield from (body[at : at + 97] for at in range(0, len(body), 97))

    with served.client() as client:
        lines = client.post(BULK, content=pieces()).content.splitlines()
    assert [orjson.loads(line)["id"] for line in lines] == [str(n) for n in range(1_200)]


def test_who_hangs_up_in_the_middle_of_a_body_leaves_a_note_and_nothing_else(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = served.server.url.removeprefix("http://").split(":")
    head = f"PUT {article_path('half')} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    with caplog.at_level(logging.INFO):
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(f'{head}Authorization: {served.headers["Authorization"]}\r\n\r\n{{"title"'.encode())
        _until(lambda: any(record.getMessage() == "request.abandoned" for record in caplog.records))

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    with served.client() as client:
        assert client.get(article_path("half")).status_code == 404


def test_a_request_under_way_is_answered_before_the_server_ends(served: Served) -> None:
    served.encoder.gate.clear()
    with ThreadPoolExecutor(1) as pool, served.client() as client:
        put = pool.submit(client.put, article_path("b0") + "?wait=searchable", json=told("b0"))
        assert served.encoder.asked.wait(20)
        served.server.stop()
        _until(lambda: not _takes_connections(served.server.url))
        assert not put.done()
        served.encoder.gate.set()
        answer = put.result(timeout=20)

    assert (answer.status_code, answer.json()["searchable"]) == (201, True)
    served.server.thread.join(20)
    assert not served.server.thread.is_alive()


def test_an_application_opens_what_it_serves_from_and_closes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    settings = Settings(data_dir=tmp_path, model="hashing")
    core = Core.open(settings, encoder=HashingEncoder())

    def noted(name: str) -> Callable[[], None]:
        original = getattr(core, name)

        def call() -> None:
            events.append(name)
            original()

        return call

    for name in ("start", "close"):
        monkeypatch.setattr(core, name, noted(name))
    monkeypatch.setattr(
        Core, "open", lambda given: core if given is settings else pytest.fail("other settings")
    )

    with running(create_app(settings)) as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert events == ["start"]
    assert events == ["start", "close"]


def _takes_connections(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
