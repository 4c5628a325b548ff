from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from index_data import DIM, make_rows, random_terms

from index import manifest as manifest_module
from index import snapshot as snapshot_module
from index.errors import SnapshotCorruptError, SnapshotMismatchError, UnknownSnapshotError
from index.live import LiveIndex, build_snapshot
from index.manifest import FORMAT_VERSION, MANIFEST_FILE, Manifest
from index.snapshot import (
    list_snapshots,
    load_snapshot,
    prune,
    publish,
    read_pointer,
    rollback,
    verify,
)
from index.types import Rows

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["one", "two", "three", "four"]


def build(root: Path, name: str = "", *, count: int = 120, revision: int = 1) -> str:
    rows = make_rows(count, seed=revision)
    with_terms = Rows(rows.ids, rows.vectors, rows.attributes, random_terms(count))
    return build_snapshot(
        root,
        with_terms,
        encoder_id="test",
        revision=revision,
        snapshot_id=name,
        kind="ivf",
        notes={"why": "test"},
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def test_a_snapshot_says_what_it_is(root: Path) -> None:
    name = build(root, revision=7)
    manifest = verify(root, name)
    assert (manifest.encoder_id, manifest.dim, manifest.count) == ("test", DIM, 120)
    assert (manifest.revision, manifest.kind, manifest.notes) == (7, "ivf", {"why": "test"})
    assert datetime.fromisoformat(manifest.created_at).tzinfo == UTC
    assert set(manifest.files) == {path.name for path in (root / name).iterdir()} - {MANIFEST_FILE}
    assert name.endswith("-r7")
    assert [path.name for path in root.iterdir()] == [name]
    assert (root / name / MANIFEST_FILE).stat().st_mtime_ns >= max(
        p.stat().st_mtime_ns for p in root.glob("*/*.npy")
    )


def test_a_flipped_byte_in_any_file_is_refused_by_name(root: Path) -> None:
    build(root, "one")
    files = sorted((root / "one").iterdir())
    assert len(files) > 15
    for path in files:
        good = path.read_bytes()
        at = len(good) // 2
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(SnapshotCorruptError, match=f"one: {path.name}"):
            load_snapshot(root, "one", encoder_id="test")
        path.write_bytes(good)
    assert load_snapshot(root, "one", encoder_id="test").revision == 1


def test_a_changed_statement_in_the_manifest_is_refused(root: Path) -> None:
    build(root, "one")
    path = root / "one" / MANIFEST_FILE
    path.write_text(path.read_text().replace('"revision": 1', '"revision": 9'))
    with pytest.raises(SnapshotCorruptError, match=r"one: manifest\.json: checksum"):
        verify(root, "one")


def test_a_missing_or_shortened_file_is_refused_without_reading_contents(root: Path) -> None:
    build(root, "one")
    path = root / "one" / "dense.faiss"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SnapshotCorruptError, match=rf"dense\.faiss: got {size - 1} bytes, wanted {size}"):
        verify(root, "one", checksums=False)
    path.unlink()
    with pytest.raises(SnapshotCorruptError, match=r"dense\.faiss: got no file"):
        publish(root, "one")


def test_another_encoder_or_format_is_refused_by_name(root: Path) -> None:
    build(root, "one")
    with pytest.raises(SnapshotMismatchError, match="got encoder 'test', this service runs 'other'"):
        load_snapshot(root, "one", encoder_id="other")
    publish(root, "one")
    with pytest.raises(SnapshotMismatchError, match=f"got width {DIM}, this service runs 99"):
        LiveIndex.open(root, encoder_id="test", dim=99)
    path = root / "one" / MANIFEST_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": FORMAT_VERSION + 1}))
    with pytest.raises(SnapshotMismatchError, match=f"got format {FORMAT_VERSION + 1}"):
        load_snapshot(root, "one", encoder_id="test")


def test_a_folder_without_manifest_does_not_exist(root: Path) -> None:
    build(root, "one")
    (root / "one" / MANIFEST_FILE).unlink()
    assert list_snapshots(root) == []
    for refuse in (lambda: publish(root, "one"), lambda: load_snapshot(root, "one", encoder_id="test")):
        with pytest.raises(UnknownSnapshotError, match="got snapshot 'one'"):
            refuse()


