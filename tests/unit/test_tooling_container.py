"""The image is built where a container engine runs; what can be held to without one is held here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_STAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]


@contextmanager
def _readyz(status: int) -> Iterator[int]:
    """Serve `/readyz` with this status, everything else with 404; give the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_says_what_readyz_says(status: int, healthy: bool) -> None:
    found = re.search(r"HEALTHCHECK[^\[]*CMD (\[.*\])", RUNTIME_STAGE)
    assert found, "no HEALTHCHECK in the runtime stage"
    program, *arguments = json.loads(found[1])
    assert program == "python"
    with _readyz(status) as port:
        environment = {**os.environ, "RECOMMENDER_PORT": str(port)}
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, check=False, capture_output=True, timeout=30
        )
    assert (done.returncode == 0) is healthy, done.stderr.decode()


def test_the_image_does_not_run_as_root() -> None:
    """By number, so that an orchestrator can check it without knowing the image's users."""
    users = re.findall(r"(?m)^USER (.+)$", RUNTIME_STAGE)
    assert users, "the runtime stage names no user"
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])


def test_all_that_is_copied_in_is_let_through_by_dockerignore() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = re.findall(r"(?m)^!([\w.]+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"))
    copied = [
        source.rstrip("/")
        for sources in re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", text)
        for source in sources.split()
    ]
    assert copied, "nothing is copied into the image"
    assert set(copied) <= set(allowed)
