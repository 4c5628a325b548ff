"""The API's tests: the application over a core of its own, with the hashing encoder, and callers of it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import orjson
import uvicorn
from service_world import text
from starlette.testclient import TestClient

from recommender.api.app import create_app
from recommender.encoder.hashing import HashingEncoder
from recommender.runtime.core import Core
from recommender.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from fastapi import FastAPI
    from httpx2 import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from recommender.encoder.base import EmbeddingText, Encoder, Matrix, Progress

SITE = "talblatt"


class HeldEncoder(HashingEncoder):
    """Encodes only while its gate is open; `asked` says that somebody waits, or has waited."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.asked = threading.Event(), threading.Event()
        self.gate.set()

    def encode(self, texts: Sequence[EmbeddingText], *, progress: Progress | None = None) -> Matrix:
        """Wait for the gate, then encode."""
        self.asked.set()
        assert self.gate.wait(30), "nobody opened the gate"
        return super().encode(texts, progress=progress)


@dataclass
class Api:
    """The application as its callers see it; without a word about keys, requests carry an admin's."""

    core: Core
    app: FastAPI
    client: TestClient
    key: str

    @property
    def as_admin(self) -> dict[str, str]:
        """The header of a key that may do everything."""
        return {"Authorization": f"Bearer {self.key}"}

    def key_for(self, *scopes: str, site: str | None = None) -> dict[str, str]:
        """Return the header of a new key."""
        secret = self.core.catalog.create_key("test", scopes, site=site).secret
        return {"Authorization": f"Bearer {secret}"}

    def put(self, article_id: str, *, site: str = SITE, wait: bool = True, **fields: Any) -> Response:
        """Send an article, and wait until it is searchable."""
        address = article_path(article_id, site=site) + ("?wait=searchable" if wait else "")
        return self.client.put(address, content=orjson.dumps(fields), headers=self.as_admin)

    def delete(self, article_id: str, *, site: str = SITE) -> Response:
        """Take an article away."""
        return self.client.delete(article_path(article_id, site=site), headers=self.as_admin)

    def get(self, address: str, *, accept: str = "", **params: Any) -> Response:
        """Read without a key."""
        headers = {"Accept": accept} if accept else {}
        return self.client.get(address, params=params or None, headers=headers)

    def related(self, article_id: str, *, site: str = SITE, **params: Any) -> dict[str, Any]:
        """Return the related list as JSON."""
        answer = self.get(article_path(article_id, "/related", site=site), **params)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def related_ids(self, article_id: str, *, site: str = SITE, **params: Any) -> list[str]:
        """Return the ids of the related list, best first."""
        return [item["id"] for item in self.related(article_id, site=site, **params)["items"]]

    def bulk(self, body: bytes, *, site: str = SITE) -> list[dict[str, Any]]:
        """Send NDJSON and return the result lines."""
        address = f"/v1/sites/{quote(site, safe='')}/articles/bulk"
        answer = self.client.post(address, content=body, headers=self.as_admin)
        assert answer.status_code == 200, answer.text
        return [orjson.loads(line) for line in answer.content.splitlines()]

    def settle(self) -> None:
        """Wait until everything that was sent so far is encoded and searchable."""
        catalog, tailer = self.core.catalog, self.core.tailer
        # before the look: a vector that is still missing then is announced by a later revision
        while (before := catalog.revision()) and catalog.pending_count(self.core.encoder.encoder_id):
            assert tailer.wait_for(before + 1, timeout=20)
        # after it: the last vector may have come between the two, with a revision of its own
        assert tailer.wait_for(catalog.revision(), timeout=20)


@contextmanager
def open_api(folder: Path, *, encoder: Encoder | None = None, **settings: Any) -> Iterator[Api]:
    """Open the application on an empty catalog in `folder`."""
    with open_core(folder, encoder=encoder, **settings) as core:
        app = create_app(core=core)
        key = core.catalog.create_key("admin", ["admin"]).secret
        with TestClient(_decoded_once(app), follow_redirects=False) as client:
            yield Api(core, app, client, key)


def _decoded_once(app: FastAPI) -> ASGIApp:
    """Give the path as servers do: the test client decodes %252F twice."""

    async def decoded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = unquote(scope["raw_path"].decode("ascii"))
        await app(scope, receive, send)

    return decoded


@contextmanager
def open_core(folder: Path, *, encoder: Encoder | None = None, **settings: Any) -> Iterator[Core]:
    """Open a core on the catalog in `folder`, and close it."""
    given = {"data_dir": folder, "model": "hashing", "poll_interval_s": 0.02, **settings}
    core = Core.open(Settings(**given), encoder=encoder or HashingEncoder())
    core.start()
    try:
        yield core
    finally:
        core.close()


@dataclass
class Running:
    """A real server on a free port, in a thread of this process."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Ask the server to end; requests under way are answered first."""
        self.server.should_exit = True


@contextmanager
def running(app: FastAPI) -> Iterator[Running]:
    """Serve `app`; who connects before it has started waits in line."""
    listener = socket.create_server(("127.0.0.1", 0))
    # h11 is what the service ships with; another parser may happen to be installed here
    config = uvicorn.Config(app, http="h11", log_config=None, access_log=False, timeout_graceful_shutdown=20)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="test-server")
    thread.start()
    try:
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", server, thread)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
        assert not thread.is_alive(), "the server did not end"


def article_path(article_id: str, tail: str = "", *, site: str = SITE) -> str:
    """Return an article's address, percent-encoded to the last slash."""
    return f"/v1/sites/{quote(site, safe='')}/articles/{quote(article_id, safe='')}{tail}"


def told(story: str, *, topic: str = "", version: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the fields of an article; stories of one topic are related, versions of one story the same."""
    body = text(story, topic=topic, version=version)
    given = {"title": story, "body": body, "language": "de", "url": f"https://talblatt.example/{story}"}
    return given | fields


def ndjson(objects: Iterable[dict[str, Any]]) -> bytes:
    """Return one JSON object a line."""
    return b"".join(orjson.dumps(each) + b"\n" for each in objects)