@pytest.mark.parametrize("name", ["", "..", "../one", "a/b", ".hidden", "x" * 101, "a\n"])
def test_a_name_cannot_lead_out_of_the_folder(root: Path, name: str) -> None:
    with pytest.raises(UnknownSnapshotError, match="got snapshot id"):
        publish(root, name)


@pytest.mark.parametrize("step", ["save_segment", "sealed_files", "flush"])
def test_a_build_that_dies_leaves_no_snapshot_and_no_rubbish(
    root: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshot_module, step, die)
    with pytest.raises(KeyboardInterrupt):
        build(root, "one")
    # dying after the rename, the snapshot is whole
    assert list_snapshots(root) == (["one"] if step == "flush" else [])
    assert [path.name for path in root.iterdir()] == list_snapshots(root)


def test_a_snapshot_is_never_overwritten(root: Path) -> None:
    build(root, "one")
    with pytest.raises(SnapshotMismatchError, match="'one' exists"):
        build(root, "one", revision=2)
    assert verify(root, "one").revision == 1


def test_publishing_is_one_replacement_of_one_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash while the new pointer is being written leaves the old one."""
    build(root, "one")
    build(root, "two")
    publish(root, "one")

    def die(path: Path) -> None:
        if "CURRENT" in path.name:
            raise KeyboardInterrupt

    monkeypatch.setattr(manifest_module, "flush", die)
    with pytest.raises(KeyboardInterrupt):
        publish(root, "two")
    monkeypatch.undo()
    assert read_pointer(root).current == "one"
    publish(root, "two")
    assert read_pointer(root).current == "two"


def test_readers_of_the_pointer_never_find_half_of_it(root: Path) -> None:
    for name in NAMES:
        build(root, name)
    publish(root, "one")
    done, seen = threading.Event(), list[str]()

    def read() -> None:
        while not done.is_set():
            seen.append(read_pointer(root).current)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        publish(root, NAMES[turn % 4])
    done.set()
    reader.join()
    assert set(seen) <= set(NAMES)


def test_rollback_goes_back_step_by_step(root: Path) -> None:
    for name in NAMES:
        build(root, name)
        publish(root, name)
    assert (rollback(root), rollback(root)) == ("three", "two")
    assert read_pointer(root).current == "two"
    publish(root, "four")
    assert rollback(root) == "two"
    assert rollback(root) == "one"
    with pytest.raises(UnknownSnapshotError, match="no snapshot before 'one'"):
        rollback(root)
    assert read_pointer(root).current == "one"


def test_publishing_the_live_one_again_keeps_the_way_back(root: Path) -> None:
    for name in ("one", "two", "two"):
        if name not in list_snapshots(root):
            build(root, name)
        publish(root, name)
    assert rollback(root) == "one"


def test_rollback_follows_the_order_of_publishing(root: Path) -> None:
    for name in ("one", "two", "one"):
        if name not in list_snapshots(root):
            build(root, name)
        publish(root, name)
    assert (rollback(root), rollback(root)) == ("two", "one")


def test_prune_spares_the_newest_the_live_one_and_the_way_back(root: Path) -> None:
    for name in NAMES:
        build(root, name)
    publish(root, "one")
    publish(root, "two")
    assert prune(root, 1) == ["three"]
    assert list_snapshots(root) == ["one", "two", "four"]
    assert rollback(root) == "one"
    assert prune(root, 0) == ["two", "four"]
    assert prune(root, 0) == []
    assert list_snapshots(root) == ["one"]


def test_a_broken_pointer_is_named_and_publishing_mends_it(root: Path) -> None:
    build(root, "one")
    (root / "CURRENT").write_text("{")
    with pytest.raises(SnapshotCorruptError, match="CURRENT cannot be read"):
        read_pointer(root)
    publish(root, "one")
    assert read_pointer(root).current == "one"


def test_a_folder_that_is_not_there_has_no_snapshots(root: Path) -> None:
    assert list_snapshots(root) == []
    assert read_pointer(root).current == ""
    with pytest.raises(UnknownSnapshotError):
        rollback(root)


def test_snapshots_are_listed_in_order_of_making(root: Path) -> None:
    for name in ("zebra", "ant", "mole"):
        build(root, name)
    assert list_snapshots(root) == ["zebra", "ant", "mole"]
    made = [Manifest.read(root / name).created_at for name in list_snapshots(root)]
    assert made == sorted(made)
