"""The `recommender` command for tests: as a process of its own, or inside the test's process."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from recommender.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
NEWS = ROOT / "tests" / "fixtures" / "news" / "articles.jsonl"
PAIRS = NEWS.with_name("pairs.jsonl")
SITE = "bote"
# What the fixture holds that a reader may see, in the order of the file.
PUBLISHED = ["h1", "h2", "h3", "h4", "f1", "f2", "f3", "t1", "t2", "t3", "e1"]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document that it must be."""
        return json.loads(self.out)

    def is_one_line_error(self, code: str) -> bool:
        """Say whether it failed with nothing but one line that names the error."""
        lines = self.err.splitlines()
        return (
            self.code == 1 and not self.out and len(lines) == 1 and lines[0].startswith(f"error [{code}]: ")
        )


def environment(data_dir: Path | None = None, **settings: object) -> dict[str, str]:
    """Return this process's environment with these settings and no others, and the hashing encoder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")}
    given = {"model": "hashing", **({"data_dir": data_dir} if data_dir else {}), **settings}
    # one thread each: what is tested here is not arithmetic
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return kept | threads | {f"RECOMMENDER_{name.upper()}": str(value) for name, value in given.items()}


def command(*arguments: object) -> list[str]:
    """Return the command line of `recommender` with these arguments."""
    return [sys.executable, "-m", "recommender", *map(str, arguments)]


def run(*arguments: object, data_dir: Path | None = None, stdin: bytes = b"", **settings: object) -> Outcome:
    """Run the command as a process of its own."""
    done = subprocess.run(
        command(*arguments),
        env=environment(data_dir, **settings),
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def invoke(*arguments: object, data_dir: Path | None = None, **settings: object) -> Outcome:
    """Run the command inside this process: quicker, and all it shares with others is put back."""
    out, err = io.StringIO(), io.StringIO()
    words = ["recommender", *map(str, arguments)]
    with (
        mock.patch.dict(os.environ, environment(data_dir, **settings), clear=True),
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _logging_kept(),
    ):
        code = _exit_code()
    return Outcome(code, out.getvalue(), err.getvalue())


def eventually(holds: Callable[[], Any], *, within_s: float = 30.0, what: str = "the condition") -> Any:
    """Return the first true value of `holds`, asked again and again; fail after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (value := holds()):
        assert time.monotonic() < deadline, f"{what} did not come true within {within_s:.0f} s"
        time.sleep(0.05)
    return value


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
