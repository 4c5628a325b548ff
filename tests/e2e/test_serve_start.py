"""What stops a service from starting is one clear line; what does not, does not."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
import pytest
from command_line import NEWS, SITE, invoke, run
from service_process import make_key, service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with TemporaryDirectory(prefix="r-") as name:
        yield Path(name)


@pytest.fixture
def filled(data_dir: Path) -> Path:
    assert invoke("ingest", NEWS, "--site", SITE, data_dir=data_dir).code == 0
    return data_dir


def test_a_public_address_without_keys_is_refused(data_dir: Path) -> None:
    shown = run("serve", "--host", "0.0.0.0", "--port", 0, data_dir=data_dir)

    assert shown.code == 1
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith("error [invalid_settings]: refusing to listen on 0.0.0.0: ")
    assert "Traceback" not in shown.err


def test_a_public_address_with_a_key_is_served_and_reads_need_it_too(filled: Path) -> None:
    key = make_key(filled, "read")
    with service(filled, "--host", "0.0.0.0", key=key) as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert running.related("h1").status_code == 200

        stranger = httpx.get(f"{running.url}/v1/sites/{SITE}/articles/h1/related")
        assert (stranger.status_code, stranger.json()["code"]) == (401, "unauthorized")


def test_a_public_address_is_served_without_keys_when_told_so(filled: Path) -> None:
    with service(filled, "--host", "0.0.0.0", allow_no_keys=True, open_read="yes") as running:
        assert running.related("h1").status_code == 200
        put = running.put("x", {"title": "Von irgendwem"})
        assert (put.status_code, put.json()["code"]) == (401, "unauthorized")


def test_a_busy_port_is_one_line(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = run("serve", "--port", port, data_dir=data_dir, log_level="warning")

    assert shown.is_one_line_error("invalid_settings")
    assert f"cannot listen on 127.0.0.1 port {port}" in shown.err


def test_a_snapshot_of_another_model_is_named_and_can_be_replaced(filled: Path) -> None:
    shown = run("serve", "--port", 0, data_dir=filled, model="bundled", log_level="warning")

    assert shown.is_one_line_error("snapshot_mismatch")
    assert "was built with the encoder 'hashing-v1-256', the model 'bundled' is " in shown.err
    assert "run 'recommender rebuild' with this model first, or set RECOMMENDER_MODEL back" in shown.err


def test_a_model_folder_that_is_not_there_is_one_line(filled: Path) -> None:
    shown = run("serve", "--port", 0, data_dir=filled, model="./no-such-model", log_level="warning")

    assert shown.is_one_line_error("encoder_failed")


def test_a_model_that_cannot_be_loaded_leaves_the_lists_of_a_service_that_has_them(filled: Path) -> None:
    # a folder, but no model: only the process that loads it can tell
    with service(filled, ready=False, model=Path(__file__).parent) as running:
        assert running.related("h1").status_code == 200
        assert running.get("/readyz").json()["degraded"]
        assert "error [encoder_failed]: " in running.log


def test_the_address_is_said_once_and_answers_from_then_on(data_dir: Path) -> None:
    with service(data_dir, ready=False) as running:
        started = time.monotonic()
        # not yet up perhaps, but open: nobody is refused
        assert running.get("/healthz").json() == {"status": "ok"}
        assert time.monotonic() - started < 30
        assert running.out.count("listening on ") == 1


def test_a_worker_that_cannot_start_ends_the_service(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.runtime.server._HOPELESS_DEATHS", 1)
    monkeypatch.setattr("recommender.cli.serve.run_server", _serve_nonsense)

    shown = invoke("serve", "--port", 0, data_dir=data_dir, log_level="error")

    assert shown.code == 1
    assert "error [not_ready]: no worker stays alive (1 attempts)" in shown.err


def _serve_nonsense(settings: object, listener: object, **more: object) -> None:
    from recommender.runtime.server import serve  # noqa: PLC0415 - the real one, beside its patched name

    serve(settings, listener, **{**more, "app": "no_such_module:app"})  # type: ignore[arg-type]
