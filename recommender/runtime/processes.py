"""Processes of ours beside this one: kept running, and gone when this one is, however that ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
# A process that lived this long was all right: its death starts the pauses anew.
_LONG_LIFE_S = 60.0
_TICK_S = 0.1


class Child:
    """One of our commands, run in a process of its own; `keep` puts a new one in the place of a dead one.

    It has a session of its own, so that Ctrl-C reaches only its parent, which then ends it in order.
    Its standard input is a pipe whose other end the parent alone holds: see `end_with_parent`. `deaths`
    counts those in a row; a life of a minute ends the row.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "recommender", *arguments]
        self._environment, self._descriptors = environment, descriptors
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._restart_at = 0.0
        self.deaths = 0

    def start(self) -> None:
        """Start the process. Raises `OSError` when the system refuses."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command,
            stdin=subprocess.PIPE,
            env=self._environment,
            pass_fds=self._descriptors,
            start_new_session=True,
        )
        self._started_at, self._restart_at = time.monotonic(), 0.0
        log.info("process.started name=%s pid=%d", self.name, self._process.pid)

    @property
    def status(self) -> int | None:
        """Exit status of the process; None while it runs, and before the first start."""
        return None if self._process is None else self._process.poll()

    def keep(self) -> None:
        """Start a new process if the present one is dead, after a pause that grows to 10 seconds."""
        if self._process is None or self.status is None:
            return
        now = time.monotonic()
        if not self._restart_at:
            self.deaths = 1 if now - self._started_at > _LONG_LIFE_S else self.deaths + 1
            pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (self.deaths - 1))
            self._restart_at = now + pause
            log.error(
                "process.died name=%s pid=%d status=%d restart_in_s=%.1f",
                self.name, self._process.pid, self.status, pause,
            )  # fmt: skip
        if now >= self._restart_at:
            self._release()
            try:
                self.start()
            except OSError:
                log.exception("process.not_started name=%s", self.name)
                self._restart_at = now + _LONGEST_PAUSE_S

    def terminate(self) -> None:
        """Ask the process to end in order."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End the process at once if it still runs, and clean up after it."""
        if self._process is not None:
            if self._process.poll() is None:
                log.warning("process.killed name=%s pid=%d", self.name, self._process.pid)
                self._process.kill()
            self._process.wait()
            self._release()

    def _release(self) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()


class Stop:
    """Counts the signals that ask this process to end; the second one means: at once."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *_: object) -> None:
        """Count one signal; this is the handler."""
        self.asked += 1


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """Count SIGINT and SIGTERM instead of dying of them, until the block ends. For the main thread."""
    stop = Stop()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_all(children: Sequence[Child], stop: Stop, *, within_s: float) -> None:
    """End the processes in order; those that still run after `within_s`, or at another signal, are killed."""
    asked, deadline = stop.asked, time.monotonic() + within_s
    for child in children:
        child.terminate()
    while any(child.status is None for child in children):
        if stop.asked > max(asked, 1) or time.monotonic() > deadline:
            break
        time.sleep(_TICK_S)
    for child in children:
        child.kill()


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` from a thread when the process that started this one is gone, even if it was killed."""

    def watch() -> None:
        # not sys.stdin: its lock, held by this thread, would make the interpreter's own end fail
        try:
            while os.read(0, 1):
                pass
        except OSError:
            log.warning("process.no_parent pid=%d", os.getpid())
        end()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
