"""Several processes on one catalog: order, a tailer that misses nothing, a writer killed in the act."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from catalog_cases import DATABASES, database_url, key

from recommender.catalog import Change, open_catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
Writer = subprocess.Popen[str]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with database_url(request.param, tmp_path) as made:
        yield made


def test_a_tailer_sees_every_change_of_four_processes_once_and_in_order(url: str) -> None:
    # Nobody made the tables before, so the five of them also open a new catalog at the same moment.
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer(url, name, batches=25, size=3)) for name in "abcd"]
        for writer in writers:
            _send_off(writer)
        seen: list[Change] = []
        with open_catalog(url) as catalog:
            while len(seen) < 300 and any(writer.poll() is None for writer in writers):
                seen += catalog.changes_since(seen[-1].revision if seen else 0, limit=17)
            acknowledged = [entry for writer in writers for entry in _acknowledged(writer.communicate()[0])]
            while page := catalog.changes_since(seen[-1].revision if seen else 0):
                seen += page

    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert [change.revision for change in seen] == list(range(1, 301))
    assert {(c.row_id, c.revision) for c in seen} == {
        (row_id, revision) for _, row_id, revision in acknowledged
    }


def test_what_a_killed_writer_acknowledged_is_there_and_its_last_batch_is_whole_or_absent(url: str) -> None:
    size = 40
    with _writer(url, "w", batches=100_000, size=size) as writer:
        _send_off(writer)
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(6)]
        writer.kill()
        lines.append(writer.communicate()[0])

    with open_catalog(url) as catalog:
        acknowledged = _acknowledged("".join(lines))
        for article_id, row_id, revision in acknowledged:
            stored = catalog.get(key(article_id))
            assert stored is not None
            assert (stored.row_id, stored.revision) == (row_id, revision)
        count, last = catalog.published_count(), catalog.revision()
        assert count % size == 0
        assert len(acknowledged) <= count <= len(acknowledged) + size
        assert [c.revision for c in catalog.changes_since(0, limit=10 * last)] == list(range(1, last + 1))
        assert last == count


@contextmanager
def _writer(url: str, name: str, *, batches: int, size: int) -> Iterator[Writer]:
    command = [sys.executable, str(TESTS / "catalog_writer.py"), url, name, str(batches), str(size)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    ) as writer:
        try:
            yield writer
        finally:
            writer.kill()


def _send_off(writer: Writer) -> None:
    assert writer.stdin is not None
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    writer.stdin.write("go\n")
    writer.stdin.flush()


def _acknowledged(output: str) -> list[tuple[str, int, int]]:
    # A killed writer may have been cut off within its last line.
    whole = output[: output.rfind("\n") + 1].splitlines()
    return [(str(each[0]), int(each[1]), int(each[2])) for line in whole for each in json.loads(line)]
