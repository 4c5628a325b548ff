"""`.ci/run` counts what the suites report and never calls a broken run good; `make help` lists the commands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    RunCi = Callable[[str], tuple[int, str]]

ROOT = Path(__file__).resolve().parents[2]
GOOD_CHECKS = "install|check) ;;"


@pytest.fixture
def run_ci(tmp_path: Path) -> RunCi:
    """Give a function that runs `.ci/run` with a stand-in for make, a shell `case` over its target.

    The function returns the exit code and the last line.
    """

    def run(cases: str) -> tuple[int, str]:
        make = tmp_path / "make"
        make.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}\nesac\n', encoding="utf-8")
        make.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", ROOT / ".ci/run"],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout.splitlines()[-1]

    return run


@pytest.mark.parametrize(
    ("cases", "passed", "last"),
    [
        pytest.param(
            f'{GOOD_CHECKS}\ntest) echo "== 41 passed, 2 skipped, 1 xfailed, 3 warnings in 75.12s (0:01:15) ==" ;;',
            True,
            "41 passed, 0 failed, 2 skipped",
            id="all good",
        ),
        pytest.param(
            f'{GOOD_CHECKS}\ntest) echo "=== 2 failed, 39 passed, 1 error in 3.20s ==="; exit 1 ;;',
            False,
            "39 passed, 3 failed, 0 skipped",
            id="failures and errors are counted",
        ),
        pytest.param(
            'check) exit 1 ;;\ntest) echo "=== 41 passed in 3.20s ===" ;;',
            False,
            "41 passed, 1 failed, 0 skipped",
            id="a failed check fails the run",
        ),
        pytest.param(
            f'{GOOD_CHECKS}\ntest) echo "12 passed in 1.00s"; exit 137 ;;',
            False,
            "12 passed, 1 failed, 0 skipped",
            id="a run that ends badly fails without a failed test",
        ),
        pytest.param(
            f'{GOOD_CHECKS}\ntest) echo "no tests ran in 0.01s" ;;',
            False,
            "0 passed, 1 failed, 0 skipped",
            id="no test is no success",
        ),
    ],
)
def test_the_last_line_counts_and_the_exit_code_agrees(
    run_ci: RunCi, cases: str, passed: bool, last: str
) -> None:
    code, line = run_ci(cases)
    assert line == last
    assert (code == 0) is passed


def test_make_help_lists_every_command() -> None:
    done = subprocess.run(["make", "-C", ROOT], check=True, capture_output=True, text=True, timeout=60)
    listed = set(re.findall(r"(?m)^  make (\w+)", done.stdout))
    assert listed >= {"help", "install", "demo", "serve", "test", "check", "fix", "bench", "lock", "clean"}
