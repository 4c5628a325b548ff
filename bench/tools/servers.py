"""Servers for measuring: the service itself, and a bare route that answers with the same bytes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START_LIMIT_S = 120.0
_BARE = """
from fastapi import FastAPI
from starlette.responses import Response
app, content = FastAPI(), open({path!r}, "rb").read()

@app.get("/v1/sites/{{site}}/articles/{{article_id}}/related")
def related(site: str, article_id: str) -> Response:
    return Response(content, media_type="application/json")
"""


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(data_dir: Path, *, model: str, workers: int = 1) -> Iterator[int]:
    """Run `recommender serve` on a folder and yield its port once it is ready."""
    port = free_port()
    environment = {
        **os.environ,
        "RECOMMENDER_MODEL": model,
        "RECOMMENDER_DATA_DIR": str(data_dir),
        "RECOMMENDER_LOG_LEVEL": "warning",
    }
    command = [sys.executable, "-m", "recommender", "serve", "--port", str(port), "--workers", str(workers)]
    with _running(command, environment, f"http://127.0.0.1:{port}/readyz"):
        yield port


@contextmanager
def bare_route(folder: Path, content: bytes) -> Iterator[int]:
    """Run a FastAPI application on uvicorn that answers every article with `content`; yield its port."""
    port = free_port()
    (folder / "content.json").write_bytes(content)
    (folder / "bare_app.py").write_text(_BARE.format(path=str(folder / "content.json")), encoding="utf-8")
    command = [sys.executable, "-m", "uvicorn", "bare_app:app", "--app-dir", str(folder), "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--no-server-header"]
    address = f"http://127.0.0.1:{port}/v1/sites/s/articles/1/related"
    with _running(command, dict(os.environ), address):
        yield port


@contextmanager
def _running(command: list[str], environment: dict[str, str], address: str) -> Iterator[None]:
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait_for(address, process)
            yield
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with status {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"{address} did not answer within {_START_LIMIT_S:.0f} s")
