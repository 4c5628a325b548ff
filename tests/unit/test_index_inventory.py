"""The list of snapshots, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.inventory import current_manifest, inventory
from index.live import build_snapshot
from index.manifest import MANIFEST_FILE
from index.rows import empty_rows
from index.snapshot import publish

if TYPE_CHECKING:
    from pathlib import Path


def test_snapshots_come_newest_first_and_the_live_one_is_marked(tmp_path: Path) -> None:
    for number, name in enumerate(("a", "b"), start=1):
        build_snapshot(tmp_path, empty_rows(4), encoder_id="e", revision=number, snapshot_id=name)
    publish(tmp_path, "a")

    assert [(info.id, info.is_current, info.manifest.revision) for info in inventory(tmp_path)] == [
        ("b", False, 2),
        ("a", True, 1),
    ]
    manifest = current_manifest(tmp_path)
    assert manifest is not None
    assert manifest.revision == 1


def test_one_damaged_manifest_hides_only_its_own_snapshot(tmp_path: Path) -> None:
    for name in ("good", "bad"):
        build_snapshot(tmp_path, empty_rows(4), encoder_id="e", revision=1, snapshot_id=name)
    (tmp_path / "bad" / MANIFEST_FILE).write_text("{", encoding="utf-8")

    assert [info.id for info in inventory(tmp_path)] == ["good"]


def test_nothing_published_has_no_manifest(tmp_path: Path) -> None:
    assert current_manifest(tmp_path) is None
