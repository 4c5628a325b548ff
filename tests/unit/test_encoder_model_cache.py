from __future__ import annotations

import json
import multiprocessing
from typing import TYPE_CHECKING

import pytest

from recommender.encoder import model_cache
from recommender.errors import EncoderError

if TYPE_CHECKING:
    import threading
    from pathlib import Path


def write_two_files(folder: Path) -> None:
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "sub").mkdir()
    (folder / "sub" / "config.json").write_text("{}", encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_a_folder_is_written_once_with_a_checksum_of_every_file(tmp_path: Path) -> None:
    calls: list[Path] = []

    def write(folder: Path) -> None:
        calls.append(folder)
        write_two_files(folder)

    for _ in range(2):
        assert model_cache.ensure(tmp_path / "models" / "m", write) == tmp_path / "models" / "m"
    stated = json.loads((tmp_path / "models" / "m" / model_cache.MARKER).read_text(encoding="utf-8"))
    assert sorted(stated["files"]) == ["model.bin", "sub/config.json"]
    assert len(calls) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "model.bin").write_bytes(b"weighty"),
        lambda folder: (folder / "model.bin").unlink(),
        lambda folder: (folder / model_cache.MARKER).unlink(),
        lambda folder: (folder / model_cache.MARKER).write_text("[]", encoding="utf-8"),
        lambda folder: (folder / model_cache.MARKER).write_text('{"files": {}}', encoding="utf-8"),
    ],
)
def test_a_damaged_folder_is_written_again(tmp_path: Path, damage: object) -> None:
    folder = model_cache.ensure(tmp_path / "m", write_two_files)
    want = contents(folder)
    assert callable(damage)
    damage(folder)
    assert contents(model_cache.ensure(folder, write_two_files)) == want


def test_a_reader_keeps_the_file_it_has_open_when_a_damaged_folder_is_replaced(tmp_path: Path) -> None:
    folder = model_cache.ensure(tmp_path / "m", write_two_files)
    (folder / "sub" / "config.json").write_text("damaged", encoding="utf-8")
    with (folder / "model.bin").open("rb") as file:
        model_cache.ensure(folder, write_two_files)
        assert file.read() == b"weights"


def test_a_failed_write_leaves_neither_folder_nor_rest(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "model.bin").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(EncoderError, match=r"No space left.*choose a cache folder"):
        model_cache.ensure(tmp_path / "m", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["m.lock"]


def test_what_a_killed_process_left_behind_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".m-abc").mkdir()
    (tmp_path / ".m-abc" / "model.bin").write_bytes(b"half")
    model_cache.ensure(tmp_path / "m", write_two_files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "m.lock"]


def test_a_cache_that_cannot_be_a_folder_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EncoderError, match="choose a cache folder that is writable"):
        model_cache.ensure(tmp_path / "file" / "m", write_two_files)


def test_files_can_be_read_by_the_group_and_others(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        write_two_files(folder)
        (folder / "model.bin").chmod(0o600)

    folder = model_cache.ensure(tmp_path / "m", write)
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "model.bin")] == [0o755, 0o644]


def _ensure_and_count(folder: Path, start: threading.Event, calls: Path) -> None:
    def write(new: Path) -> None:
        with calls.open("a", encoding="utf-8") as file:
            file.write("x")
        write_two_files(new)

    start.wait(30)
    model_cache.ensure(folder, write)


def test_processes_that_start_at_once_write_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start, calls = context.Event(), tmp_path / "calls"
    workers = [
        context.Process(target=_ensure_and_count, args=(tmp_path / "m", start, calls)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert calls.read_text(encoding="utf-8") == "x"
    assert model_cache.is_intact(tmp_path / "m")
