"""A service as an operator runs it, for tests: `recommender serve` with its workers and its indexing process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from command_line import ROOT, SITE, command, environment, eventually, invoke

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_URL = re.compile(r"^listening on (http://\S+) ", re.MULTILINE)
_STARTED = re.compile(r"process\.started name=(\w+) pid=(\d+)")


@dataclass
class Service:
    """A running `recommender serve`; `client` opens a connection for each request, so that any worker may answer."""

    process: subprocess.Popen[bytes]
    folder: Path
    client: httpx.Client
    url: str = ""

    @property
    def out(self) -> str:
        """Everything it wrote to standard output so far."""
        return (self.folder / "out").read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        """Everything that it and its processes logged so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def pids(self, name: str) -> list[int]:
        """Return the processes of this name that were started, in that order; dead ones too."""
        return [int(pid) for found, pid in _STARTED.findall(self.log) if found == name]

    def children(self) -> list[int]:
        """Return all processes it ever started."""
        return self.pids("indexing") + self.pids("worker")

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask it."""
        return self.client.get(self.url + path, **options)

    def put(self, article_id: str, fields: Mapping[str, str]) -> httpx.Response:
        """Send an article of the test site, and wait until it can be found."""
        path = f"/v1/sites/{SITE}/articles/{article_id}"
        return self.client.put(self.url + path, json=dict(fields), params={"wait": "searchable"})

    def related(self, article_id: str) -> httpx.Response:
        """Ask for the section of an article of the test site."""
        return self.get(f"/v1/sites/{SITE}/articles/{article_id}/related", params={"limit": 20})

    def related_ids(self, article_id: str) -> list[str]:
        """Return the ids of the section."""
        answer = self.related(article_id)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    def ready(self) -> Any:
        """Return what `/readyz` says once it is ready and nothing is degraded."""

        def state() -> Any:
            answer = self.get("/readyz")
            found = answer.json()
            return found if answer.status_code == 200 and not found["degraded"] else None

        return eventually(state, what="readiness")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def service(
    data_dir: Path, *words: object, key: str = "", ready: bool = True, **settings: object
) -> Iterator[Service]:
    """Run a service on a free port with the hashing encoder; whatever happens, nothing of it is left."""
    headers = {"Connection": "close", **({"Authorization": f"Bearer {key}"} if key else {})}
    with (
        tempfile.TemporaryDirectory(prefix="r-") as name,
        httpx.Client(headers=headers, timeout=60) as client,
    ):
        folder = Path(name)
        with (folder / "out").open("wb") as out, (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command("serve", "--port", 0, *words),
                env=environment(data_dir, **settings),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                # a group of its own, as a shell gives it: Ctrl-C goes to all of it
                start_new_session=True,
                stdout=out,
                stderr=log,
            )
        running = Service(process, folder, client)
        try:
            found = eventually(
                lambda: _URL.search(running.out) or process.poll() is not None, what=running.log
            )
            assert not isinstance(found, bool), f"it ended with status {process.returncode}: {running.log}"
            running.url = found[1]
            if ready:
                running.ready()
            yield running
        finally:
            _end(running)


def make_key(data_dir: Path, scope: str = "admin") -> str:
    """Make an API key in the catalog of this folder."""
    secret: str = invoke("keys", "create", "test", "--scope", scope, "--json", data_dir=data_dir).document[
        "key"
    ]
    return secret


def is_running(pid: int) -> bool:
    """Say whether a process does anything; a dead one that nobody has asked about yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    with suppress(FileNotFoundError, ProcessLookupError):
        return state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    # no such folder on other systems: the signal's word has to do
    return not Path("/proc/self").exists()


@contextmanager
def halted(pid: int) -> Iterator[None]:
    """Halt a process for the length of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _end(running: Service) -> None:
    if running.process.poll() is None:
        running.process.terminate()
        try:
            running.process.wait(40)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait()
    for pid in running.children():
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)
